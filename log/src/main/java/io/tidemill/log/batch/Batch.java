package io.tidemill.log.batch;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * One Kafka v2 record batch that has not been given its offsets yet.
 *
 * @param bytes the batch, from its base offset to its end
 * @param offsetCount how many offsets it takes up
 * @param recordBytesMax the size of its largest record, or of the batch where that is not known
 */
public record Batch(ByteBuffer bytes, int offsetCount, long maxTimestamp, int recordBytesMax) {
    /** The smallest number of bytes that can be a batch. */
    public static final int HEADER_BYTES = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;

    /**
     * Checks a batch that came from outside.
     *
     * @throws IllegalArgumentException unless {@code bytes} is exactly one sound batch of format 2
     */
    public static Batch validated(ByteBuffer bytes) {
        if (bytes.remaining() < HEADER_BYTES) {
            throw new IllegalArgumentException(
                    "a record batch has at least " + HEADER_BYTES + " bytes, not " + bytes.remaining());
        }
        MutableRecordBatch batch = MemoryRecords.readableRecords(bytes.duplicate())
                .batches()
                .iterator()
                .next();
        if (batch.magic() != RecordBatch.MAGIC_VALUE_V2 || batch.sizeInBytes() != bytes.remaining()) {
            throw new IllegalArgumentException("not exactly one record batch of format 2");
        }
        if (!batch.isValid()) {
            throw new IllegalArgumentException("the record batch's checksum does not match");
        }
        long offsetCount = batch.lastOffset() - batch.baseOffset() + 1;
        long records = 0;
        try {
            for (Record record : batch) {
                if (record.offset() != batch.baseOffset() + records++) {
                    throw new IllegalArgumentException("the record batch's offsets do not follow one another");
                }
            }
        } catch (KafkaException | BufferUnderflowException e) {
            throw new IllegalArgumentException("the record batch cannot be read: " + e.getMessage(), e);
        }
        if (records < 1 || records != offsetCount) {
            throw new IllegalArgumentException(
                    "the record batch has " + records + " records for " + offsetCount + " offsets");
        }
        return new Batch(bytes, (int) offsetCount, batch.maxTimestamp(), bytes.remaining());
    }

    public int sizeInBytes() {
        return bytes.remaining();
    }
}
