package io.tidemill.log;

/** Records of a producer, from an offset to the marker that ended them, that never happened. */
public record AbortedTransaction(long producerId, long firstOffset) {}
