package io.tidemill.log;

/** Something that the log was asked for and did not do. Its state is what it was before. */
public final class LogException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What went wrong, to count by and to act on. */
    public enum Code {
        UNKNOWN_TOPIC(false),
        TOPIC_EXISTS(false),
        OFFSET_OUT_OF_RANGE(false),
        RECORD_TOO_LARGE(false),
        COMMIT_TOO_LARGE(false),
        INVALID(false),
        /** Someone else appended where the commit expected nobody to. */
        CONFLICT(false),
        /** A batch is missing between the producer's last one and this. */
        OUT_OF_ORDER_SEQUENCE(false),
        /** Another producer of the same transactional id has begun. */
        PRODUCER_FENCED(false),
        /** The batch's producer has a newer incarnation. */
        INVALID_PRODUCER_EPOCH(false),
        /** The transactional id and the producer do not belong together, or are not known. */
        UNKNOWN_PRODUCER(false),
        /** There is no open transaction that this belongs to, or it cannot end that way. */
        INVALID_TRANSACTION_STATE(false),
        TRANSACTION_TIMEOUT_INVALID(false),
        /** A batch is sound, but holds what the topic does not take. */
        INVALID_RECORD(false),
        /** A batch is not what its checksum or its header say. */
        CORRUPT_BATCH(false),
        /** Free some room and try again. */
        DISK_FULL(true),
        /** Bytes on the disk are not what was written. The message names file and position. */
        DAMAGED(false),
        /** Another process or another log holds the directory. */
        IN_USE(false),
        /** The cluster did not answer in time, or not as it should. Whether a commit was taken is not known. */
        UNAVAILABLE(true),
        /** Reading or writing failed; after a failed sync, open the log again. */
        IO(false),
        CLOSED(false);

        private final boolean retriable;

        Code(boolean retriable) {
            this.retriable = retriable;
        }

        /** Whether the same call may succeed later. */
        public boolean retriable() {
            return retriable;
        }
    }

    private final Code code;

    public LogException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public LogException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
