package io.tidemill.doctor;

import io.tidemill.groups.Trigger;
import java.util.List;

/** The application called {@code enforceRebalance}, as Kafka Streams does, or an administrator removed members. */
final class RequestedRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.REQUESTED;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        return event.kind() == Trigger.Kind.ADMIN_REMOVED || event.reason() == Reason.ENFORCED ? 0.95 : 0;
    }

    @Override
    public Report report(Cases cases) {
        int removed = cases.count(each -> each.kind() == Trigger.Kind.ADMIN_REMOVED);
        return new Report(
                Severity.BENIGN,
                "rebalances that were asked for: " + (cases.count() - removed) + " by the application, " + removed
                        + " by an administrator who removed members.",
                List.of(cases.when()),
                null);
    }
}
