package io.tidemill.log.batch;

import io.tidemill.api.Header;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/** Builds one {@link Batch}. Not thread-safe; not reusable after {@link #build}. */
public final class BatchBuilder {
    private static final org.apache.kafka.common.header.Header[] NO_HEADERS = {};

    private final MemoryRecordsBuilder records;
    private int count;
    private int recordBytesMax;

    public BatchBuilder() {
        this(1024);
    }

    /** @param bytesExpected how much room to start with; it grows as needed */
    public BatchBuilder(int bytesExpected) {
        this(bytesExpected, 0);
    }

    private BatchBuilder(int bytesExpected, long baseOffset) {
        records = new MemoryRecordsBuilder(
                new ByteBufferOutputStream(Math.max(Batch.HEADER_BYTES + 64, bytesExpected)),
                RecordBatch.MAGIC_VALUE_V2,
                Compression.NONE,
                TimestampType.CREATE_TIME,
                baseOffset,
                RecordBatch.NO_TIMESTAMP,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                false,
                false,
                0,
                Integer.MAX_VALUE);
    }

    /** A batch of records that have their offsets already; only {@link #addAt} may be used on it. */
    public static BatchBuilder startingAt(long baseOffset, int bytesExpected) {
        return new BatchBuilder(bytesExpected, baseOffset);
    }

    /** Adds a record at its offset: more than the one before, and less than 2,147,483,648 after the first. */
    public void addAt(
            long offset, long timestampMillis, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        int before = records.estimatedSizeInBytes();
        records.appendWithOffset(
                offset,
                timestampMillis < 0 ? RecordBatch.NO_TIMESTAMP : timestampMillis,
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                convert(headers));
        recordBytesMax = Math.max(recordBytesMax, records.estimatedSizeInBytes() - before);
        count++;
    }

    /** Adds a record; {@code timestampMillis} is since the epoch, or -1 for none. */
    public void add(long timestampMillis, byte @Nullable [] key, byte @Nullable [] value, List<Header> headers) {
        add(
                timestampMillis,
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                headers);
    }

    public void add(long timestampMillis, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<Header> headers) {
        int before = records.estimatedSizeInBytes();
        records.append(timestampMillis < 0 ? RecordBatch.NO_TIMESTAMP : timestampMillis, key, value, convert(headers));
        recordBytesMax = Math.max(recordBytesMax, records.estimatedSizeInBytes() - before);
        count++;
    }

    private static org.apache.kafka.common.header.Header[] convert(List<Header> headers) {
        if (headers.isEmpty()) {
            return NO_HEADERS;
        }
        org.apache.kafka.common.header.Header[] converted = new org.apache.kafka.common.header.Header[headers.size()];
        for (int i = 0; i < converted.length; i++) {
            converted[i] =
                    new RecordHeader(headers.get(i).name(), headers.get(i).value());
        }
        return converted;
    }

    public int count() {
        return count;
    }

    /** The size so far. */
    public int sizeInBytes() {
        return records.estimatedSizeInBytes();
    }

    /** The batch; throws {@link IllegalStateException} if nothing was added. */
    public Batch build() {
        if (count == 0) {
            throw new IllegalStateException("a batch has at least one record");
        }
        MemoryRecords built = records.build();
        RecordBatch batch = built.batches().iterator().next();
        return new Batch(built.buffer(), count, batch.maxTimestamp(), recordBytesMax);
    }
}
