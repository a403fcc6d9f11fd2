package io.tidemill.groups;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Gives each subscriber of a topic a run of its partitions, the same way for every topic, so that topics are co-partitioned. */
final class RangeAssignor implements Assignor {
    @Override
    public String name() {
        return "range";
    }

    @Override
    public Map<String, Map<UUID, Set<Integer>>> assign(List<Member> members) {
        List<Member> sorted = members.stream()
                // Static members keep their place whatever their member ids are.
                .sorted(Comparator.comparing((Member member) -> member.instanceId() == null)
                        .thenComparing(member -> member.instanceId() == null ? member.id() : member.instanceId()))
                .toList();
        Map<String, Map<UUID, Set<Integer>>> assignment = new HashMap<>();
        Map<UUID, Integer> topics = new TreeMap<>();
        for (Member member : sorted) {
            assignment.put(member.id(), new TreeMap<>());
            topics.putAll(member.topics());
        }
        topics.forEach((topic, partitions) -> {
            List<Member> subscribers = sorted.stream()
                    .filter(member -> member.topics().containsKey(topic))
                    .toList();
            int next = 0;
            for (int i = 0; i < subscribers.size(); i++) {
                int count = partitions / subscribers.size() + (i < partitions % subscribers.size() ? 1 : 0);
                for (int taken = 0; taken < count; taken++) {
                    Partitions.add(assignment.getOrDefault(subscribers.get(i).id(), Map.of()), topic, next++);
                }
            }
        });
        return assignment;
    }
}
