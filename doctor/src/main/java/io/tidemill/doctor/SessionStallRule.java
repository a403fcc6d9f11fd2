package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;

/**
 * Heartbeats stopped while the connection stayed open: the process did not run (garbage collection, no CPU, a suspended
 * machine), or the network drops packets. kafkajs sends its heartbeats between two messages, so there it is most often a
 * message that takes too long.
 */
final class SessionStallRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.SESSION_STALL;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        Evidence evidence = event.evidence();
        if (evidence == null || event.isAway()) {
            return 0;
        }
        if (event.kind() == Trigger.Kind.REBALANCE_TIMEOUT) {
            return isSilent(event, evidence) ? 0.75 : 0;
        }
        if (event.kind() != Trigger.Kind.SESSION_EXPIRED || Boolean.FALSE.equals(evidence.connectionOpen())) {
            return 0;
        }
        double open = evidence.connectionOpen() == null ? 0.5 : 0.85;
        return chronicle.returnOf(event) == null ? open : open + 0.1;
    }

    private static boolean isSilent(Event event, Evidence evidence) {
        Long silence = event.silence();
        return silence != null
                && event.sessionTimeout() > 0
                && silence >= event.sessionTimeout()
                && !Boolean.FALSE.equals(evidence.connectionOpen());
    }

    @Override
    public Report report(Cases cases) {
        long timeout = cases.common(Event::sessionTimeout);
        boolean blocks = cases.mostlyOf(Software.KAFKAJS);
        String why = blocks
                ? " while its connection stayed open: kafkajs sends heartbeats between messages only, so a message takes longer than that."
                : " while its connection stayed open: the process stood still, or the network lost its packets.";
        return new Report(
                Severity.PROBLEM,
                cases.who() + " sent no heartbeat for " + setting(cases) + " = " + timeout + why,
                evidence(cases),
                blocks ? callHeartbeat(cases, timeout) : remedy(cases, timeout));
    }

    private static String setting(Cases cases) {
        if (cases.mostlyOf(Software.KAFKAJS)) {
            return "sessionTimeout";
        }
        return cases.isConsumerType() ? "group.consumer.session.timeout.ms" : "session.timeout.ms";
    }

    private static List<String> evidence(Cases cases) {
        List<String> lines = new ArrayList<>();
        lines.add("session expired " + Words.times(cases.count(each -> each.kind() == Trigger.Kind.SESSION_EXPIRED))
                + ", connection open " + Words.times(cases.count(SessionStallRule::isOpen)));
        List<Long> silences = silences(cases);
        if (!silences.isEmpty()) {
            lines.add("silence, from the last sign of life until it came back: median "
                    + Words.millis(Numbers.median(silences)) + ", longest " + Words.millis(Numbers.max(silences)));
        } else {
            lines.add("it has not come back: a lost machine or network looks the same");
        }
        return lines;
    }

    private static boolean isOpen(Event event) {
        return event.evidence() != null && Boolean.TRUE.equals(event.evidence().connectionOpen());
    }

    private static List<Long> silences(Cases cases) {
        return cases.values(event -> {
            Event back = cases.chronicle().returnOf(event);
            Long before = event.silence();
            return back == null || before == null ? null : Long.valueOf(back.at() - event.at() + before);
        });
    }

    private static Remedy callHeartbeat(Cases cases, long timeout) {
        long wanted = Numbers.setting(Math.max(timeout, Numbers.max(silences(cases))));
        return Remedy.millis(
                        "sessionTimeout " + timeout + " → " + wanted + ".",
                        "a process that died is noticed after " + Words.millis(wanted) + " instead of "
                                + Words.millis(timeout) + ".",
                        "sessionTimeout",
                        timeout,
                        wanted)
                .or("call heartbeat() while a message is processed, or use eachBatch and call it between steps.");
    }

    private static Remedy remedy(Cases cases, long timeout) {
        long wanted = Numbers.setting(Math.max(timeout, Numbers.max(silences(cases))));
        String where = cases.isConsumerType() ? " (a setting of the broker or of the group)" : "";
        return Remedy.millis(
                        setting(cases) + " " + timeout + " → " + wanted + where + ".",
                        "a process that died is noticed after " + Words.millis(wanted) + " instead of "
                                + Words.millis(timeout) + "; its partitions stand still until then.",
                        setting(cases),
                        timeout,
                        wanted)
                .or("find what stops the process (its GC log, CPU throttling, swapping) " + cases.when() + ".");
    }
}
