package io.tidemill.consumer;

import java.time.Instant;
import java.util.Optional;

/**
 * A partition's progress.
 *
 * @param position the next offset to be polled; -1 before the first poll
 * @param committed the offset last committed by this assignment; -1 if none was
 * @param lag offsets from the first unfinished one to the end of the log; 0 while the end is not known
 * @param recordsUncommitted polled and not committed, done ones beyond the first unfinished one included
 * @param oldestUncommitted the first unfinished one
 */
public record PartitionStatus(
        long position, long committed, long lag, int recordsUncommitted, Optional<Oldest> oldestUncommitted) {
    /**
     * @param polledAt when it was read: one that stays for long is a record that is stuck
     * @param attempts failed so far
     */
    public record Oldest(long offset, Instant polledAt, int attempts) {}
}
