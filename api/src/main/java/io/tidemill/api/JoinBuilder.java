package io.tidemill.api;

import java.time.Duration;

/** Two keyed streams, whose elements of the same key are to be paired. Immutable. */
public final class JoinBuilder<K, L, R> {
    final Plan left;
    final Plan right;

    JoinBuilder(Plan left, Plan right) {
        this.left = left;
        this.right = right;
    }

    /**
     * Pairs elements where the right one happened from {@code lower} to {@code upper} after the left one, bounds included; a
     * negative bound is before. {@code lower} is not greater than {@code upper}; each is at most 36,500 days.
     */
    public IntervalJoin<K, L, R> between(Duration lower, Duration upper) {
        return new IntervalJoin<>(left, right, lower, upper, Duration.ZERO);
    }
}
