package io.tidemill.log;

import java.util.List;

/**
 * Where a commit is.
 *
 * @param sequence its place among all commits of the log
 * @param baseOffsets the first offset of each append, in the order of the commit
 * @param markerOffsets how many offsets the log itself took after the records of each partition: a Kafka cluster ends a
 *     transaction with a marker
 */
public record CommitResult(long sequence, List<Long> baseOffsets, int markerOffsets) {
    /** Of a log that takes no offsets for itself. */
    public CommitResult(long sequence, List<Long> baseOffsets) {
        this(sequence, baseOffsets, 0);
    }
}
