package io.tidemill.api;

/** A value and the number by which it was ranked. */
public record Ranked<V>(V value, long by) {}
