package io.tidemill.log;

/** Where a record is, and its timestamp. */
public record TimestampedOffset(long offset, long timestampMillis) {}
