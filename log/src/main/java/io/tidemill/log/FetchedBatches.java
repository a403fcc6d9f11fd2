package io.tidemill.log;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Batches as they lie in the log.
 *
 * @param batches one after the other; the first may begin before the offset that was asked for
 * @param aborted the transactions among them that were aborted, by first offset; empty where uncommitted records were asked for
 */
public record FetchedBatches(ByteBuffer batches, PartitionStatus partition, List<AbortedTransaction> aborted) {}
