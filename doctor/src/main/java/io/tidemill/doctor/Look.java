package io.tidemill.doctor;

import io.tidemill.groups.GroupType;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What one look at a group showed.
 *
 * @param epoch of the group; 0 if the cluster does not tell
 * @param members by id
 * @param partitions how many each topic has that the group committed offsets of
 */
record Look(
        long at,
        String state,
        GroupType type,
        int epoch,
        Map<String, Member> members,
        Map<String, Integer> partitions,
        Map<TopicPartition, Long> committed,
        Map<TopicPartition, Long> ends) {
    record Member(
            String memberId,
            @Nullable String groupInstanceId,
            String clientId,
            String host,
            int epoch,
            List<TopicPartition> assigned) {}

    boolean isRebalancing() {
        return state.contains("REBALANC") || state.equals("ASSIGNING") || state.equals("RECONCILING");
    }

    long lagOf(TopicPartition partition) {
        Long from = committed.get(partition);
        Long end = ends.get(partition);
        return from == null || end == null ? 0 : Math.max(0, end - from);
    }

    LagView lag() {
        return new LagView(committed.keySet().stream()
                .map(each -> new LagView.PartitionLag(each.topic(), each.partition(), lagOf(each)))
                .toList());
    }

    GroupSnapshot snapshot() {
        return new GroupSnapshot(
                state,
                members.values().stream().map(Look::snapshot).toList(),
                partitions.isEmpty()
                        ? null
                        : partitions.values().stream()
                                .mapToInt(Integer::intValue)
                                .sum());
    }

    private static GroupSnapshot.Member snapshot(Member member) {
        return new GroupSnapshot.Member(
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.host(),
                member.assigned().size(),
                member.assigned().stream().map(TopicPartition::topic).distinct().toList());
    }
}
