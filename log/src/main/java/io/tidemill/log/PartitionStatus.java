package io.tidemill.log;

/**
 * What a partition holds.
 *
 * @param start the first offset that can be read
 * @param stableEnd before it every transaction has ended; what a reader of committed records may read
 * @param end the offset that the next record will get
 */
public record PartitionStatus(long start, long stableEnd, long end) {}
