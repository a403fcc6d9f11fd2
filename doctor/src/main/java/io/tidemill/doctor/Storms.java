package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rebalances that follow one another closely, in which a first member made others drop out.
 *
 * @param count storms that {@code cause} began
 * @param victims members that dropped out after the first, over all storms
 */
record Storms(int count, int victims) {
    private static final long CLOSE_MILLIS = 5_000;

    static Storms begunBy(Cause cause, Judge judge) {
        int count = 0;
        int victims = 0;
        Set<String> others = new HashSet<>();
        Event first = null;
        Chronicle chronicle = judge.chronicle();
        for (Event each : chronicle.events()) {
            if (first != null && !isClose(chronicle.entries(), each)) {
                count += others.isEmpty() ? 0 : 1;
                victims += others.size();
                first = null;
                others.clear();
            }
            if (dropsOut(each, judge)) {
                first = first == null && judge.of(each).cause() == cause && isFirst(each, judge) ? each : first;
                noteOther(first, each, others);
            }
        }
        return new Storms(count + (others.isEmpty() ? 0 : 1), victims + others.size());
    }

    private static void noteOther(@Nullable Event first, Event each, Set<String> others) {
        if (first != null && !each.slot().equals(first.slot())) {
            others.add(each.slot());
        }
    }

    /** No other cause began it. */
    private static boolean isFirst(Event event, Judge judge) {
        return judge.ofEntry(event.entry()).cause() == judge.of(event).cause();
    }

    private static boolean dropsOut(Event event, Judge judge) {
        return event.isDeparture() && judge.of(event).cause().severity() == Severity.PROBLEM;
    }

    private static boolean isClose(List<Rebalance> entries, Event event) {
        return event.number() > 0
                || event.entry() == 0
                || event.rebalance().startedAt()
                                - entries.get(event.entry() - 1).endedAt()
                        <= CLOSE_MILLIS;
    }

    /** Null if there was none. */
    @Nullable
    String line() {
        return count == 0
                ? null
                : "storms: " + Words.times(count)
                        + " the first member that dropped out was followed at once by others (" + victims + " in all)";
    }
}
