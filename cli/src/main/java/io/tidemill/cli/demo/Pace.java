package io.tidemill.cli.demo;

import java.time.Instant;

/**
 * When events are due: evenly, whatever becomes of those before. The clock's time is read once, and then follows
 * {@link System#nanoTime}, so that differences are not disturbed by whoever sets it.
 */
record Pace(int perSecond, int seconds, long startNanos, long startMillis) {
    private static final long NANOS = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;

    static Pace startingNow(int perSecond, int seconds) {
        return new Pace(perSecond, seconds, System.nanoTime(), Instant.now().toEpochMilli());
    }

    long total() {
        return (long) perSecond * seconds;
    }

    /** How many events are due at {@code nanoTime}. */
    long dueBy(long nanoTime) {
        long elapsed = Math.max(0, nanoTime - startNanos);
        long due = elapsed / NANOS * perSecond + elapsed % NANOS * perSecond / NANOS;
        return Math.min(due, total());
    }

    /** When event {@code index}, from 0, is due: in milliseconds since the epoch, rounded down. */
    long dueMillis(long index) {
        return startMillis + index / perSecond * 1_000 + index % perSecond * 1_000 / perSecond;
    }

    /** How many microseconds {@code nanoTime} is after the time {@code millis} since the epoch. */
    long microsSince(long millis, long nanoTime) {
        return (nanoTime - startNanos - (millis - startMillis) * NANOS_PER_MILLI) / 1_000;
    }

    long endNanos() {
        return startNanos + seconds * NANOS;
    }
}
