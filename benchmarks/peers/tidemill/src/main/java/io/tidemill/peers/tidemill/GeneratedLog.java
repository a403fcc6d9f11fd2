package io.tidemill.peers.tidemill;

import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.Durability;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A log that makes the records of one topic when they are read, and forgets what is committed to it: for job B. The events
 * travel as batches of records with 20 bytes each, because the engine reads nothing else; encoding them is in the figures.
 */
final class GeneratedLog implements Log {
    static final String INPUT = "generated";
    private static final int RECORDS_PER_BATCH = 2_000;

    private final long events;
    private final Map<String, TopicDescription> topics = new TreeMap<>();
    private final Map<TopicPartition, Long> ends = new ConcurrentHashMap<>();
    private final AtomicLong commits = new AtomicLong();

    GeneratedLog(long events) {
        this.events = events;
        createTopic(INPUT, TopicConfig.of(Generator.PARTITIONS));
    }

    @Override
    public TopicDescription createTopic(String name, TopicConfig config) {
        TopicDescription topic = new TopicDescription(name, UUID.randomUUID(), config);
        topics.put(name, topic);
        return topic;
    }

    @Override
    public void deleteTopic(String name) {
        topics.remove(name);
    }

    @Override
    public Optional<TopicDescription> topic(String name) {
        return Optional.ofNullable(topics.get(name));
    }

    @Override
    public List<TopicDescription> topics() {
        return List.copyOf(topics.values());
    }

    @Override
    public CommitResult commit(Commit commit) {
        List<Long> bases = new ArrayList<>();
        for (Commit.Append append : commit.appends()) {
            long after = ends.merge(append.partition(), (long) append.batch().offsetCount(), Long::sum);
            bases.add(after - append.batch().offsetCount());
        }
        return new CommitResult(commits.incrementAndGet(), bases);
    }

    @Override
    public void fetch(TopicPartition partition, long offset, int bytesMax, RecordCursor into) {
        into.reset(offset);
        if (!partition.topic().equals(INPUT)) {
            throw new LogException(LogException.Code.INVALID, partition + " is not kept");
        }
        long end = offsets(partition).end();
        long at = offset;
        int bytes = 0;
        while (at < end && bytes < bytesMax) {
            int count = (int) Math.min(RECORDS_PER_BATCH, end - at);
            bytes += make(partition.partition(), at, count, into);
            at += count;
        }
    }

    private int make(int partition, long from, int count, RecordCursor into) {
        BatchBuilder batch = new BatchBuilder(count * 32 + 100);
        byte[] value = new byte[View.BYTES];
        ByteBuffer reused = ByteBuffer.wrap(value);
        for (int i = 0; i < count; i++) {
            long number = (from + i) * Generator.PARTITIONS + partition;
            PageView view = Generator.event(number, events);
            View.write(view, Generator.page(number), reused);
            batch.add(view.eventTime, null, reused.rewind(), List.of());
        }
        Batch made = batch.build();
        ByteBuffer bytes = made.bytes();
        bytes.putLong(bytes.position(), from);
        int length = made.sizeInBytes();
        int start = into.reserve(length);
        bytes.duplicate().get(into.reserved(), start, length);
        into.addBatch(start, length, Generator.START_MILLIS + Duration.ofDays(3).toMillis());
        return length;
    }

    @Override
    public OffsetRange offsets(TopicPartition partition) {
        if (partition.topic().equals(INPUT)) {
            return new OffsetRange(
                    0, (events + Generator.PARTITIONS - 1 - partition.partition()) / Generator.PARTITIONS);
        }
        long end = ends.getOrDefault(partition, 0L);
        return new OffsetRange(end, end);
    }

    @Override
    public OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis) {
        return OptionalLong.empty();
    }

    @Override
    public OptionalLong committed(String group, TopicPartition partition) {
        return OptionalLong.empty();
    }

    @Override
    public Map<String, Map<TopicPartition, Long>> groups() {
        return Map.of();
    }

    @Override
    public long changes() {
        return commits.get();
    }

    @Override
    public long awaitChange(long seen, Duration atMost) throws InterruptedException {
        Thread.sleep(1);
        return commits.get();
    }

    @Override
    public Durability durability() {
        return Durability.OS;
    }

    @Override
    public void close() {
        // It holds nothing.
    }
}
