package io.tidemill.api;

/** A value and how often it occurred. */
public record Counted<V>(V value, long count) {}
