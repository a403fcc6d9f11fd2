package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.Trigger;
import java.util.List;

/** Members that gave up partitions join again, so that others can have them. */
final class CooperativeRule implements Rule {
    private static final long SOON_MILLIS = 5_000;

    @Override
    public Cause cause() {
        return Cause.COOPERATIVE_FOLLOW_UP;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        if (event.reason() == Reason.REVOKED_FIRST) {
            return 0.98;
        }
        boolean again = event.kind() == Trigger.Kind.MEMBER_REJOINED || event.kind() == Trigger.Kind.LEADER_REJOINED;
        return again && event.reason() == Reason.NONE && isCooperative(event) && followsSoon(event, chronicle)
                ? 0.75
                : 0;
    }

    private static boolean isCooperative(Event event) {
        String protocol = event.rebalance().protocol();
        return protocol != null && protocol.contains("cooperative");
    }

    private static boolean followsSoon(Event event, Chronicle chronicle) {
        if (event.entry() == 0) {
            return false;
        }
        Rebalance before = chronicle.entries().get(event.entry() - 1);
        return before.outcome() == Rebalance.Outcome.COMPLETED
                && event.rebalance().startedAt() - before.endedAt() <= SOON_MILLIS;
    }

    @Override
    public Report report(Cases cases) {
        return new Report(
                Severity.BENIGN,
                "second phases of cooperative rebalances: members gave up partitions and joined again, so that others get them.",
                List.of("partitions that stay where they are went on being read"),
                null);
    }
}
