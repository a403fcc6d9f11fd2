package io.tidemill.doctor;

import java.util.ArrayList;
import java.util.List;

/** Members come and go, and no deploy explains it. */
final class ChurnRule implements Rule {
    /** Of Java's consumers, for a session timeout that is not known. */
    private static final long SESSION_MILLIS_DEFAULT = 45_000;

    private final Waves waves;

    ChurnRule(Waves waves) {
        this.waves = waves;
    }

    @Override
    public Cause cause() {
        return Cause.CHURN;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        return waves.churns() && Waves.moves(waves.of(event)) ? 0.82 : 0;
    }

    @Override
    public Report report(Cases cases) {
        List<String> lines = new ArrayList<>();
        int left = cases.count(Event::isDeparture);
        lines.add(left + " departures, " + (cases.count() - left) + " arrivals; said to be closing: "
                + cases.count(each -> each.reason() == Reason.CLOSED));
        lines.add("those who came and left again lived for a median of "
                + Words.millis(Numbers.median(waves.lifetimes())) + ", the longest for "
                + Words.millis(Numbers.max(waves.lifetimes())));
        List<Long> absences = cases.absences();
        if (!absences.isEmpty()) {
            lines.add("the same client was back after a median of " + Words.millis(Numbers.median(absences)));
        }
        return new Report(
                Severity.PROBLEM, cases.who() + " joins and leaves again and again.", lines, remedy(cases, absences));
    }

    private Remedy remedy(Cases cases, List<Long> absences) {
        long gap = Math.max(Numbers.max(absences), 1);
        long session = cases.common(Event::sessionTimeout);
        long wanted = Math.max(session == 0 ? SESSION_MILLIS_DEFAULT : session, Numbers.setting(gap));
        return Remedy.of(
                        "keep the consumers running: find what ends them after "
                                + Words.millis(Numbers.median(waves.lifetimes()))
                                + " (an error that closes them, a liveness probe, a scheduler, an autoscaler).",
                        "none; work that comes in short bursts needs a consumer that stays.")
                .or("group.instance.id for each and a session timeout of " + wanted
                        + " ms, longer than they are away, so that the others do not notice.");
    }
}
