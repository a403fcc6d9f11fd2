package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Trigger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The coordinator was started, and members did not find back to it in time, or it found the group in the middle of a rebalance. */
final class CoordinatorRule implements Rule {
    /** From so many in a window on, it is a problem. */
    private static final int MANY = 3;

    @Override
    public Cause cause() {
        return Cause.COORDINATOR_RESTARTED;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        if (event.kind() == Trigger.Kind.COORDINATOR_RELOADED) {
            return event.rebalance().membersBeforeCount() > 0 ? 0.9 : 0;
        }
        boolean afterReload = event.rebalance().triggers().stream()
                .anyMatch(each -> each.kind() == Trigger.Kind.COORDINATOR_RELOADED);
        return afterReload && event.kind() == Trigger.Kind.SESSION_EXPIRED && isUnseen(event.evidence()) ? 0.9 : 0;
    }

    private static boolean isUnseen(@Nullable Evidence evidence) {
        return evidence != null && evidence.connectionOpen() == null && evidence.heartbeats() == 0;
    }

    @Override
    public Report report(Cases cases) {
        int restarts = (int) cases.incidents().stream()
                .filter(each -> each.kind() == Trigger.Kind.COORDINATOR_RELOADED)
                .mapToLong(Event::at)
                .distinct()
                .count();
        int lost = cases.count(each -> each.kind() == Trigger.Kind.SESSION_EXPIRED);
        return new Report(
                restarts >= MANY ? Severity.PROBLEM : Severity.NOTICE,
                "the coordinator of the group was started " + Words.times(Math.max(1, restarts)) + ", " + cases.when()
                        + ".",
                List.of("members that did not come back to it within their session timeout: " + lost),
                Remedy.of("look why the broker restarted " + cases.when() + "; clients need do nothing.", "none."));
    }
}
