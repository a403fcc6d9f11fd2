package io.tidemill.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until it is told otherwise. Thread-safe. */
public final class VirtualClock implements InstantSource {
    private Instant now;

    /** Starts with the year 2020. */
    public VirtualClock() {
        this(Instant.parse("2020-01-01T00:00:00Z"));
    }

    public VirtualClock(Instant now) {
        this.now = now;
    }

    @Override
    public synchronized Instant instant() {
        return now;
    }

    /** May go back in time, as the clocks of machines do. */
    public synchronized void set(Instant newNow) {
        now = newNow;
    }

    public synchronized void advance(Duration by) {
        now = now.plus(by);
    }
}
