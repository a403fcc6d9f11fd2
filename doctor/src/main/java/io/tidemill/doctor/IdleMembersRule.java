package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** More members than partitions. */
final class IdleMembersRule implements Rule {
    @Override
    public Cause cause() {
        return Cause.MEMBERS_WITHOUT_WORK;
    }

    @Override
    public double score(Event event, Chronicle chronicle) {
        return 0;
    }

    @Override
    public Report report(Cases cases) {
        throw new IllegalStateException("it is behind no event");
    }

    @Override
    public @Nullable Report now(Chronicle chronicle) {
        GroupSnapshot snapshot = chronicle.observations().snapshot();
        if (snapshot != null && !snapshot.members().isEmpty()) {
            return snapshot.isStable() ? now(snapshot) : null;
        }
        Rebalance last = chronicle.lastCompleted();
        return last == null ? null : now(last);
    }

    private static @Nullable Report now(GroupSnapshot group) {
        List<GroupSnapshot.Member> idle =
                group.members().stream().filter(each -> each.assigned() == 0).toList();
        int assigned = group.members().stream()
                .mapToInt(GroupSnapshot.Member::assigned)
                .sum();
        Integer known = group.partitions();
        int partitions = known == null ? assigned : Math.max(known, assigned);
        return report(
                idle.stream().map(each -> name(each.clientId(), each.host())).toList(),
                group.members().size(),
                partitions);
    }

    private static @Nullable Report now(Rebalance last) {
        boolean known = last.members().size() == last.memberCount()
                && last.members().stream()
                        .map(RebalanceMember::assignedPartitions)
                        .noneMatch(Objects::isNull);
        return known
                ? report(
                        last.members().stream()
                                .filter(each -> partitions(each) == 0)
                                .map(each -> name(each.clientId(), each.host()))
                                .toList(),
                        last.memberCount(),
                        last.members().stream()
                                .mapToInt(IdleMembersRule::partitions)
                                .sum())
                : null;
    }

    private static int partitions(RebalanceMember member) {
        Integer assigned = member.assignedPartitions();
        return assigned == null ? 0 : Math.max(0, assigned);
    }

    private static String name(String clientId, String host) {
        return Words.name(clientId) + " on " + Words.name(host);
    }

    private static @Nullable Report report(List<String> idle, int members, int partitions) {
        if (idle.isEmpty() || members <= partitions || partitions == 0) {
            return null;
        }
        return new Report(
                Severity.NOTICE,
                idle.size() + " of " + members + " members have no partition: the topics have only " + partitions + ".",
                List.of("without work: " + Words.list(idle)),
                Remedy.of(
                                "run " + partitions + " members instead of " + members
                                        + " (or keep the others as a reserve, and read on).",
                                "with fewer members there is no reserve that takes over at once.")
                        .or("more partitions: " + partitions + " → " + members
                                + "; then keys move to other partitions, and order by key holds only from there on."));
    }
}
