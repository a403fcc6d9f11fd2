package io.tidemill.log.batch;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
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

    private static final int LENGTH_AT = 8;
    private static final int LENGTH_END = 12;

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
        if (batch.isControlBatch()) {
            throw new IllegalArgumentException("a producer does not send markers");
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

    /** The marker that ends a producer's transaction in one partition. */
    public static Batch endOfTransaction(
            long producerId, short producerEpoch, boolean committed, long timestampMillis) {
        ControlRecordType type = committed ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        ByteBuffer bytes = MemoryRecords.withEndTransactionMarker(
                        0, timestampMillis, 0, producerId, producerEpoch, new EndTransactionMarker(type, 0))
                .buffer();
        return new Batch(bytes, 1, timestampMillis, 0);
    }

    /**
     * The batches of a produce request's field, which each have to be {@link #validated} still.
     *
     * @throws IllegalArgumentException when they do not fill it, or are more than {@code batchesMax}
     */
    public static List<ByteBuffer> split(ByteBuffer records, int batchesMax) {
        List<ByteBuffer> batches = new ArrayList<>(1);
        ByteBuffer rest = records.duplicate();
        while (rest.hasRemaining()) {
            long length =
                    rest.remaining() < HEADER_BYTES ? -1 : LENGTH_END + (long) rest.getInt(rest.position() + LENGTH_AT);
            if (length < HEADER_BYTES || length > rest.remaining() || batches.size() == batchesMax) {
                throw new IllegalArgumentException("not whole record batches, or more than " + batchesMax);
            }
            batches.add(rest.slice(rest.position(), (int) length));
            rest.position(rest.position() + (int) length);
        }
        return batches;
    }

    public BatchHeader header() {
        return BatchHeader.of(bytes, bytes.position());
    }

    /** The same records with {@code appendTimeMillis} as their timestamp. */
    public Batch stampedAtAppend(long appendTimeMillis) {
        ByteBuffer copy =
                ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
        MutableRecordBatch batch =
                MemoryRecords.readableRecords(copy).batches().iterator().next();
        batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, appendTimeMillis);
        return new Batch(copy, offsetCount, appendTimeMillis, recordBytesMax);
    }

    public int sizeInBytes() {
        return bytes.remaining();
    }
}
