package io.tidemill.api;

import java.io.Serializable;
import java.time.Duration;

/**
 * How far behind the newest event time of a partition its records may be before they are late.
 *
 * @param bound the out-of-orderness that is waited for; zero or more
 * @param idleAfter how long a partition must have nothing to read before it no longer holds the others back; more than zero
 * @param aheadMax how far an event time may be ahead of the record's log-append time; beyond it the record is a dead
 *     letter ({@code TIMESTAMP_AHEAD}) and moves no watermark
 */
public record Watermark(Duration bound, Duration idleAfter, Duration aheadMax) implements Serializable {
    public static final Duration IDLE_AFTER_DEFAULT = Duration.ofSeconds(30);
    public static final Duration AHEAD_MAX_DEFAULT = Duration.ofHours(1);
    private static final Duration LIMIT = Duration.ofDays(36_500);

    public Watermark {
        if (bound.isNegative() || bound.compareTo(LIMIT) > 0) {
            throw new IllegalArgumentException("the watermark's bound is zero to 100 years, not " + bound);
        }
        if (idleAfter.isNegative() || idleAfter.isZero() || idleAfter.compareTo(LIMIT) > 0) {
            throw new IllegalArgumentException("idleAfter is more than zero and at most 100 years, not " + idleAfter);
        }
        if (aheadMax.isNegative() || aheadMax.compareTo(LIMIT) > 0) {
            throw new IllegalArgumentException("aheadMax is zero to 100 years, not " + aheadMax);
        }
    }

    /** Waits for records up to {@code bound} behind the newest one of their partition. */
    public static Watermark outOfOrderBy(Duration bound) {
        return new Watermark(bound, IDLE_AFTER_DEFAULT, AHEAD_MAX_DEFAULT);
    }

    public Watermark idleAfter(Duration newIdleAfter) {
        return new Watermark(bound, newIdleAfter, aheadMax);
    }

    public Watermark aheadMax(Duration newAheadMax) {
        return new Watermark(bound, idleAfter, newAheadMax);
    }
}
