package io.tidemill.log.batch;

import java.nio.ByteBuffer;

/**
 * What a record batch says of itself in its first bytes (Kafka's message format 2, KIP-98).
 *
 * @param maxTimestamp -1 for a marker: who looks for a time looks for records
 * @param producerId -1 where the producer is not idempotent
 * @param baseSequence the sequence of its first record
 * @param control whether it holds a marker of the end of a transaction instead of records
 */
public record BatchHeader(
        long baseOffset,
        long lastOffset,
        long maxTimestamp,
        long producerId,
        short producerEpoch,
        int baseSequence,
        boolean transactional,
        boolean control) {
    private static final int ATTRIBUTES_AT = 21;
    private static final int LAST_OFFSET_DELTA_AT = 23;
    private static final int MAX_TIMESTAMP_AT = 35;
    private static final int PRODUCER_ID_AT = 43;
    private static final int PRODUCER_EPOCH_AT = 51;
    private static final int BASE_SEQUENCE_AT = 53;
    private static final int TRANSACTIONAL_MASK = 0x10;
    private static final int CONTROL_MASK = 0x20;

    /** The batch that starts at {@code at}. */
    public static BatchHeader of(ByteBuffer bytes, int at) {
        int attributes = bytes.getShort(at + ATTRIBUTES_AT);
        long baseOffset = bytes.getLong(at);
        boolean control = (attributes & CONTROL_MASK) != 0;
        return new BatchHeader(
                baseOffset,
                baseOffset + bytes.getInt(at + LAST_OFFSET_DELTA_AT),
                control ? -1 : bytes.getLong(at + MAX_TIMESTAMP_AT),
                bytes.getLong(at + PRODUCER_ID_AT),
                bytes.getShort(at + PRODUCER_EPOCH_AT),
                bytes.getInt(at + BASE_SEQUENCE_AT),
                (attributes & TRANSACTIONAL_MASK) != 0,
                control);
    }

    /** Whether the log must remember its producer. */
    public boolean hasProducer() {
        return producerId >= 0;
    }

    /** The sequence of its last record; sequences go round after {@link Integer#MAX_VALUE}. */
    public int lastSequence() {
        long last = baseSequence + (lastOffset - baseOffset);
        return (int) (last > Integer.MAX_VALUE ? last - Integer.MAX_VALUE - 1 : last);
    }

    /** The same batch with its offsets given. */
    public BatchHeader at(long offset) {
        return new BatchHeader(
                offset,
                offset + lastOffset - baseOffset,
                maxTimestamp,
                producerId,
                producerEpoch,
                baseSequence,
                transactional,
                control);
    }
}
