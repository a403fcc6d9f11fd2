package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The rebalances that were under way when a member dropped out, and that others had begun. */
final class UnderWay {
    /** Rebalances that may have followed one another before a member's timeout ran out. */
    private static final int LOOK_BACK = 20;

    private UnderWay() {}

    /** When they began. In a consumer group a member that drops out ends the one that goes on, and begins the next. */
    static List<Long> starts(Event event, Chronicle chronicle) {
        List<Long> starts = new ArrayList<>();
        if (event.number() > 0 && isOthers(event.rebalance(), event)) {
            starts.add(event.rebalance().startedAt());
        }
        for (int i = event.entry() - 1; i >= Math.max(0, event.entry() - LOOK_BACK); i--) {
            Rebalance before = chronicle.entries().get(i);
            if (before.outcome() != Rebalance.Outcome.SUPERSEDED) {
                break;
            }
            if (isOthers(before, event)) {
                starts.add(before.startedAt());
            }
        }
        return starts;
    }

    private static boolean isOthers(Rebalance rebalance, Event event) {
        return !rebalance.triggers().isEmpty()
                && !Objects.equals(
                        event.trigger().memberId(), rebalance.triggers().get(0).memberId());
    }

    /** Whether the last fetch was about when one of them began, not long before. */
    static boolean stoppedWithIt(Event event, Chronicle chronicle) {
        return starts(event, chronicle).stream().anyMatch(start -> stoppedWithIt(event, start));
    }

    static boolean stoppedWithIt(Event event, long startedAt) {
        Long fetch = event.evidence() == null ? null : event.evidence().sinceFetchMillis();
        long waited = event.at() - startedAt;
        return fetch != null && waited > 0 && fetch <= waited + Math.max(500, event.rebalanceTimeout() / 10);
    }
}
