package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a group is in one partition.
 *
 * @param member whose partition it is; null when nobody's
 * @param committed the next offset to read; null where none was committed
 * @param start the first offset that can be read
 * @param end the offset that the next record will get
 * @param lagRecords offsets between committed and end, markers of transactions included; null where none was committed
 * @param oldestUnread the timestamp of the first record that was not read; null where all were, or it has none
 * @param lagTime since {@link #oldestUnread}; zero where all was read, null where it is not known
 * @param lastCommit when the group last committed here; null where that is not known
 * @param lostRecords offsets that were deleted before the group read them
 */
public record PartitionLag(
        TopicPartition partition,
        @Nullable String member,
        @Nullable Long committed,
        long start,
        long end,
        @Nullable Long lagRecords,
        @Nullable Instant oldestUnread,
        @Nullable Duration lagTime,
        @Nullable Instant lastCommit,
        long lostRecords) {}
