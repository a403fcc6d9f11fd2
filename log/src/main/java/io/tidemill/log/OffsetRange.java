package io.tidemill.log;

/**
 * What a partition holds.
 *
 * @param start the first offset that can be read
 * @param end the offset that the next record will get
 */
public record OffsetRange(long start, long end) {}
