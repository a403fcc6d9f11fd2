package io.tidemill.kafka;

import io.tidemill.log.TopicPartition;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The fetches that wait for records, by partition. Thread-safe. */
final class WaitingFetches {
    private final ConcurrentHashMap<TopicPartition, Set<PendingFetch>> byPartition = new ConcurrentHashMap<>();

    void add(PendingFetch fetch, Iterable<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            byPartition.compute(partition, (key, waiting) -> {
                Set<PendingFetch> all = waiting == null ? ConcurrentHashMap.newKeySet(4) : waiting;
                all.add(fetch);
                return all;
            });
        }
    }

    void remove(PendingFetch fetch, Iterable<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            byPartition.computeIfPresent(partition, (key, waiting) -> {
                waiting.remove(fetch);
                return waiting.isEmpty() ? null : waiting;
            });
        }
    }

    /** Something has become visible there. Called with locks of the log held: it only tells. */
    void visible(Set<TopicPartition> partitions) {
        if (byPartition.isEmpty()) {
            return;
        }
        Set<PendingFetch> told = new HashSet<>();
        for (TopicPartition partition : partitions) {
            for (PendingFetch fetch : byPartition.getOrDefault(partition, Set.of())) {
                if (told.add(fetch)) {
                    fetch.wake();
                }
            }
        }
    }

    /** Topics have gone, perhaps: all look again. */
    void topicsChanged() {
        visible(byPartition.keySet());
    }
}
