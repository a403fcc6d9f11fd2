package io.tidemill.log;

import java.util.List;

/**
 * Where a commit is.
 *
 * @param sequence its place among all commits of the log
 * @param baseOffsets the first offset of each append, in the order of the commit
 */
public record CommitResult(long sequence, List<Long> baseOffsets) {}
