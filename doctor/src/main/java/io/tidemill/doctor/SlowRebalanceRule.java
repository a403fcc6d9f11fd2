package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A member lives and polls, but does not revoke, join or sync before the rebalance timeout. */
final class SlowRebalanceRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.SLOW_REBALANCE;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        return switch (event.kind()) {
            case REBALANCE_TIMEOUT ->
                0.7 + (heartbeatsGoOn(event) ? 0.05 : 0) + (UnderWay.stoppedWithIt(event, chronicle) ? 0.2 : 0);
            case LEFT ->
                event.reason() == Reason.NONE || event.reason() == Reason.POLL_TIMEOUT ? left(event, chronicle) : 0;
            default -> 0;
        };
    }

    private static boolean heartbeatsGoOn(Event event) {
        Long silence = event.silence();
        return silence != null && silence < event.sessionTimeout();
    }

    /** Its poll timeout ran out in a rebalance that another had begun, counted from about its beginning. */
    private static double left(Event event, Chronicle chronicle) {
        boolean slow = UnderWay.starts(event, chronicle).stream()
                .anyMatch(each -> ranOut(event, each) && UnderWay.stoppedWithIt(event, each));
        // More than what the poll timeout itself scores, which has run out too.
        return slow ? 0.99 : 0;
    }

    private static boolean ranOut(Event event, long startedAt) {
        long timeout = event.rebalanceTimeout();
        long waited = event.at() - startedAt;
        return timeout > 0 && waited >= 0.8 * timeout && waited <= 1.5 * timeout + 5_000;
    }

    @Override
    public Report report(Cases cases) {
        long timeout = cases.common(Event::rebalanceTimeout);
        return new Report(
                Severity.PROBLEM,
                cases.who() + " did not come through a rebalance within its rebalance timeout"
                        + (timeout > 0 ? " (max.poll.interval.ms = " + timeout + ")" : "")
                        + "; all others waited for it.",
                evidence(cases),
                remedy(cases, timeout));
    }

    private static List<String> evidence(Cases cases) {
        List<String> lines = new ArrayList<>();
        int missed = cases.count(each -> each.kind() == Trigger.Kind.REBALANCE_TIMEOUT);
        lines.add("rebalance timeouts: " + missed
                + (missed < cases.count() ? "; left in the middle of a rebalance: " + (cases.count() - missed) : ""));
        int alive = cases.count(SlowRebalanceRule::heartbeatsGoOn);
        lines.add("heartbeats went on " + Words.times(alive) + " of " + cases.count()
                + ", so the process was alive: its revocation callback, or what it finishes before it, takes long");
        List<Long> took = took(cases);
        if (!took.isEmpty()) {
            lines.add("from the start of the rebalance until it was back: median " + Words.millis(Numbers.median(took))
                    + ", longest " + Words.millis(Numbers.max(took)));
        }
        return lines;
    }

    private static List<Long> took(Cases cases) {
        return cases.values(event -> {
            Event back = cases.chronicle().returnOf(event);
            return back == null
                    ? null
                    : Long.valueOf(back.at() - event.rebalance().startedAt());
        });
    }

    private static Remedy remedy(Cases cases, long timeout) {
        long longest = Math.max(Numbers.max(took(cases)), slowestJoin(cases));
        long wanted = Numbers.setting(Math.max(longest, timeout));
        String target = timeout > 0 ? " under " + Words.millis(Math.max(1, timeout / 2)) : " short";
        return Remedy.millis(
                        "max.poll.interval.ms " + timeout + " → " + wanted + ".",
                        "every rebalance may take " + Words.millis(wanted) + ", and a worker that really hangs is"
                                + " noticed only then.",
                        "max.poll.interval.ms",
                        timeout,
                        wanted)
                .or("keep onPartitionsRevoked" + target
                        + ": commit there, and finish no work; or the cooperative-sticky"
                        + " assignor, so that the others go on meanwhile.");
    }

    private static long slowestJoin(Cases cases) {
        return cases.incidents().stream()
                .flatMap(each -> each.rebalance().joins().stream())
                .map(Rebalance.JoinTiming::afterMillis)
                .filter(Objects::nonNull)
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }
}
