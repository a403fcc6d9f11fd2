package io.tidemill.groups;

import io.tidemill.groups.ConsumerMemberValue.Phase;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** One step of one member towards its target: revoke first, then take what nobody else has. */
final class Reconciliation {
    private final ConsumerMemberValue member;
    private final int targetEpoch;
    private final Set<UUID> subscribed;
    private final BiFunction<UUID, Integer, @Nullable String> owner;
    private final @Nullable List<TopicIdPartitions> owned;

    private final Map<UUID, Map<Integer, Integer>> keeps = new TreeMap<>();
    private final Map<UUID, Map<Integer, Integer>> revokes = new TreeMap<>();
    private boolean unreleased;

    /**
     * @param subscribed the ids of the topics that it subscribes to and that exist
     * @param owner who owns a partition or has yet to revoke it
     * @param owned what the member says to own; null if it did not say
     */
    Reconciliation(
            ConsumerMemberValue member,
            int targetEpoch,
            Set<UUID> subscribed,
            BiFunction<UUID, Integer, @Nullable String> owner,
            @Nullable List<TopicIdPartitions> owned) {
        this.member = member;
        this.targetEpoch = targetEpoch;
        this.subscribed = subscribed;
        this.owner = owner;
        this.owned = owned;
    }

    ConsumerMemberValue next(boolean resubscribed) {
        boolean atTarget = member.phase() == Phase.STABLE && member.epoch() == targetEpoch;
        boolean revoking = member.phase() == Phase.UNREVOKED_PARTITIONS && Partitions.contains(owned, member.pending());
        if (atTarget || revoking) {
            return resubscribed ? withoutUnsubscribed() : member;
        }
        return towardsTarget();
    }

    /** What it no longer subscribes to goes at once, before there is a new target. */
    private ConsumerMemberValue withoutUnsubscribed() {
        Map<UUID, Map<Integer, Integer>> assigned = new TreeMap<>(member.assigned());
        Map<UUID, Map<Integer, Integer>> pending = new TreeMap<>(member.pending());
        member.assigned().forEach((topic, partitions) -> {
            if (!subscribed.contains(topic)) {
                assigned.remove(topic);
                Map<Integer, Integer> all = new TreeMap<>(pending.getOrDefault(topic, Map.of()));
                all.putAll(partitions);
                pending.put(topic, all);
            }
        });
        if (assigned.equals(member.assigned())) {
            return member;
        }
        boolean mustRevoke = Partitions.contains(owned, pending);
        return member.reconciled(
                member.epoch(),
                mustRevoke ? Phase.UNREVOKED_PARTITIONS : member.phase(),
                assigned,
                mustRevoke ? pending : member.pending());
    }

    private ConsumerMemberValue towardsTarget() {
        Map<UUID, Set<Integer>> takes = new TreeMap<>();
        Set<UUID> topics = new TreeSet<>(member.target().keySet());
        topics.addAll(member.assigned().keySet());
        for (UUID topic : topics) {
            Set<Integer> target = subscribed.contains(topic) ? member.target().getOrDefault(topic, Set.of()) : Set.of();
            member.assigned()
                    .getOrDefault(topic, Map.of())
                    .forEach((partition, epoch) ->
                            Partitions.put(target.contains(partition) ? keeps : revokes, topic, partition, epoch));
            target.forEach(partition -> take(takes, topic, partition));
        }
        if (!revokes.isEmpty() && Partitions.contains(owned, revokes)) {
            return member.reconciled(member.epoch(), Phase.UNREVOKED_PARTITIONS, keeps, revokes);
        }
        takes.forEach((topic, partitions) ->
                partitions.forEach(partition -> Partitions.put(keeps, topic, partition, targetEpoch)));
        return member.reconciled(targetEpoch, unreleased ? Phase.UNRELEASED_PARTITIONS : Phase.STABLE, keeps, Map.of());
    }

    private void take(Map<UUID, Set<Integer>> takes, UUID topic, int partition) {
        if (keeps.getOrDefault(topic, Map.of()).containsKey(partition)) {
            return;
        }
        if (owner.apply(topic, partition) == null || member.isPending(topic, partition)) {
            Partitions.add(takes, topic, partition);
        } else {
            unreleased = true;
        }
    }
}
