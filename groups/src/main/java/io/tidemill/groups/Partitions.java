package io.tidemill.groups;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Maps of topics to partitions. */
final class Partitions {
    private Partitions() {}

    static void add(Map<UUID, Set<Integer>> to, UUID topic, int partition) {
        to.computeIfAbsent(topic, id -> new TreeSet<>()).add(partition);
    }

    static void put(Map<UUID, Map<Integer, Integer>> to, UUID topic, int partition, int epoch) {
        to.computeIfAbsent(topic, id -> new TreeMap<>()).put(partition, epoch);
    }

    static <T> int count(Map<UUID, Map<Integer, T>> partitions) {
        return partitions.values().stream().mapToInt(Map::size).sum();
    }

    static List<TopicIdPartitions> listed(Map<UUID, Map<Integer, Integer>> partitions) {
        return partitions.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> new TopicIdPartitions(
                        entry.getKey(),
                        entry.getValue().keySet().stream().sorted().toList()))
                .toList();
    }

    static boolean contains(@Nullable List<TopicIdPartitions> owned, Map<UUID, Map<Integer, Integer>> any) {
        // Who does not tell what it owns may own all of it.
        return owned == null
                || owned.stream()
                        .anyMatch(each -> each.partitions().stream()
                                .anyMatch(partition -> any.getOrDefault(each.topicId(), Map.of())
                                        .containsKey(partition)));
    }

    static boolean isSubset(List<TopicIdPartitions> owned, Map<UUID, Map<Integer, Integer>> of) {
        return owned.stream()
                .allMatch(each ->
                        of.getOrDefault(each.topicId(), Map.of()).keySet().containsAll(each.partitions()));
    }
}
