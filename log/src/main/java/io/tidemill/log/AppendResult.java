package io.tidemill.log;

/** What became of one batch. */
public sealed interface AppendResult {
    /**
     * It is in the log.
     *
     * @param appendTimeMillis -1 unless the topic stamps its records at their append
     * @param start the partition's first offset
     */
    record Appended(long baseOffset, long appendTimeMillis, long start) implements AppendResult {}

    /** Its producer had sent it before: it is in the log once, at {@code baseOffset}. */
    record Duplicate(long baseOffset, long start) implements AppendResult {}

    record Refused(LogException cause) implements AppendResult {}
}
