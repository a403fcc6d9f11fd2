package io.tidemill.log.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BatchBuilderTest {
    /** kafka-clients' own builder makes the same bytes. */
    @Test
    void theBytesAreThoseOfKafka() {
        for (int i = 0; i < 200; i++) {
            long seed = System.nanoTime();
            check(seed);
        }
    }

    private static void check(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean offsetsGiven = random.nextInt(4) == 0;
        long base = offsetsGiven ? random.nextLong(1L << 40) : 0;
        BatchBuilder ours = offsetsGiven ? BatchBuilder.startingAt(base, 100) : new BatchBuilder(random.nextInt(5_000));
        MemoryRecordsBuilder theirs = kafka(base);
        long offset = base;
        List<Header> headers = List.of();
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 3_000 : 20);
        for (int i = 0; i < count; i++) {
            byte[] key = bytes(random, 40);
            byte[] value = bytes(random, random.nextInt(20) == 0 ? 40_000 : 300);
            headers = random.nextInt(3) == 0 ? headers(random) : headers;
            long timestamp = random.nextInt(5) == 0 ? -1 : random.nextLong() >>> (1 + random.nextInt(63));
            if (offsetsGiven) {
                ours.addAt(offset, timestamp, wrap(key), wrap(value), headers);
            } else {
                ours.add(timestamp, key, value, headers);
            }
            theirs.appendWithOffset(offset, timestamp, wrap(key), wrap(value), kafka(headers));
            offset += offsetsGiven ? 1 + random.nextInt(1_000) : 1;
        }
        Batch batch = ours.build();
        MemoryRecords expected = theirs.build();
        byte[] found = new byte[batch.sizeInBytes()];
        batch.bytes().duplicate().get(found);
        byte[] wanted = new byte[expected.sizeInBytes()];
        expected.buffer().duplicate().get(wanted);
        assertThat(Arrays.equals(found, wanted)).as("seed " + seed).isTrue();
        RecordBatch header = expected.batches().iterator().next();
        assertThat(batch.maxTimestamp()).as("seed " + seed).isEqualTo(header.maxTimestamp());
        assertThat(batch.offsetCount()).isEqualTo(count);
        assertThat(ours.sizeInBytes()).isEqualTo(found.length);
    }

    private static MemoryRecordsBuilder kafka(long base) {
        return new MemoryRecordsBuilder(
                new ByteBufferOutputStream(1024),
                RecordBatch.MAGIC_VALUE_V2,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                base,
                RecordBatch.NO_TIMESTAMP,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                false,
                false,
                RecordBatch.NO_PARTITION_LEADER_EPOCH,
                Integer.MAX_VALUE);
    }

    private static @Nullable ByteBuffer wrap(byte @Nullable [] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    private static byte @Nullable [] bytes(SplittableRandom random, int bound) {
        if (random.nextInt(10) == 0) {
            return null;
        }
        byte[] bytes = new byte[random.nextInt(bound)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<Header> headers(SplittableRandom random) {
        List<Header> headers = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            headers.add(new Header("ü".repeat(random.nextInt(100)), bytes(random, 200)));
        }
        return headers;
    }

    private static org.apache.kafka.common.header.Header[] kafka(List<Header> headers) {
        return headers.stream()
                .map(header -> new RecordHeader(header.name(), header.value()))
                .toArray(org.apache.kafka.common.header.Header[]::new);
    }

    @Test
    void offsetsOnlyGoUp() {
        BatchBuilder builder = BatchBuilder.startingAt(10, 100);
        builder.addAt(12, 0, null, null, List.of());
        assertThatThrownBy(() -> builder.addAt(12, 0, null, null, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.addAt(13 + (1L << 31), 0, null, null, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BatchBuilder().build()).isInstanceOf(IllegalStateException.class);
    }
}
