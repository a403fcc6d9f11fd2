package io.tidemill.doctor;

import io.tidemill.groups.Trigger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Members subscribe to different topics that overlap, or change what they subscribe to. */
final class SubscriptionRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.SUBSCRIPTIONS_DIFFER;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        if (event.kind() == Trigger.Kind.SUBSCRIPTION_CHANGED) {
            return 0.95;
        }
        return event.reason() == Reason.SUBSCRIPTION_CHANGED ? 0.95 : 0;
    }

    @Override
    public Report report(Cases cases) {
        Members last = Members.ofLast(cases.chronicle());
        List<String> lines = new ArrayList<>();
        lines.add("subscriptions changed " + Words.times(cases.count()) + ", " + cases.when());
        lines.addAll(last.differ() ? last.lines() : List.of());
        return new Report(
                last.differ() || cases.rebalances() > 2 ? Severity.PROBLEM : Severity.NOTICE,
                cases.who() + " changed what it subscribes to" + (last.differ() ? "; members now differ." : "."),
                lines,
                remedy(last));
    }

    private static Remedy remedy(Members members) {
        String sets =
                members.differ() ? " (there are " + members.bySubscription().size() + " now)" : "";
        return Remedy.of(
                "one subscription for all members" + sets + ": finish a deploy that is half done, subscribe once at the"
                        + " start, or give what reads other topics its own group.id.",
                "a group of its own starts without offsets.");
    }

    @Override
    public @Nullable Report now(Chronicle chronicle) {
        Members members = Members.ofLast(chronicle);
        return members.differ() && members.unrelated() == 0
                ? new Report(
                        Severity.PROBLEM,
                        "members of the group subscribe to different topics.",
                        members.lines(),
                        remedy(members))
                : null;
    }
}
