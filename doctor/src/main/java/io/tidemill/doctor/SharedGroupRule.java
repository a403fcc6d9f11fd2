package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parts of the group have no topic in common: each start and stop of one application makes the other rebalance. */
final class SharedGroupRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.SHARED_GROUP;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        boolean coming = event.isArrival() || event.isDeparture();
        return coming ? chronicle.unrelated(event) : 0;
    }

    @Override
    public Report report(Cases cases) {
        Members last = Members.ofLast(cases.chronicle());
        Members members = last.unrelated() > 0 ? last : Members.of(lastListed(cases));
        return report(members, Words.times(cases.rebalances()) + " a member of one made the other rebalance too");
    }

    private static Rebalance lastListed(Cases cases) {
        Rebalance last = cases.incidents().get(0).rebalance();
        for (Event each : cases.incidents()) {
            last = Members.of(each.rebalance()).unrelated() > 0 ? each.rebalance() : last;
        }
        return last;
    }

    private static Report report(Members members, String effect) {
        List<String> lines = new ArrayList<>(members.lines());
        lines.add(effect);
        return new Report(
                Severity.PROBLEM,
                "applications that read different topics use the same group id.",
                lines,
                Remedy.of(
                        "a group.id of its own for each of the "
                                + members.bySubscription().size() + " applications.",
                        "a new group id starts without offsets: copy them first (reset the new group to the old one's"
                                + " offsets), or auto.offset.reset decides."));
    }

    @Override
    public @Nullable Report now(Chronicle chronicle) {
        Members members = Members.ofLast(chronicle);
        return members.unrelated() > 0
                ? report(members, "no rebalance came of it in this window, but the next start or stop brings one")
                : null;
    }
}
