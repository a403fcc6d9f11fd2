package io.tidemill.kafka;

import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.batch.Batch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What Kafka refuses in a batch before it looks at its records. Codes differ by what is wrong, and clients act on them: a
 * corrupt batch is sent again, one that is too large is split, an invalid one is given up.
 */
final class ProducedBatch {
    private static final int LENGTH_AT = 8;
    private static final int LENGTH_END = 12;
    private static final int MAGIC_AT = 16;
    private static final int ATTRIBUTES_AT = 21;
    private static final int COMPRESSION_MASK = 0x07;
    private static final int COMPRESSION_MAX = 4;
    private static final int ZSTD = 4;
    private static final int ZSTD_VERSION_MIN = 7;
    private static final int CONTROL_MASK = 0x20;
    private static final int MAGIC = 2;

    private ProducedBatch() {}

    /** Why a batch is not taken. */
    record Refusal(short code, String message) {}

    /** @param version of the request */
    static @Nullable Refusal refusal(ByteBuffer records, int version, TopicConfig topic) {
        int at = records.position();
        if (records.remaining() <= MAGIC_AT) {
            return new Refusal(ErrorCode.CORRUPT_MESSAGE, "too short for a record batch");
        }
        if (records.get(at + MAGIC_AT) != MAGIC) {
            return new Refusal(
                    ErrorCode.INVALID_RECORD,
                    "record batches have format " + MAGIC + ", not " + records.get(at + MAGIC_AT));
        }
        long length = LENGTH_END + (long) records.getInt(at + LENGTH_AT);
        if (records.remaining() < Batch.HEADER_BYTES || length < Batch.HEADER_BYTES || length > records.remaining()) {
            return new Refusal(ErrorCode.CORRUPT_MESSAGE, "not a whole record batch");
        }
        if (length < records.remaining()) {
            return new Refusal(ErrorCode.INVALID_RECORD, "a partition takes exactly one record batch per request");
        }
        return refusedContent(records, version, topic);
    }

    private static @Nullable Refusal refusedContent(ByteBuffer records, int version, TopicConfig topic) {
        int attributes = records.getShort(records.position() + ATTRIBUTES_AT);
        if ((attributes & CONTROL_MASK) != 0) {
            return new Refusal(ErrorCode.INVALID_RECORD, "producers do not send control batches");
        }
        boolean tooOldForZstd = (attributes & COMPRESSION_MASK) == ZSTD && version < ZSTD_VERSION_MIN;
        if ((attributes & COMPRESSION_MASK) > COMPRESSION_MAX || tooOldForZstd) {
            return new Refusal(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "compression " + (attributes & COMPRESSION_MASK) + " is not known in version " + version);
        }
        if (records.remaining() > topic.recordBytesMax()) {
            return new Refusal(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "a batch of " + records.remaining() + " bytes, and the topic takes " + topic.recordBytesMax());
        }
        return null;
    }
}
