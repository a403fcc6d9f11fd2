package io.tidemill.log;

import java.util.List;

/**
 * A commit that is written, and becomes visible when it is durable.
 *
 * @param sequence what to wait for with {@link EmbeddedLog#awaitDurable}
 * @param baseOffsets the first offset of each append, in the order of the commit
 */
public record WrittenCommit(long sequence, List<Long> baseOffsets) {}
