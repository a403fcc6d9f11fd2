package io.tidemill.log;

/**
 * How far a group has come in a partition.
 *
 * @param offset the next one to read
 * @param leaderEpoch of the record before it; -1 where it is not known
 * @param metadata what the consumer added; empty for nothing
 * @param commitTimeMillis since the epoch; -1 in a commit that the log is to stamp
 */
public record CommittedOffset(long offset, int leaderEpoch, String metadata, long commitTimeMillis) {
    /** An offset alone, to be stamped by the log. */
    public static CommittedOffset of(long offset) {
        return new CommittedOffset(offset, -1, "", -1);
    }

    CommittedOffset stamped(long nowMillis) {
        return commitTimeMillis >= 0 ? this : new CommittedOffset(offset, leaderEpoch, metadata, nowMillis);
    }
}
