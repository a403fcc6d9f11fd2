package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.Kept;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pairs of elements by how long the right one happened after the left one. A pair happens when the later of the two does, an
 * element without a partner when it did itself; it is emitted once the watermark shows that no partner can come. Immutable.
 */
public final class IntervalJoin<K, L, R> {
    private final Plan left;
    private final Plan right;
    private final Duration lower;
    private final Duration upper;
    private final Duration correctableFor;

    IntervalJoin(Plan left, Plan right, Duration lower, Duration upper, Duration correctableFor) {
        Durations.requireOffset(lower);
        Durations.requireOffset(upper);
        if (lower.compareTo(upper) > 0) {
            throw new IllegalArgumentException(
                    "an interval's lower bound is not greater than its upper one: " + lower + ", " + upper);
        }
        this.left = left;
        this.right = right;
        this.lower = lower;
        this.upper = upper;
        this.correctableFor = correctableFor;
    }

    /**
     * How long, in event time, elements that can no longer match are kept, so that late ones can still be paired with them by a
     * correction. It is state. Zero to 100 years; zero unless set.
     */
    public IntervalJoin<K, L, R> correctableFor(Duration horizon) {
        Durations.requireHorizon("correctableFor", horizon);
        return new IntervalJoin<>(left, right, lower, upper, horizon);
    }

    /** Pairs; elements without a partner are counted as unmatched. */
    public <V> EventStream<V> inner(JoinFunction<? super L, ? super R, ? extends V> joiner, Codec<V> codec) {
        return stream(false, false, joiner, codec);
    }

    /** Pairs, and left elements without a partner, for which the right one is null. */
    public <V> EventStream<V> left(JoinFunction<? super L, ? super @Nullable R, ? extends V> joiner, Codec<V> codec) {
        return stream(true, false, joiner, codec);
    }

    /** Pairs, and right elements without a partner, for which the left one is null. */
    public <V> EventStream<V> right(JoinFunction<? super @Nullable L, ? super R, ? extends V> joiner, Codec<V> codec) {
        return stream(false, true, joiner, codec);
    }

    /** Pairs, and elements of both sides without a partner, for which the other one is null. */
    public <V> EventStream<V> outer(
            JoinFunction<? super @Nullable L, ? super @Nullable R, ? extends V> joiner, Codec<V> codec) {
        return stream(true, true, joiner, codec);
    }

    private <V> EventStream<V> stream(
            boolean keepsLeft, boolean keepsRight, JoinFunction<?, ?, ? extends V> joiner, Codec<V> codec) {
        Operator.IntervalJoin operator = new Operator.IntervalJoin(
                "join",
                lower,
                upper,
                keepsLeft,
                keepsRight,
                Erased.joining(joiner),
                correctableFor,
                List.of(new Kept(left.codec), new Kept(right.codec)),
                List.of());
        return new EventStream<>(Plan.join(operator, codec, List.of(left, right)));
    }
}
