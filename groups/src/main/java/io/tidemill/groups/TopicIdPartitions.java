package io.tidemill.groups;

import java.util.List;
import java.util.UUID;

/** Partitions of one topic; sorted, without repetition. */
public record TopicIdPartitions(UUID topicId, List<Integer> partitions) {
    public TopicIdPartitions {
        partitions = List.copyOf(partitions);
    }
}
