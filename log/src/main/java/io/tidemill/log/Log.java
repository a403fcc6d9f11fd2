package io.tidemill.log;

import io.tidemill.log.batch.RecordCursor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A durable partitioned log. Thread-safe. What is committed becomes visible in the order of the commits, each at once, and
 * only when it is as durable as {@link #durability} says. All methods throw {@link LogException}.
 */
public interface Log extends AutoCloseable {
    /** Throws {@code TOPIC_EXISTS} if there is one of that name. */
    TopicDescription createTopic(String name, TopicConfig config);

    /** Its records are gone at once, their room in time. */
    void deleteTopic(String name);

    Optional<TopicDescription> topic(String name);

    /** Sorted by name. */
    List<TopicDescription> topics();

    /**
     * Blocks until everything in {@code commit} is durable and visible; if it throws, nothing is or will be, except after
     * {@code IO} and {@code UNAVAILABLE}.
     */
    CommitResult commit(Commit commit);

    /**
     * Opens the writer {@code id}. From now on commits of writers opened before under the same id fail with {@code CONFLICT},
     * at the latest when they append where the new one has. What the old ones committed is visible when this returns, and
     * nothing of theirs becomes visible later without making a commit of this one that expects an end fail.
     *
     * @param reads topics whose records are to be read, each as long as the log promises
     * @param writes topics that are to be appended to. Throws {@code INVALID}, with what to change, if the log knows that
     *     committed records of any of these topics could get lost
     */
    default LogWriter writer(String id, List<String> reads, List<String> writes) {
        return this::commit;
    }

    /**
     * Empties {@code into} and fills it with whole batches from the one that holds {@code offset} on: at least one if there
     * is any, then as many as {@code bytesMax} allows. {@code offset} may be the end; the cursor is then empty.
     */
    void fetch(TopicPartition partition, long offset, int bytesMax, RecordCursor into);

    OffsetRange offsets(TopicPartition partition);

    /** The first offset whose record has this timestamp or a later one; empty if there is none. */
    OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis);

    /** The next offset to read for {@code group}; empty if it never committed one. */
    OptionalLong committed(String group, TopicPartition partition);

    /** The committed offsets of all groups. */
    Map<String, Map<TopicPartition, Long>> groups();

    /** Grows with every commit that becomes visible. */
    long changes();

    /** Waits until {@link #changes} is more than {@code seen}, or for {@code atMost}; returns its value. */
    long awaitChange(long seen, Duration atMost) throws InterruptedException;

    Durability durability();

    @Override
    void close();
}
