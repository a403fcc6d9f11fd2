package io.tidemill.peers.tidemill;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
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
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * A log that makes the records of one topic when they are read, and forgets what is committed to it: for job B. A record holds
 * the number of its event, and the codec makes the event.
 */
final class GeneratedLog implements Log {
    static final String INPUT = "generated";
    private static final int RECORDS_PER_BATCH = 2_000;
    private static final Template FULL = new Template(RECORDS_PER_BATCH);

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
            bytes += (count == RECORDS_PER_BATCH ? FULL : new Template(count)).put(partition.partition(), at, into);
            at += count;
        }
    }

    /** A batch whose records lack but their numbers. */
    private static final class Template {
        private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

        private final byte[] bytes;

        /** Where each record's value is. */
        private final int[] places;

        Template(int count) {
            BatchBuilder batch = new BatchBuilder(count * 32 + 100);
            for (int i = 0; i < count; i++) {
                batch.add(Generator.START_MILLIS, null, ByteBuffer.allocate(Long.BYTES), List.of());
            }
            Batch made = batch.build();
            bytes = new byte[made.sizeInBytes()];
            made.bytes().duplicate().get(bytes);
            places = places(bytes, count);
        }

        private static int[] places(byte[] batch, int count) {
            RecordCursor cursor = new RecordCursor();
            cursor.reset(0);
            int start = cursor.reserve(batch.length);
            System.arraycopy(batch, 0, cursor.reserved(), start, batch.length);
            cursor.addBatch(start, batch.length, 0);
            int[] places = new int[count];
            for (int i = 0; cursor.next(); i++) {
                places[i] = cursor.valueStart() - start;
            }
            return places;
        }

        int put(int partition, long from, RecordCursor into) {
            int start = into.reserve(bytes.length);
            byte[] target = into.reserved();
            System.arraycopy(bytes, 0, target, start, bytes.length);
            LONG.set(target, start, from);
            long number = from * Generator.PARTITIONS + partition;
            for (int place : places) {
                LONG.set(target, start + place, number);
                number += Generator.PARTITIONS;
            }
            into.addBatch(
                    start,
                    bytes.length,
                    Generator.START_MILLIS + Duration.ofDays(3).toMillis());
            return bytes.length;
        }
    }

    /** Makes the event of a number; nothing is decoded. */
    record EventCodec(long events) implements Codec<PageView> {
        private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

        @Override
        public PageView decode(byte[] bytes, int offset, int length) {
            return Generator.event((long) LONG.get(bytes, offset), events);
        }

        @Override
        public void encode(PageView value, ByteSink sink) {
            throw new UnsupportedOperationException("events are only made");
        }

        @Override
        public String format() {
            return "number of an event";
        }
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
