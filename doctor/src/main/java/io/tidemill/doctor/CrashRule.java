package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;

/** The connection was closed, and no LeaveGroup came before it: the process died, or it is of a kind that does not leave. */
final class CrashRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.CRASH;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        Evidence evidence = event.evidence();
        boolean expired =
                event.kind() == Trigger.Kind.SESSION_EXPIRED || event.kind() == Trigger.Kind.REBALANCE_TIMEOUT;
        if (evidence == null || !expired || event.isAway()) {
            return 0;
        }
        if (evidence.connectionOpen() == null) {
            return event.kind() == Trigger.Kind.SESSION_EXPIRED ? 0.45 : 0;
        }
        return evidence.connectionOpen() ? 0 : 0.92;
    }

    @Override
    public Report report(Cases cases) {
        return new Report(
                Severity.PROBLEM,
                cases.who() + " vanished without leaving: its connection was closed and its session ran out.",
                evidence(cases),
                remedy(cases));
    }

    private static List<String> evidence(Cases cases) {
        List<String> lines = new ArrayList<>();
        lines.add("session expired " + Words.times(cases.count()) + " with the connection closed, " + cases.when());
        List<Long> absences = cases.absences();
        if (!absences.isEmpty()) {
            lines.add("a client of that name came back " + Words.times(absences.size()) + ", "
                    + Words.millis(Numbers.median(absences)) + " after (median)");
        }
        if (cases.hasStaticIds() || isStreams(cases)) {
            lines.add("static members and Kafka Streams do not leave when they stop: a stop that took longer than the"
                    + " session timeout looks the same");
        }
        return lines;
    }

    private static boolean isStreams(Cases cases) {
        return cases.incidents().stream()
                .anyMatch(each -> "stream".equals(each.rebalance().protocol()));
    }

    private static Remedy remedy(Cases cases) {
        String find = "find why the process ended " + cases.when()
                + " (its last log lines; exit code 137 or OOMKilled means that its memory limit was too small).";
        List<Long> absences = cases.absences();
        if (absences.isEmpty()) {
            return Remedy.of(find, "none.");
        }
        long timeout = cases.common(Event::sessionTimeout);
        long wanted = Math.max(timeout, Numbers.setting(Numbers.max(absences) + timeout));
        return Remedy.of(find, "none.")
                .or("to spare the others meanwhile: group.instance.id for each process, and a session timeout of "
                        + wanted + " ms, within which it was back each time; its partitions stand still until then.");
    }
}
