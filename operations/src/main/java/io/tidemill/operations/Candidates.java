package io.tidemill.operations;

import io.tidemill.engine.lateness.LatenessSketch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bounds that are worth a try, and why each is. */
final class Candidates {
    /** How much of the 99th percentile a bound is to be: what is rare is seen rarely, and tomorrow is worse than history. */
    private static final int MARGIN = 2;

    private static final double LATE_SHARE_GOAL = 0.01;

    private final SortedMap<Duration, List<String>> why = new TreeMap<>();
    private final Duration recommended;
    private final Duration smallest;

    Candidates(Duration inForce, LatenessSketch sketch, List<Duration> wanted) {
        recommended = RoundDurations.up(MARGIN * sketch.behindMillis(99));
        smallest = RoundDurations.up(sketch.boundFor(LATE_SHARE_GOAL).toMillis());
        add(recommended, "recommended");
        add(inForce, "in force");
        wanted.forEach(each -> add(each, "asked for"));
        add(Duration.ZERO, "none");
        add(RoundDurations.up(sketch.behindMillis(90)), "p90");
        add(RoundDurations.up(sketch.behindMillis(95)), "p95");
        add(RoundDurations.up(sketch.behindMillis(99)), "p99");
        add(RoundDurations.up(sketch.behindMillis(99.9)), "p99.9");
        add(RoundDurations.up(sketch.behindMillisMax()), "max");
        add(smallest, "1 % late");
    }

    private void add(Duration bound, String reason) {
        // Watermarks are in milliseconds; what a bound has beyond them does nothing.
        why.computeIfAbsent(Duration.ofMillis(bound.toMillis()), each -> new ArrayList<>())
                .add(reason);
    }

    List<Duration> bounds() {
        return List.copyOf(why.keySet());
    }

    List<String> why(Duration bound) {
        return List.copyOf(why.getOrDefault(bound, List.of()));
    }

    Duration recommended() {
        return recommended;
    }

    /** The smallest round bound that keeps 99 % on time. */
    Duration smallest() {
        return smallest;
    }
}
