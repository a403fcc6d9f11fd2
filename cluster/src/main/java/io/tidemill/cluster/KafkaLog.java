package io.tidemill.cluster;

import io.tidemill.cluster.Cluster.Found;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.Durability;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.LogWriter;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka cluster as a log. Thread-safe. A commit is one Kafka transaction; only committed records are read. It differs
 * from the embedded log in what the cluster decides:
 *
 * <ul>
 *   <li>Offsets have gaps: each transaction ends with a marker, and what was aborted stays between the records.
 *   <li>The time of an append is known only where the topic has {@code message.timestamp.type=LogAppendTime}; elsewhere the
 *       record's own timestamp, which its producer gave it, is taken for it. So with {@code CreateTime} a record is
 *       {@code TIMESTAMP_AHEAD} when its event time is ahead of its own timestamp. A record without a timestamp gets that of
 *       the moment when it is sent.
 *   <li>Kafka's retention goes by the records' timestamps. A topic that is created here with a retention has
 *       {@code LogAppendTime}, so that retention counts from the append; the timestamps of those who write to it are lost
 *       then. To keep them, make the topic without a retention, or with other tools.
 *   <li>A pipeline reads a partition at one place at a time: two pipelines over the same topic each need a log of their own,
 *       or they make each other read again.
 * </ul>
 */
public final class KafkaLog implements Log {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaLog.class);

    private static final int SEARCH_BYTES = 1 << 20;

    private final KafkaLogOptions options;
    private final Cluster cluster;
    private final Ends ends;
    private final ReadAhead reader;
    private final AtomicLong sequence = new AtomicLong();
    private final Map<String, Integer> partitionCounts = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> trims = new ConcurrentHashMap<>();

    /** For commits that are nobody's in particular. */
    private @Nullable TransactionalWriter own;

    private final Object ownLock = new Object();
    private volatile boolean closed;

    private KafkaLog(KafkaLogOptions options, Cluster cluster) {
        this.options = options;
        this.cluster = cluster;
        this.ends = new Ends(cluster);
        this.reader = new ReadAhead(
                new KafkaConsumer<>(ClientProperties.consumer(options)),
                options.requestMax().plus(options.restartMax()),
                options.readAheadBytesMax());
    }

    /**
     * Throws {@link LogException} {@code UNAVAILABLE} if there is no cluster, and {@code INVALID} if it does not allow
     * transactions as long as {@code options} say.
     */
    public static KafkaLog connect(KafkaLogOptions options) {
        Cluster cluster = new Cluster(options);
        try {
            cluster.requireTransactionTimeout();
            return new KafkaLog(options, cluster);
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new LogException(Code.CLOSED, "the log is closed");
        }
    }

    // ---- topics ----

    @Override
    public TopicDescription createTopic(String name, TopicConfig config) {
        requireOpen();
        cluster.create(name, config);
        return cluster.until(
                "create topic '" + name + "'",
                asked -> Optional.ofNullable(asked.describe(List.of(name)).get(name))
                        .filter(Found::hasLeaders)
                        .map(Found::description));
    }

    @Override
    public void deleteTopic(String name) {
        requireOpen();
        cluster.delete(name);
        partitionCounts.remove(name);
        ends.forget();
        boolean gone = cluster.until(
                "delete topic '" + name + "'",
                asked -> asked.topicNames().contains(name) ? Optional.empty() : Optional.of(true));
        assert gone;
    }

    @Override
    public Optional<TopicDescription> topic(String name) {
        requireOpen();
        return Optional.ofNullable(cluster.describe(List.of(name)).get(name)).map(Found::description);
    }

    @Override
    public List<TopicDescription> topics() {
        requireOpen();
        return cluster.describe(cluster.topicNames()).values().stream()
                .map(Found::description)
                .toList();
    }

    void requirePartition(TopicPartition partition) {
        int count = partitionCounts.computeIfAbsent(
                partition.topic(),
                name -> topic(name)
                        .orElseThrow(() -> new LogException(Code.UNKNOWN_TOPIC, "there is no topic '" + name + "'"))
                        .config()
                        .partitions());
        if (partition.partition() >= count) {
            partitionCounts.remove(partition.topic());
            throw new LogException(
                    Code.UNKNOWN_TOPIC,
                    "topic '" + partition.topic() + "' has " + count + " partitions; there is no " + partition);
        }
    }

    // ---- commits ----

    /** As {@link Log#writer}: a transactional producer. What the cluster would not keep safe is refused first. */
    @Override
    public LogWriter writer(String id, List<String> reads, List<String> writes) {
        requireOpen();
        TreeSet<String> names = new TreeSet<>(reads);
        names.addAll(writes);
        List<Safety.Use> uses = new ArrayList<>();
        cluster.describe(names)
                .forEach((name, found) ->
                        uses.add(new Safety.Use(name, found.replication(), writes.contains(name), found.settings())));
        Safety.require(id, uses);
        TransactionalWriter writer = TransactionalWriter.open(this, id, options);
        ends.forget();
        return writer;
    }

    @Override
    public CommitResult commit(Commit commit) {
        requireOpen();
        synchronized (ownLock) {
            TransactionalWriter writer = own;
            if (writer == null || !writer.isUsable()) {
                writer = TransactionalWriter.open(this, "log." + UUID.randomUUID(), options);
                own = writer;
            }
            return writer.commit(commit);
        }
    }

    long nextSequence() {
        return sequence.incrementAndGet();
    }

    void awaitVisible(Map<TopicPartition, Long> wanted) {
        if (!wanted.isEmpty()) {
            ends.await(wanted, options.restartMax());
        }
    }

    long endNow(TopicPartition partition) {
        return cluster.ranges(List.of(partition)).values().iterator().next().end();
    }

    /** What is not done now is done with a later commit: it only takes room. */
    void trim(Map<TopicPartition, Long> firstNeeded) {
        firstNeeded.forEach((partition, offset) -> trims.merge(partition, offset, Math::max));
        if (trims.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> now = Map.copyOf(trims);
        trims.keySet().removeAll(now.keySet());
        cluster.deleteBefore(now, (partition, failure) -> {
            LOGGER.warn("Cannot yet cut off what is no longer needed of {}: {}", partition, failure.getMessage());
            trims.merge(partition, now.getOrDefault(partition, 0L), Math::max);
        });
    }

    // ---- reading ----

    @Override
    public void fetch(TopicPartition partition, long offset, int bytesMax, RecordCursor into) {
        requireOpen();
        requirePartition(partition);
        OffsetRange held = offsets(partition);
        if (offset < held.start() || offset > held.end()) {
            throw new LogException(
                    Code.OFFSET_OUT_OF_RANGE,
                    partition + " holds the offsets from " + held.start() + " up to " + held.end() + "; " + offset
                            + " is not among them");
        }
        ends.reached(partition, reader.fetch(partition, offset, held.end(), bytesMax, into));
    }

    /** As {@link Log#offsets}, up to 2 ms old as far as other processes' commits go. */
    @Override
    public OffsetRange offsets(TopicPartition partition) {
        requireOpen();
        requirePartition(partition);
        reader.touch(partition);
        return ends.of(partition);
    }

    /** As {@link Log#offsetAtOrAfter}; where transactions have left their markers, it reads until it finds a record. */
    @Override
    public OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis) {
        requireOpen();
        requirePartition(partition);
        // Markers have the time of their commit, and Kafka takes them for records here.
        OptionalLong found = cluster.offsetAtOrAfter(partition, timestampMillis);
        OffsetRange held = offsets(partition);
        RecordCursor records = new RecordCursor();
        for (long at = Math.max(held.start(), found.orElse(held.end())); at < held.end(); at = records.nextOffset()) {
            fetch(partition, at, SEARCH_BYTES, records);
            while (records.next()) {
                if (records.timestampMillis() >= timestampMillis) {
                    return OptionalLong.of(records.offset());
                }
            }
        }
        return OptionalLong.empty();
    }

    @Override
    public long changes() {
        return reader.changes();
    }

    /** As {@link Log#awaitChange}, for the partitions that have been fetched from in the last seconds. */
    @Override
    public long awaitChange(long seen, Duration atMost) throws InterruptedException {
        requireOpen();
        return reader.awaitChange(seen, atMost);
    }

    // ---- groups ----

    @Override
    public OptionalLong committed(String group, TopicPartition partition) {
        requireOpen();
        return cluster.committed(group, partition);
    }

    @Override
    public Map<String, Map<TopicPartition, Long>> groups() {
        requireOpen();
        return cluster.groups();
    }

    /**
     * {@link Durability#OS}: a commit is acknowledged when all in-sync replicas have it, and each has handed it to its
     * operating system. What survives the loss of a machine is a matter of replication.
     */
    @Override
    public Durability durability() {
        return Durability.OS;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        reader.close();
        synchronized (ownLock) {
            if (own != null) {
                own.close();
            }
        }
        cluster.close();
    }
}
