package io.tidemill.api;

import java.time.Duration;

/** Two streams with the same keys, of which nobody has said yet which elements belong together. Immutable. */
public final class JoinBuilder<K, L, R> {
    final Plan left;
    final Plan right;

    JoinBuilder(Plan left, Plan right) {
        this.left = left;
        this.right = right;
    }

    /** Every element of the left side with every one of the right that has the same key in the same window. */
    public WindowJoin<K, L, R> window(Windowing windowing) {
        return new WindowJoin<>(left, right, windowing);
    }

    /**
     * Pairs elements where the right one happened from {@code lower} to {@code upper} after the left one, bounds included; a
     * negative bound is before. {@code lower} is not greater than {@code upper}; each is at most 36,500 days.
     */
    public IntervalJoin<K, L, R> between(Duration lower, Duration upper) {
        return new IntervalJoin<>(left, right, lower, upper, Duration.ZERO);
    }
}
