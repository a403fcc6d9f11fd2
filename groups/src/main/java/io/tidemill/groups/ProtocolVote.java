package io.tidemill.groups;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which assignor the members of a classic group agree on. */
final class ProtocolVote {
    private ProtocolVote() {}

    /** The protocols that every member offers. */
    static Set<String> common(Collection<ClassicMember> members) {
        Set<String> common = new TreeSet<>();
        boolean first = true;
        for (ClassicMember member : members) {
            if (first) {
                common.addAll(member.protocolNames());
                first = false;
            } else {
                common.retainAll(member.protocolNames());
            }
        }
        return common;
    }

    /** Each member votes for the first of the common ones in its list; most votes win, then the first by name. Null if none is common. */
    static @Nullable String winner(Collection<ClassicMember> members) {
        Set<String> common = common(members);
        Map<String, Integer> votes = new TreeMap<>();
        for (ClassicMember member : members) {
            member.protocolNames().stream()
                    .filter(common::contains)
                    .findFirst()
                    .ifPresent(name -> votes.merge(name, 1, Integer::sum));
        }
        String winner = null;
        for (Map.Entry<String, Integer> entry : votes.entrySet()) {
            if (winner == null || entry.getValue() > votes.getOrDefault(winner, 0)) {
                winner = entry.getKey();
            }
        }
        return winner;
    }
}
