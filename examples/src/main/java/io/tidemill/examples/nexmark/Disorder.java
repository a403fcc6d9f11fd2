package io.tidemill.examples.nexmark;

import java.time.Duration;
import java.util.List;

/**
 * How many events arrive late. The others arrive at the millisecond of their event time, in its order.
 *
 * @param share how many arrive late, 0 to 1
 * @param delayMax late events arrive 1 ms to this after their event time, spread evenly; at most seven days
 */
public record Disorder(double share, Duration delayMax) {
    private static final Duration LIMIT = Duration.ofDays(7); // before NONE, whose constructor reads it

    /** All in order. */
    public static final Disorder NONE = new Disorder(0, Duration.ZERO);

    public Disorder {
        Mistakes.check(List.of(
                Mistakes.unless(share >= 0 && share <= 1, () -> "share is 0 to 1, not " + share),
                Mistakes.unless(
                        !delayMax.isNegative() && delayMax.compareTo(LIMIT) <= 0,
                        () -> "delayMax is zero to " + LIMIT + ", not " + delayMax),
                Mistakes.unless(
                        !(share > 0) || delayMax.toMillis() > 0,
                        () -> "delayMax is at least 1 ms where a share of " + share + " is late")));
    }
}
