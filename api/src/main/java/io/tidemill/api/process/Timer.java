package io.tidemill.api.process;

import java.time.Instant;

/** A timer of one key. One key has at most one of a time and domain: set twice, it goes off once. */
public record Timer(Instant time, TimeDomain domain) {}
