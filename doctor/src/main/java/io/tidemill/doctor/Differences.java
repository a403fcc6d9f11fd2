package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import io.tidemill.groups.Trigger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Rebalances as they show in the differences between looks. A member that is gone stands there as one that left without a
 * reason; how long its commits had not moved while records waited, as Burrow judges it, is all the evidence there is.
 */
final class Differences {
    /** A partition that stands still for less may only wait for its next commit. */
    private static final long STUCK_MILLIS_MIN = 10_000;

    private final String group;
    private final Deque<Rebalance> rebalances = new ArrayDeque<>();
    private final Map<TopicPartition, Long> movedAt = new HashMap<>();
    private @Nullable Look last;
    private int made;
    private boolean truncated;

    Differences(String group) {
        this.group = group;
    }

    void add(Look look) {
        Look before = last;
        last = look;
        if (before != null) {
            List<Trigger> triggers = triggers(before, look);
            boolean moved = look.epoch() != before.epoch() || (look.isRebalancing() && !before.isRebalancing());
            if (!triggers.isEmpty() || moved) {
                keep(rebalance(before, look, triggers));
            }
        }
        noteProgress(before, look);
    }

    private void keep(Rebalance rebalance) {
        rebalances.add(rebalance);
        if (rebalances.size() > Chronicle.ENTRIES_MAX) {
            rebalances.remove();
            truncated = true;
        }
    }

    private void noteProgress(@Nullable Look before, Look now) {
        movedAt.keySet().retainAll(now.committed().keySet());
        now.committed().forEach((partition, offset) -> {
            boolean moved = before == null || !offset.equals(before.committed().get(partition));
            if (moved || now.lagOf(partition) == 0) {
                movedAt.put(partition, now.at());
            }
        });
    }

    private List<Trigger> triggers(Look before, Look now) {
        List<Trigger> triggers = new ArrayList<>();
        before.members().values().stream()
                .filter(each -> !now.members().containsKey(each.memberId()))
                .forEach(each -> triggers.add(trigger(Trigger.Kind.LEFT, now.at(), each, stuck(each, now.at()))));
        before.members()
                .values()
                .forEach(each -> Optional.ofNullable(now.members().get(each.memberId()))
                        .filter(again -> again.epoch() < each.epoch())
                        .ifPresent(
                                again -> triggers.add(trigger(Trigger.Kind.MEMBER_REJOINED, now.at(), again, null))));
        now.members().values().stream()
                .filter(each -> !before.members().containsKey(each.memberId()))
                .forEach(each -> triggers.add(trigger(Trigger.Kind.MEMBER_JOINED_NEW, now.at(), each, null)));
        addTopics(before, now, triggers);
        return triggers;
    }

    private static void addTopics(Look before, Look now, List<Trigger> triggers) {
        before.partitions().forEach((topic, count) -> {
            Integer after = now.partitions().get(topic);
            if (!Objects.equals(count, after)) {
                String became = after == null ? "it is gone" : count + " partitions became " + after;
                triggers.add(new Trigger(
                        Trigger.Kind.TOPICS_CHANGED,
                        now.at(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        topic + ": " + became,
                        null));
            }
        });
    }

    private static Trigger trigger(Trigger.Kind kind, long at, Look.Member member, @Nullable Evidence evidence) {
        return new Trigger(
                kind,
                at,
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.host(),
                null,
                null,
                null,
                null,
                evidence);
    }

    /** Null unless records of a partition of its waited, and its commits did not move. */
    private @Nullable Evidence stuck(Look.Member member, long now) {
        long longest = 0;
        for (TopicPartition each : member.assigned()) {
            Long moved = movedAt.get(each);
            longest = Math.max(longest, moved == null ? 0 : now - moved);
        }
        return longest < STUCK_MILLIS_MIN
                ? null
                : new Evidence(
                        null,
                        null,
                        null,
                        null,
                        longest,
                        null,
                        null,
                        0,
                        0,
                        0,
                        null,
                        0,
                        0,
                        null,
                        member.assigned().size(),
                        null);
    }

    private Rebalance rebalance(Look before, Look now, List<Trigger> triggers) {
        made++;
        boolean epochs = now.epoch() != before.epoch();
        return new Rebalance(
                Rebalance.VERSION,
                group,
                now.type(),
                now.members().isEmpty() ? Rebalance.Outcome.EMPTIED : Rebalance.Outcome.COMPLETED,
                epochs ? before.epoch() : made - 1,
                epochs ? now.epoch() : made,
                now.at(),
                now.at(),
                "consumer",
                null,
                null,
                triggers,
                triggers.size(),
                members(before),
                before.members().size(),
                members(now),
                now.members().size(),
                List.of());
    }

    private static List<RebalanceMember> members(Look look) {
        return look.members().values().stream()
                .limit(Rebalance.LISTED_MAX)
                .map(each -> new RebalanceMember(
                        each.memberId(),
                        each.groupInstanceId(),
                        each.clientId(),
                        each.host(),
                        "",
                        "",
                        0,
                        0,
                        each.assigned().stream()
                                .map(TopicPartition::topic)
                                .distinct()
                                .toList(),
                        look.isRebalancing()
                                ? null
                                : Integer.valueOf(each.assigned().size()),
                        null))
                .toList();
    }

    List<Rebalance> rebalances() {
        return List.copyOf(rebalances);
    }

    boolean isTruncated() {
        return truncated;
    }
}
