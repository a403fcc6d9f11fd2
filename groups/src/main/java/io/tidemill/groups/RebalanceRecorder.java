package io.tidemill.groups;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers the evidence of one group's rebalances: at most one is open. */
final class RebalanceRecorder {
    /** For how long after its start a coordinator counts itself among the reasons. */
    private static final Duration RELOAD_COUNTS_FOR = Duration.ofMinutes(5);

    private final Context context;
    private final String groupId;
    private final GroupType type;
    private @Nullable Open open;
    private @Nullable Instant reloadedAt;
    private final Set<String> fencedNoted = new LinkedHashSet<>();

    RebalanceRecorder(Context context, String groupId, GroupType type) {
        this.context = context;
        this.groupId = groupId;
        this.type = type;
    }

    /** A rebalance that goes on. */
    private static final class Open {
        private final Instant startedAt;
        private final int generationBefore;
        private final List<RebalanceMember> before;
        private final int beforeCount;
        private final List<Trigger> triggers = new ArrayList<>();
        private final Map<String, Rebalance.JoinTiming> joins = new LinkedHashMap<>();
        private int triggerCount;

        private Open(Instant startedAt, int generationBefore, List<RebalanceMember> before, int beforeCount) {
            this.startedAt = startedAt;
            this.generationBefore = generationBefore;
            this.before = before.stream().limit(Rebalance.LISTED_MAX).toList();
            this.beforeCount = beforeCount;
        }
    }

    /** What an entry tells of the generation that it ends with; not all members need be listed. */
    record After(
            int generation,
            String protocolType,
            @Nullable String protocol,
            @Nullable String leader,
            List<RebalanceMember> members,
            int memberCount) {}

    boolean isOpen() {
        return open != null;
    }

    void reloaded() {
        reloadedAt = context.now();
    }

    void begin(int generationBefore, List<RebalanceMember> before, int beforeCount) {
        Open begun = new Open(context.now(), generationBefore, before, beforeCount);
        open = begun;
        Instant reload = reloadedAt;
        if (reload != null && reload.plus(RELOAD_COUNTS_FOR).isAfter(context.now())) {
            add(begun, anonymous(Trigger.Kind.COORDINATOR_RELOADED, reload, null));
        }
        reloadedAt = null;
    }

    void trigger(Trigger trigger) {
        if (open != null) {
            add(open, trigger);
        }
    }

    private static void add(Open open, Trigger trigger) {
        open.triggerCount++;
        if (open.triggers.size() < Rebalance.LISTED_MAX) {
            open.triggers.add(trigger);
        }
    }

    /** A member did its part. */
    void arrived(String memberId, @Nullable String instanceId, String clientId) {
        if (open != null && open.joins.size() < Rebalance.LISTED_MAX) {
            long after = Duration.between(open.startedAt, context.now()).toMillis();
            open.joins.remove(memberId);
            open.joins.put(memberId, new Rebalance.JoinTiming(memberId, instanceId, clientId, Math.max(0, after)));
        }
    }

    /** The entry of the rebalance that ends now; null if none is open. */
    @Nullable
    Rebalance entry(Rebalance.Outcome outcome, After after) {
        return open == null ? null : entry(open, outcome, after);
    }

    /** To be called once the entry is durable. */
    void ended() {
        open = null;
    }

    /** An entry of its own for something that starts no rebalance. */
    Rebalance single(Trigger trigger, After state) {
        Open instant = new Open(context.now(), state.generation(), state.members(), state.memberCount());
        add(instant, trigger);
        return entry(instant, Rebalance.Outcome.COMPLETED, state);
    }

    /** Whether {@code memberId} is seen refused for the first time; remembers a hundred. */
    boolean firstFenced(String memberId) {
        if (!fencedNoted.add(memberId)) {
            return false;
        }
        if (fencedNoted.size() > 100) {
            fencedNoted.remove(fencedNoted.iterator().next());
        }
        return true;
    }

    private Rebalance entry(Open of, Rebalance.Outcome outcome, After after) {
        boolean complete = outcome == Rebalance.Outcome.COMPLETED;
        return new Rebalance(
                Rebalance.VERSION,
                groupId,
                type,
                outcome,
                of.generationBefore,
                after.generation(),
                of.startedAt.toEpochMilli(),
                context.nowMillis(),
                after.protocolType(),
                after.protocol(),
                after.leader(),
                List.copyOf(of.triggers),
                of.triggerCount,
                // Storms of abandoned rebalances would repeat the same members again and again.
                complete ? of.before : List.of(),
                of.beforeCount,
                complete ? after.members().stream().limit(Rebalance.LISTED_MAX).toList() : List.of(),
                after.memberCount(),
                timings(of));
    }

    private static List<Rebalance.JoinTiming> timings(Open of) {
        List<Rebalance.JoinTiming> timings = new ArrayList<>(of.joins.values());
        for (RebalanceMember member : of.before) {
            if (!of.joins.containsKey(member.memberId())) {
                timings.add(
                        new Rebalance.JoinTiming(member.memberId(), member.groupInstanceId(), member.clientId(), null));
            }
        }
        return timings.stream().limit(Rebalance.LISTED_MAX).toList();
    }

    static Trigger anonymous(Trigger.Kind kind, Instant at, @Nullable String detail) {
        return new Trigger(kind, at.toEpochMilli(), null, null, null, null, null, null, null, detail, null);
    }
}
