package io.tidemill.doctor;

import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Topics appeared, vanished or got more partitions. */
final class TopicsChangedRule implements Rule {
    /** From so many in a window on, it is a problem. */
    private static final int MANY = 5;

    @Override
    public Cause cause() {
        return Cause.TOPICS_CHANGED;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        if (event.kind() == Trigger.Kind.TOPICS_CHANGED) {
            return 0.98;
        }
        if (event.reason() == Reason.METADATA_CHANGED) {
            return 0.95;
        }
        // librdkafka's and kafkajs's leaders join again when they see other partitions, and do not say so.
        boolean leader = event.kind() == Trigger.Kind.LEADER_REJOINED && event.reason() == Reason.NONE;
        return leader && event.software() != Software.JAVA ? 0.6 : 0;
    }

    @Override
    public Report report(Cases cases) {
        boolean often = cases.rebalances() >= MANY;
        return new Report(
                often ? Severity.PROBLEM : Severity.NOTICE,
                "the topics that members subscribe to appeared, vanished or got more partitions "
                        + Words.times(cases.count()) + ".",
                evidence(cases),
                often ? remedy(cases) : null);
    }

    private static List<String> evidence(Cases cases) {
        List<String> lines = new ArrayList<>();
        int seen = cases.count(each -> each.kind() == Trigger.Kind.TOPICS_CHANGED);
        int told = cases.count(each -> each.reason() == Reason.METADATA_CHANGED);
        lines.add("changes seen: " + seen + "; told by clients: " + told + "; " + cases.when());
        Set<String> details = new LinkedHashSet<>();
        for (Event each : cases.incidents()) {
            if (each.trigger().detail() != null && details.size() < 3) {
                details.add(Words.name(each.trigger().detail()));
            }
        }
        lines.addAll(details);
        return lines;
    }

    private static Remedy remedy(Cases cases) {
        return Remedy.of(
                "make the " + cases.count()
                        + " changes of topics in one go, or subscribe to names instead of a pattern.",
                "with names, a new topic is read only after a change of configuration.");
    }
}
