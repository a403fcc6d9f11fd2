package io.tidemill.log.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/** Our reader of record batches against that of kafka-clients. */
class RecordCursorTest {
    private static final List<CompressionType> TYPES = List.of(CompressionType.values());

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void readsWhatKafkaReads() {
        for (int round = 0; round < 200; round++) {
            List<SimpleRecord> records = new ArrayList<>();
            for (int i = 1 + random.nextInt(30); i > 0; i--) {
                records.add(randomRecord());
            }
            CompressionType type = TYPES.get(random.nextInt(TYPES.size()));
            long base = random.nextInt(1_000_000);
            MemoryRecords batch =
                    MemoryRecords.withRecords(base, Compression.of(type).build(), records.toArray(SimpleRecord[]::new));
            compare(batch, base + random.nextInt(3));
        }
    }

    private SimpleRecord randomRecord() {
        org.apache.kafka.common.header.Header[] headers = new org.apache.kafka.common.header.Header[random.nextInt(3)];
        Arrays.setAll(headers, i -> new org.apache.kafka.common.header.internals.RecordHeader("h" + i, bytes(20)));
        return new SimpleRecord(
                random.nextInt(1 << 30),
                random.nextInt(4) == 0 ? null : bytes(40),
                random.nextInt(4) == 0 ? null : bytes(300),
                headers);
    }

    private byte[] bytes(int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    private void compare(MemoryRecords batch, long from) {
        RecordCursor cursor = new RecordCursor();
        cursor.reset(from);
        ByteBuffer bytes = batch.buffer();
        int start = cursor.reserve(bytes.remaining());
        bytes.duplicate().get(cursor.reserved(), start, bytes.remaining());
        cursor.addBatch(start, bytes.remaining(), 77);
        long last = -1;
        for (Record expected : batch.records()) {
            last = expected.offset();
            if (expected.offset() < from) {
                continue;
            }
            assertThat(cursor.next()).as("seed %d", seed).isTrue();
            assertThat(cursor.offset()).isEqualTo(expected.offset());
            assertThat(cursor.timestampMillis()).isEqualTo(expected.timestamp());
            assertThat(cursor.appendTimeMillis()).isEqualTo(77);
            assertThat(ByteBuffer.wrap(cursor.key() == null ? new byte[0] : cursor.key()))
                    .isEqualTo(expected.hasKey() ? expected.key() : ByteBuffer.allocate(0));
            assertThat(cursor.keyLength() < 0).isEqualTo(!expected.hasKey());
            assertThat(ByteBuffer.wrap(cursor.value() == null ? new byte[0] : cursor.value()))
                    .isEqualTo(expected.hasValue() ? expected.value() : ByteBuffer.allocate(0));
            assertThat(cursor.valueLength() < 0).isEqualTo(!expected.hasValue());
            List<Header> headers = cursor.headers();
            assertThat(headers).hasSize(expected.headers().length);
            for (int i = 0; i < headers.size(); i++) {
                assertThat(headers.get(i).value()).isEqualTo(expected.headers()[i].value());
            }
        }
        assertThat(cursor.next()).isFalse();
        assertThat(cursor.nextOffset()).isEqualTo(Math.max(from, last + 1));
    }
}
