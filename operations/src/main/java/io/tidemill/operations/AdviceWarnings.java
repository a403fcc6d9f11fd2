package io.tidemill.operations;

import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** What makes advice less sure than it looks. */
final class AdviceWarnings {
    private static final long ELEMENTS_FEW = 1_000;
    private static final long PARTITION_ELEMENTS_MIN = 500;
    private static final int PARTITIONS_DIFFER_BY = 4;
    private static final Duration PARTITIONS_DIFFER_MIN = Duration.ofSeconds(1);
    private static final int SPANS_MIN = 10;
    private static final int LIVE_DIFFERS_BY = 2;
    private static final long LIVE_DIFFERS_MIN_MILLIS = 1_000;

    private final List<String> found = new ArrayList<>();

    static List<String> of(
            Observation seen,
            LatenessSketch total,
            SortedMap<TopicPartition, Advice.Lateness> partitions,
            Duration recommended,
            @Nullable LatenessSketch live,
            boolean isScaled) {
        AdviceWarnings warnings = new AdviceWarnings();
        warnings.lookAtLength(seen, total, recommended);
        warnings.lookAtPartitions(partitions);
        warnings.lookAtHumps(total);
        warnings.lookAtLosses(seen);
        if (live != null) {
            warnings.lookAtLive(total.behindMillis(99), live.behindMillis(99));
        }
        if (isScaled) {
            warnings.found.add("Open accumulators were too many to count each: they are scaled up from a sample of the"
                    + " keys.");
        }
        return List.copyOf(warnings.found);
    }

    private void lookAtLength(Observation seen, LatenessSketch total, Duration recommended) {
        if (total.count() < ELEMENTS_FEW) {
            found.add("History is short: of " + Conclusion.count(total.count())
                    + " elements, the 99th percentile rests on the " + Conclusion.count((total.count() + 99) / 100)
                    + " that were the latest.");
        }
        Duration span = Duration.ofMillis(Math.max(0, seen.newestMillis - seen.earliestMillis));
        if (total.count() > 0 && span.compareTo(recommended.multipliedBy(SPANS_MIN)) < 0) {
            found.add("History is short: it spans " + Wording.of(span) + " of event time, less than " + SPANS_MIN
                    + " times the recommended bound. What comes very late has not come yet.");
        }
    }

    private void lookAtPartitions(SortedMap<TopicPartition, Advice.Lateness> partitions) {
        Map.Entry<TopicPartition, Advice.Lateness> least = null;
        Map.Entry<TopicPartition, Advice.Lateness> most = null;
        for (Map.Entry<TopicPartition, Advice.Lateness> each : partitions.entrySet()) {
            if (each.getValue().elements() >= PARTITION_ELEMENTS_MIN) {
                Duration p99 = each.getValue().p99();
                least = least == null || p99.compareTo(least.getValue().p99()) < 0 ? each : least;
                most = most == null || p99.compareTo(most.getValue().p99()) > 0 ? each : most;
            }
        }
        if (least == null || most == null) {
            return;
        }
        Duration low = least.getValue().p99();
        Duration high = most.getValue().p99();
        if (high.compareTo(low.multipliedBy(PARTITIONS_DIFFER_BY)) >= 0
                && high.minus(low).compareTo(PARTITIONS_DIFFER_MIN) >= 0) {
            found.add("Partitions differ much: p99 is " + Wording.of(low) + " in " + least.getKey() + " and "
                    + Wording.of(high) + " in " + most.getKey() + ". One bound serves all of them, so look at what"
                    + " writes to the slow ones, or count them in a pipeline of their own.");
        }
    }

    private void lookAtHumps(LatenessSketch total) {
        Humps.Two humps = Humps.of(total);
        if (humps != null) {
            found.add("Lateness has two humps, around " + about(humps.nearMillis()) + " and around "
                    + about(humps.farMillis()) + " ("
                    + Conclusion.percent((double) humps.farCount() / total.count())
                    + " of elements): a second source of delay, such as devices that were offline. A bound of "
                    + Wording.of(RoundDurations.up(humps.valleyMillis()))
                    + " would cover the first; the second is better left to corrections than waited for, unless it can"
                    + " be made to go away.");
        }
    }

    private static String about(long millis) {
        return Wording.of(RoundDurations.up(millis));
    }

    private void lookAtLive(long history, long live) {
        if (Math.abs(history - live) >= LIVE_DIFFERS_MIN_MILLIS
                && Math.max(history, live) >= LIVE_DIFFERS_BY * Math.min(history, live)) {
            found.add("What the pipeline saw while it ran is not what the topic holds now: p99 was "
                    + Wording.of(RoundDurations.readable(live)) + ", and is "
                    + Wording.of(RoundDurations.readable(history))
                    + ". Retention may have removed what was late, or something has changed: trust the longer one.");
        }
    }

    private void lookAtLosses(Observation seen) {
        if (seen.deadLettered * 100 > seen.records) {
            found.add(Conclusion.count(seen.deadLettered) + " of " + Conclusion.count(seen.records)
                    + " records would be dead letters, and are not in these figures.");
        }
    }
}
