package io.tidemill.groups;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A member of a consumer group.
 *
 * @param subscribedTopicNames sorted
 * @param assigned what it may own, each partition with the epoch that it was assigned at, by topic id
 * @param pending what it has to revoke, likewise
 * @param target what it is to own in the end
 */
record ConsumerMemberValue(
        String memberId,
        @Nullable String groupInstanceId,
        @Nullable String rackId,
        String clientId,
        String host,
        String softwareName,
        String softwareVersion,
        long rebalanceTimeoutMillis,
        List<String> subscribedTopicNames,
        String subscribedTopicRegex,
        @Nullable String serverAssignor,
        int epoch,
        int previousEpoch,
        Phase phase,
        Map<UUID, Map<Integer, Integer>> assigned,
        Map<UUID, Map<Integer, Integer>> pending,
        Map<UUID, Set<Integer>> target)
        implements GroupRecord {
    /** Where it stands on the way to its target. */
    enum Phase {
        STABLE,
        /** It has to revoke partitions. */
        UNREVOKED_PARTITIONS,
        /** It waits for partitions that others have to revoke. */
        UNRELEASED_PARTITIONS
    }

    static ConsumerMemberValue joining(String memberId) {
        return new ConsumerMemberValue(
                memberId,
                null,
                null,
                "",
                "",
                "",
                "",
                0,
                List.of(),
                "",
                null,
                0,
                -1,
                Phase.STABLE,
                Map.of(),
                Map.of(),
                Map.of());
    }

    ConsumerMemberValue updated(ConsumerHeartbeatRequest request) {
        ClientInfo client = request.client();
        Duration timeout = request.rebalanceTimeout();
        List<String> names = request.subscribedTopicNames();
        String regex = request.subscribedTopicRegex();
        return new ConsumerMemberValue(
                memberId,
                request.groupInstanceId() == null ? groupInstanceId : request.groupInstanceId(),
                request.rackId() == null ? rackId : request.rackId(),
                client.clientId(),
                client.host(),
                client.softwareName(),
                client.softwareVersion(),
                timeout == null ? rebalanceTimeoutMillis : timeout.toMillis(),
                names == null ? subscribedTopicNames : List.copyOf(new TreeSet<>(names)),
                regex == null ? subscribedTopicRegex : regex,
                request.serverAssignor() == null ? serverAssignor : request.serverAssignor(),
                epoch,
                previousEpoch,
                phase,
                assigned,
                pending,
                target);
    }

    ConsumerMemberValue target(Map<UUID, Set<Integer>> newTarget) {
        return with(memberId, epoch, previousEpoch, phase, assigned, pending, newTarget);
    }

    /** A step of the reconciliation; the epoch it had becomes the previous one. */
    ConsumerMemberValue reconciled(
            int newEpoch,
            Phase newPhase,
            Map<UUID, Map<Integer, Integer>> newAssigned,
            Map<UUID, Map<Integer, Integer>> newPending) {
        return with(memberId, newEpoch, epoch, newPhase, newAssigned, newPending, target);
    }

    /** The same member under another id, as one that joins. */
    ConsumerMemberValue replacedBy(String newMemberId) {
        return with(newMemberId, 0, 0, phase, assigned, pending, target);
    }

    /** Away for a while, its partitions kept. */
    ConsumerMemberValue away() {
        Map<UUID, Map<Integer, Integer>> kept = new TreeMap<>();
        assigned.forEach((topic, partitions) -> {
            Map<Integer, Integer> zero = new TreeMap<>();
            partitions.keySet().forEach(partition -> zero.put(partition, 0));
            kept.put(topic, zero);
        });
        return with(memberId, -2, epoch, Phase.STABLE, kept, Map.of(), target);
    }

    private ConsumerMemberValue with(
            String newMemberId,
            int newEpoch,
            int newPreviousEpoch,
            Phase newPhase,
            Map<UUID, Map<Integer, Integer>> newAssigned,
            Map<UUID, Map<Integer, Integer>> newPending,
            Map<UUID, Set<Integer>> newTarget) {
        return new ConsumerMemberValue(
                newMemberId,
                groupInstanceId,
                rackId,
                clientId,
                host,
                softwareName,
                softwareVersion,
                rebalanceTimeoutMillis,
                subscribedTopicNames,
                subscribedTopicRegex,
                serverAssignor,
                newEpoch,
                newPreviousEpoch,
                newPhase,
                newAssigned,
                newPending,
                newTarget);
    }

    /** The epoch that a partition was assigned at; null if the member neither owns nor revokes it. */
    @Nullable
    Integer assignedAt(UUID topic, int partition) {
        Integer at = assigned.getOrDefault(topic, Map.of()).get(partition);
        return at != null ? at : pending.getOrDefault(topic, Map.of()).get(partition);
    }

    boolean isPending(UUID topic, int partition) {
        return pending.getOrDefault(topic, Map.of()).containsKey(partition);
    }
}
