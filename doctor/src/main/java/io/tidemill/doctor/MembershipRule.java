package io.tidemill.doctor;

import io.tidemill.groups.Trigger;
import java.util.List;

/** A member was started or stopped: what is left when no pattern shows. */
final class MembershipRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.MEMBERS_STARTED_OR_STOPPED;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        return switch (event.kind()) {
            case LEFT -> event.reason() == Reason.CLOSED || event.reason() == Reason.UNSUBSCRIBED ? 0.6 : 0.4;
            case MEMBER_JOINED_NEW, STATIC_MEMBER_REPLACED -> 0.5;
            case SESSION_EXPIRED -> event.isAway() ? 0.6 : 0;
            default -> 0;
        };
    }

    @Override
    public Report report(Cases cases) {
        int left = cases.count(each -> each.kind() == Trigger.Kind.LEFT);
        return new Report(
                Severity.BENIGN,
                "members were started or stopped.",
                List.of("joined: " + (cases.count() - left) + "; left: " + left),
                null);
    }
}
