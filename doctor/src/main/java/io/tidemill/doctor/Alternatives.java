package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import java.util.List;

/** Causes that what is known does not tell apart. */
final class Alternatives {
    private Alternatives() {}

    static List<Cause> of(Cause cause, Cases cases) {
        if (cases.chronicle().isPolled()) {
            return polled(cause);
        }
        return switch (cause) {
            case SESSION_STALL -> connectionUnknown(cases) ? List.of(Cause.CRASH) : List.of();
            case CRASH -> connectionUnknown(cases) ? List.of(Cause.SESSION_STALL) : List.of();
            case POLL_INTERVAL_EXCEEDED ->
                2 * cases.count(Alternatives::isGuess) > cases.count()
                        ? List.of(Cause.ROLLING_DEPLOY, Cause.CHURN)
                        : List.of();
            default -> List.of();
        };
    }

    private static boolean connectionUnknown(Cases cases) {
        return cases.evidence(each -> each.connectionOpen() == null ? null : 1L).isEmpty();
    }

    /** No reason, and no gap in the fetches either. */
    private static boolean isGuess(Event event) {
        Evidence evidence = event.evidence();
        Long fetch = evidence == null ? null : evidence.sinceFetchMillis();
        return event.reason() != Reason.POLL_TIMEOUT && (fetch == null || fetch < 0.9 * event.rebalanceTimeout());
    }

    private static List<Cause> polled(Cause cause) {
        return switch (cause) {
            case POLL_INTERVAL_EXCEEDED -> List.of(Cause.SESSION_STALL, Cause.CRASH, Cause.SLOW_REBALANCE);
            case CHURN -> List.of(Cause.POLL_INTERVAL_EXCEEDED, Cause.SESSION_STALL, Cause.CRASH);
            case ROLLING_DEPLOY -> List.of(Cause.CRASH, Cause.SESSION_STALL, Cause.POLL_INTERVAL_EXCEEDED);
            case MEMBERS_STARTED_OR_STOPPED -> List.of(Cause.CRASH, Cause.SESSION_STALL, Cause.POLL_INTERVAL_EXCEEDED);
            case UNKNOWN ->
                List.of(
                        Cause.POLL_INTERVAL_EXCEEDED,
                        Cause.SESSION_STALL,
                        Cause.SLOW_REBALANCE,
                        Cause.SUBSCRIPTIONS_DIFFER,
                        Cause.COOPERATIVE_FOLLOW_UP);
            default -> List.of();
        };
    }
}
