package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The members of a generation by what they subscribe to. */
record Members(Map<Set<String>, List<RebalanceMember>> bySubscription) {
    static Members of(List<RebalanceMember> members) {
        Map<Set<String>, List<RebalanceMember>> grouped = new LinkedHashMap<>();
        for (RebalanceMember each : members) {
            if (!each.subscribedTopics().isEmpty()) {
                grouped.computeIfAbsent(new TreeSet<>(each.subscribedTopics()), key -> new ArrayList<>())
                        .add(each);
            }
        }
        return new Members(grouped);
    }

    static Members ofLast(Chronicle chronicle) {
        Rebalance last = chronicle.lastCompleted();
        return of(last == null ? List.of() : last.members());
    }

    static Members of(Rebalance rebalance) {
        Map<String, RebalanceMember> members = new LinkedHashMap<>();
        rebalance.membersBefore().forEach(each -> members.put(each.memberId(), each));
        rebalance.members().forEach(each -> members.put(each.memberId(), each));
        return of(List.copyOf(members.values()));
    }

    boolean differ() {
        return bySubscription.size() > 1;
    }

    /** Whether there are two parts of the group that have no topic in common; and if so, whether their clients differ too. */
    double unrelated() {
        List<Set<String>> sets = new ArrayList<>(bySubscription.keySet());
        for (int i = 0; i < sets.size() && i < 20; i++) {
            for (int j = i + 1; j < sets.size() && j < 20; j++) {
                if (Collections.disjoint(sets.get(i), sets.get(j))) {
                    return Collections.disjoint(clients(sets.get(i)), clients(sets.get(j))) ? 0.9 : 0.7;
                }
            }
        }
        return 0;
    }

    /** Client ids without numbers, so that instances of one application are alike. */
    private Set<String> clients(Set<String> subscription) {
        Set<String> clients = new HashSet<>();
        for (RebalanceMember each : bySubscription.getOrDefault(subscription, List.of())) {
            clients.add(each.clientId().replaceAll("[0-9]+", ""));
        }
        return clients;
    }

    /** A sentence for each subscription. */
    List<String> lines() {
        return bySubscription.entrySet().stream()
                .limit(5)
                .map(each -> Words.count(each.getValue().size(), "member") + " ("
                        + Words.list(each.getValue().stream()
                                .map(Members::client)
                                .distinct()
                                .toList())
                        + ") subscribed to "
                        + Words.list(each.getKey().stream().map(Words::name).toList()))
                .toList();
    }

    private static String client(RebalanceMember member) {
        return Words.name(member.clientId().isEmpty() ? member.memberId() : member.clientId()) + " on "
                + Words.name(member.host());
    }
}
