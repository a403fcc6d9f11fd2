package io.tidemill.doctor;

import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What it is not, with counts. */
final class RuledOuts {
    private final Chronicle chronicle;
    private final Set<Cause> found;
    private final List<Diagnosis.RuledOut> ruledOut = new ArrayList<>();

    private RuledOuts(Chronicle chronicle, List<Finding> findings) {
        this.chronicle = chronicle;
        this.found = findings.stream().map(Finding::cause).collect(Collectors.toSet());
    }

    static List<Diagnosis.RuledOut> of(Chronicle chronicle, List<Finding> findings) {
        RuledOuts of = new RuledOuts(chronicle, findings);
        if (!chronicle.isPolled()) {
            of.journal();
        }
        of.anywhere();
        return List.copyOf(of.ruledOut);
    }

    private void journal() {
        add(Cause.POLL_INTERVAL_EXCEEDED, "poll timeouts " + count(each -> each.reason() == Reason.POLL_TIMEOUT));
        add(Cause.SESSION_STALL, "session timeouts with the connection open " + expired(true));
        add(Cause.CRASH, "session timeouts with the connection closed " + expired(false));
        add(Cause.SLOW_REBALANCE, "rebalance timeouts " + count(each -> each.kind() == Trigger.Kind.REBALANCE_TIMEOUT));
        add(
                Cause.STATIC_ID_REUSED,
                "static ids refused or taken over "
                        + count(each -> each.kind() == Trigger.Kind.STATIC_MEMBER_FENCED
                                || each.kind() == Trigger.Kind.STATIC_MEMBER_REPLACED));
        add(
                Cause.SUBSCRIPTIONS_DIFFER,
                "changed subscriptions " + count(each -> each.kind() == Trigger.Kind.SUBSCRIPTION_CHANGED));
        add(Cause.SHARED_GROUP, "members with no topic in common 0");
        add(
                Cause.COORDINATOR_RESTARTED,
                "restarts of the coordinator " + count(each -> each.kind() == Trigger.Kind.COORDINATOR_RELOADED));
        add(Cause.CHURN, "no churn");
        add(Cause.ROLLING_DEPLOY, "no deploy");
    }

    private void anywhere() {
        add(
                Cause.TOPICS_CHANGED,
                "changes of topics or partition counts " + count(each -> each.kind() == Trigger.Kind.TOPICS_CHANGED));
        add(Cause.MEMBERS_WITHOUT_WORK, "members without work 0");
    }

    private int expired(boolean open) {
        return count(each -> each.kind() == Trigger.Kind.SESSION_EXPIRED
                && each.evidence() != null
                && Boolean.valueOf(open).equals(each.evidence().connectionOpen()));
    }

    private int count(Predicate<Event> which) {
        return (int) chronicle.events().stream().filter(which).count();
    }

    private void add(Cause cause, String seen) {
        if (!found.contains(cause)) {
            ruledOut.add(new Diagnosis.RuledOut(cause, seen));
        }
    }
}
