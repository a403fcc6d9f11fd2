package io.tidemill.groups;

import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A group whose leader assigns: members join, a generation is made, its leader brings the assignment. */
final class ClassicGroup extends Group {
    /*
     * Durable are the generations: a new one is written before its members hear of it, and again with the leader's
     * assignment before anyone gets it. Whoever joins or leaves in between exists in memory only; after a crash the last
     * generation is there again, and its missing members lose their sessions.
     */

    /** How long a member may wait for its first generation. */
    private static final Duration FIRST_JOIN_MAX = Duration.ofMinutes(5);

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final String CONSUMER = "consumer";

    private final Map<String, ClassicMember> members = new LinkedHashMap<>();
    private final Map<String, String> staticMembers = new HashMap<>();
    private final Map<String, Timers.Handle> pendingJoins = new HashMap<>();
    private final Set<String> pendingSyncs = new LinkedHashSet<>();
    private final Set<String> durable = new LinkedHashSet<>();
    private final RebalanceRecorder recorder;

    private GroupState state = GroupState.EMPTY;
    private int generation;
    private String protocolType = "";
    private @Nullable String protocolName;
    private @Nullable String leader;
    private boolean written;
    private boolean initialRebalance;
    private boolean newMemberAdded;
    private Duration initialRemaining = Duration.ZERO;
    private Map<String, TopicView.TopicInfo> subscribed = Map.of();
    private Timers.@Nullable Handle joinTimer;
    private Timers.@Nullable Handle syncTimer;

    ClassicGroup(Context context, String groupId) {
        super(context, groupId);
        this.recorder = new RebalanceRecorder(context, groupId, GroupType.CLASSIC);
    }

    @Override
    GroupType type() {
        return GroupType.CLASSIC;
    }

    @Override
    GroupState state() {
        return state;
    }

    @Override
    String protocolType() {
        return protocolType;
    }

    @Override
    boolean isEmpty() {
        return state == GroupState.EMPTY;
    }

    @Override
    boolean isDurable() {
        return written || !members.isEmpty() || !pendingJoins.isEmpty();
    }

    // ---- what is durable

    @Override
    void apply(GroupRecord record) {
        ClassicHeader header = (ClassicHeader) record;
        written = true;
        protocolType = header.protocolType();
        protocolName = header.protocolName();
        generation = header.generation();
        leader = header.leader();
        state = header.state();
    }

    @Override
    void apply(String memberId, @Nullable GroupRecord record) {
        if (record == null) {
            durable.remove(memberId);
            remove(memberId, GroupError.UNKNOWN_MEMBER_ID);
            return;
        }
        ClassicMemberValue value = (ClassicMemberValue) record;
        ClassicMember member = members.get(memberId);
        if (member == null) {
            member = new ClassicMember(groupId, memberId, value.groupInstanceId(), value.client());
            add(member);
        }
        durable.add(memberId);
        member.sessionTimeoutMillis = value.sessionTimeoutMillis();
        member.rebalanceTimeoutMillis = value.rebalanceTimeoutMillis();
        member.protocols = value.protocols();
        member.assign(value.assignment(), context.decoder);
    }

    @Override
    void loaded() {
        members.values().forEach(this::startSession);
        subscribed = subscribedTopics();
        recorder.reloaded();
        if (state == GroupState.COMPLETING_REBALANCE) {
            recorder.begin(generation, List.of(), 0);
            pendingSyncs.addAll(members.keySet());
            startSyncTimer();
        }
    }

    private void add(ClassicMember member) {
        members.put(member.id, member);
        context.watches.add(member.watch);
        if (member.instanceId != null) {
            staticMembers.put(member.instanceId, member.id);
        }
    }

    private void remove(String memberId, GroupError why) {
        ClassicMember member = members.remove(memberId);
        if (member == null) {
            return;
        }
        member.cancelSession();
        answerJoin(member, JoinResult.failed(why, why == GroupError.FENCED_INSTANCE_ID ? memberId : ""));
        answerSync(member, SyncResult.failed(why));
        context.watches.remove(member.watch);
        pendingSyncs.remove(memberId);
        if (member.instanceId != null) {
            staticMembers.remove(member.instanceId, memberId);
        }
        if (memberId.equals(leader)) {
            leader = members.isEmpty() ? null : members.keySet().iterator().next();
        }
    }

    private Changes tombstones(Changes changes) {
        for (String memberId : durable) {
            if (!members.containsKey(memberId)) {
                changes.put(groupId, memberId, null);
            }
        }
        return changes;
    }

    // ---- joining

    CompletableFuture<JoinResult> join(JoinRequest request) {
        if (!accepts(request.memberId())) {
            remove(request.memberId(), GroupError.GROUP_MAX_SIZE_REACHED);
            return failed(GroupError.GROUP_MAX_SIZE_REACHED, "");
        }
        if (!supports(request)) {
            return failed(GroupError.INCONSISTENT_GROUP_PROTOCOL, request.memberId());
        }
        return request.memberId().isEmpty() ? joinNew(request) : joinKnown(request);
    }

    private static CompletableFuture<JoinResult> failed(GroupError error, String memberId) {
        return CompletableFuture.completedFuture(JoinResult.failed(error, memberId));
    }

    private boolean accepts(String memberId) {
        ClassicMember member = members.get(memberId);
        int max = context.options.membersMax();
        return switch (state) {
            case PREPARING_REBALANCE -> (member != null && member.join != null) || waiting() < max;
            case COMPLETING_REBALANCE, STABLE -> member != null || members.size() < max;
            default -> true;
        };
    }

    private long waiting() {
        return members.values().stream().filter(member -> member.join != null).count();
    }

    private boolean supports(JoinRequest request) {
        if (state == GroupState.EMPTY) {
            return !request.protocolType().isEmpty() && !request.protocols().isEmpty();
        }
        if (!protocolType.equals(request.protocolType())) {
            return false;
        }
        if (members.isEmpty()) {
            return !request.protocols().isEmpty();
        }
        Set<String> common = ProtocolVote.common(members.values());
        return request.protocols().stream().anyMatch(protocol -> common.contains(protocol.name()));
    }

    private CompletableFuture<JoinResult> joinNew(JoinRequest request) {
        String instanceId = request.groupInstanceId();
        String prefix = instanceId == null ? request.client().clientId() : instanceId;
        String newId = prefix + "-" + context.newMemberId();
        if (instanceId != null) {
            String oldId = staticMembers.get(instanceId);
            return oldId == null ? addMember(request, newId) : replaceStatic(request, oldId, newId);
        }
        if (!request.requireKnownMemberId()) {
            return addMember(request, newId);
        }
        if (pendingJoins.size() >= context.options.membersMax()) {
            return failed(GroupError.GROUP_MAX_SIZE_REACHED, "");
        }
        pendingJoins.put(newId, context.later(request.sessionTimeout(), () -> pendingExpired(newId)));
        return failed(GroupError.MEMBER_ID_REQUIRED, newId);
    }

    private void pendingExpired(String memberId) {
        pendingJoins.remove(memberId);
        context.maybeUnused(groupId);
        completeIfAllJoined();
    }

    private CompletableFuture<JoinResult> joinKnown(JoinRequest request) {
        String memberId = request.memberId();
        Timers.Handle pending = pendingJoins.get(memberId);
        if (pending != null) {
            if (request.groupInstanceId() != null) {
                return failed(GroupError.UNKNOWN_SERVER_ERROR, "");
            }
            pendingJoins.remove(memberId);
            pending.cancel();
            return addMember(request, memberId);
        }
        GroupError invalid = validate(memberId, request.groupInstanceId(), request.client());
        if (invalid != GroupError.NONE) {
            return failed(invalid, memberId);
        }
        return rejoin(request, member(memberId));
    }

    private ClassicMember member(String memberId) {
        return Objects.requireNonNull(members.get(memberId));
    }

    private CompletableFuture<JoinResult> rejoin(JoinRequest request, ClassicMember member) {
        boolean unchanged = member.offers(request.protocols());
        boolean rebalances = switch (state) {
            case PREPARING_REBALANCE -> true;
            // A member that did not hear of the generation that it is in gets it once more.
            case COMPLETING_REBALANCE -> !unchanged;
            // The leader sees what the metadata do not show, such as new partitions.
            default -> !unchanged || member.id.equals(leader);
        };
        context.watches.seen(member.watch, request.client());
        if (!rebalances) {
            member.watch.joined(context.now());
            return CompletableFuture.completedFuture(result(member));
        }
        Trigger trigger = rejoinTrigger(request, member);
        if (state != GroupState.PREPARING_REBALANCE) {
            because(trigger);
        } else if (trigger.kind() == Trigger.Kind.SUBSCRIPTION_CHANGED) {
            recorder.trigger(trigger);
        }
        update(member, request);
        return await(member);
    }

    private CompletableFuture<JoinResult> addMember(JoinRequest request, String memberId) {
        ClassicMember member = new ClassicMember(groupId, memberId, request.groupInstanceId(), request.client());
        member.isNew = true;
        because(trigger(
                Trigger.Kind.MEMBER_JOINED_NEW,
                context.now(),
                memberId,
                request.groupInstanceId(),
                request.client(),
                request.reason(),
                null,
                null));
        newMemberAdded |= initialRebalance;
        if (members.isEmpty()) {
            protocolType = request.protocolType();
        }
        add(member);
        if (leader == null) {
            leader = memberId;
        }
        update(member, request);
        return await(member);
    }

    private static void update(ClassicMember member, JoinRequest request) {
        member.protocols = request.protocols();
        member.sessionTimeoutMillis = request.sessionTimeout().toMillis();
        member.rebalanceTimeoutMillis = request.rebalanceTimeout().toMillis();
    }

    /** Lets {@code member} wait for the next generation, which is prepared if none is yet, and made if nobody is missing. */
    private CompletableFuture<JoinResult> await(ClassicMember member) {
        answerJoin(member, JoinResult.failed(GroupError.REBALANCE_IN_PROGRESS, member.id));
        CompletableFuture<JoinResult> future = new CompletableFuture<>();
        boolean first = state == GroupState.EMPTY;
        if (state != GroupState.PREPARING_REBALANCE) {
            prepareRebalance();
        }
        member.join = future;
        member.watch.joined(context.now());
        recorder.arrived(member.id, member.instanceId, member.watch.client().clientId());
        if (member.isNew) {
            member.cancelSession();
            member.session = context.later(FIRST_JOIN_MAX, () -> sessionExpired(member));
        }
        if (first && !initialRebalance) {
            makeGeneration();
        } else {
            completeIfAllJoined();
        }
        return future;
    }

    // ---- static members

    private CompletableFuture<JoinResult> replaceStatic(JoinRequest request, String oldId, String newId) {
        ClassicMember old = member(oldId);
        Trigger trigger = trigger(
                Trigger.Kind.STATIC_MEMBER_REPLACED,
                context.now(),
                newId,
                request.groupInstanceId(),
                request.client(),
                request.reason(),
                "took over from " + oldId,
                evidence(old, null));
        if (state != GroupState.STABLE) {
            return replaceInRebalance(request, old, newId, trigger);
        }
        List<JoinProtocol> before = old.protocols;
        old.protocols = request.protocols();
        boolean sameProtocol = Objects.equals(protocolName, ProtocolVote.winner(members.values()));
        old.protocols = before;
        return sameProtocol
                ? replaceInStable(request, old, newId, trigger)
                : replaceInRebalance(request, old, newId, trigger);
    }

    /** The generation goes on. */
    private CompletableFuture<JoinResult> replaceInStable(
            JoinRequest request, ClassicMember old, String newId, Trigger trigger) {
        String leaderBefore = leader;
        String leaderAfter = old.id.equals(leader) ? newId : leader;
        ClassicMember member = new ClassicMember(groupId, newId, old.instanceId, request.client());
        update(member, request);
        Changes changes = new Changes()
                .put(groupId, new ClassicHeader(protocolType, protocolName, generation, leaderAfter, GroupState.STABLE))
                .put(groupId, newId, member.value(old.assignment))
                .put(groupId, old.id, null)
                .journal(recorder.single(trigger, after()));
        try {
            answerSync(old, SyncResult.failed(GroupError.FENCED_INSTANCE_ID));
            context.commit(changes);
        } catch (LogException e) {
            return failed(GroupError.COORDINATOR_NOT_AVAILABLE, "");
        }
        leader = leaderAfter;
        ClassicMember replaced = member(newId);
        context.watches.seen(replaced.watch, request.client());
        replaced.watch.joined(context.now());
        startSession(replaced);
        JoinResult current = result(replaced);
        return CompletableFuture.completedFuture(
                request.supportsSkipAssignment() ? skipping(current) : asFollower(current, leaderBefore));
    }

    /** The leader gets the members, to watch their subscriptions, but has nothing to assign. */
    private static JoinResult skipping(JoinResult current) {
        return new JoinResult(
                current.error(),
                current.generation(),
                current.protocolType(),
                current.protocolName(),
                current.leader(),
                current.leader().equals(current.memberId()),
                current.memberId(),
                current.members());
    }

    /** Older clients that led are told of the leader before, so that they do not assign. */
    private static JoinResult asFollower(JoinResult current, @Nullable String leaderBefore) {
        return new JoinResult(
                current.error(),
                current.generation(),
                current.protocolType(),
                current.protocolName(),
                leaderBefore == null ? "" : leaderBefore,
                false,
                current.memberId(),
                List.of());
    }

    private CompletableFuture<JoinResult> replaceInRebalance(
            JoinRequest request, ClassicMember old, String newId, Trigger trigger) {
        if (state == GroupState.EMPTY) {
            return failed(GroupError.UNKNOWN_SERVER_ERROR, "");
        }
        because(trigger);
        boolean led = old.id.equals(leader);
        ClassicMember member = new ClassicMember(groupId, newId, old.instanceId, request.client());
        member.assign(old.assignment, context.decoder);
        remove(old.id, GroupError.FENCED_INSTANCE_ID);
        add(member);
        if (led) {
            leader = newId;
        }
        update(member, request);
        startSession(member);
        return await(member);
    }

    // ---- rebalances

    /** Notes why a rebalance is about to begin, or another reason for the one that goes on. */
    private void because(Trigger trigger) {
        if (state == GroupState.COMPLETING_REBALANCE && recorder.isOpen()) {
            context.note(recorder.entry(Rebalance.Outcome.SUPERSEDED, after()));
            recorder.ended();
        }
        if (!recorder.isOpen()) {
            recorder.begin(generation, journalMembers(durable), durable.size());
        }
        recorder.trigger(trigger);
    }

    private void prepareRebalance() {
        if (state == GroupState.COMPLETING_REBALANCE) {
            for (ClassicMember member : members.values()) {
                member.assign(new byte[0], context.decoder);
                answerSync(member, SyncResult.failed(GroupError.REBALANCE_IN_PROGRESS));
            }
        }
        pendingSyncs.clear();
        syncTimer = cancel(syncTimer);
        joinTimer = cancel(joinTimer);
        initialRebalance = state == GroupState.EMPTY;
        newMemberAdded = false;
        state = GroupState.PREPARING_REBALANCE;
        Duration delay = rebalanceTimeout();
        if (initialRebalance) {
            delay = context.options.initialRebalanceDelay();
            initialRemaining = max(Duration.ZERO, rebalanceTimeout().minus(delay));
            initialRebalance = !delay.isZero();
        }
        if (!delay.isZero()) {
            joinTimer = context.later(delay, this::joinTimedOut);
        }
    }

    private static Duration max(Duration left, Duration right) {
        return left.compareTo(right) > 0 ? left : right;
    }

    private static Timers.@Nullable Handle cancel(Timers.@Nullable Handle timer) {
        if (timer != null) {
            timer.cancel();
        }
        return null;
    }

    private Duration rebalanceTimeout() {
        return Duration.ofMillis(members.values().stream()
                .mapToLong(member -> member.rebalanceTimeoutMillis)
                .max()
                .orElse(0));
    }

    private void joinTimedOut() {
        joinTimer = null;
        if (state != GroupState.PREPARING_REBALANCE) {
            return;
        }
        if (initialRebalance && newMemberAdded && !initialRemaining.isZero()) {
            newMemberAdded = false;
            Duration delay = context.options.initialRebalanceDelay();
            delay = delay.compareTo(initialRemaining) < 0 ? delay : initialRemaining;
            initialRemaining = initialRemaining.minus(delay);
            joinTimer = context.later(delay, this::joinTimedOut);
            return;
        }
        makeGeneration();
    }

    private void completeIfAllJoined() {
        boolean all = pendingJoins.isEmpty() && waiting() == members.size();
        if (state == GroupState.PREPARING_REBALANCE && !initialRebalance && all) {
            makeGeneration();
        }
    }

    private void makeGeneration() {
        joinTimer = cancel(joinTimer);
        removeMissing();
        if (members.isEmpty()) {
            becomeEmpty();
            return;
        }
        String newLeader = electLeader();
        String protocol = ProtocolVote.winner(members.values());
        if (newLeader == null || protocol == null) {
            // Only static members that may still come back, or whose sessions end.
            initialRebalance = false;
            joinTimer = context.later(max(RETRY, rebalanceTimeout()), this::joinTimedOut);
            return;
        }
        Changes changes = new Changes()
                .put(
                        groupId,
                        new ClassicHeader(
                                protocolType, protocol, generation + 1, newLeader, GroupState.COMPLETING_REBALANCE));
        members.values().forEach(member -> changes.put(groupId, member.id, member.value(new byte[0])));
        try {
            context.commit(tombstones(changes));
        } catch (LogException e) {
            generationFailed();
            return;
        }
        generationMade();
    }

    private void removeMissing() {
        for (ClassicMember member : List.copyOf(members.values())) {
            if (member.instanceId == null && member.join == null) {
                recorder.trigger(trigger(member, Trigger.Kind.REBALANCE_TIMEOUT, null, "did not join in time"));
                remove(member.id, GroupError.UNKNOWN_MEMBER_ID);
            }
        }
    }

    private @Nullable String electLeader() {
        ClassicMember old = leader == null ? null : members.get(leader);
        if (old != null && old.join != null) {
            return leader;
        }
        return members.values().stream()
                .filter(member -> member.join != null)
                .map(member -> member.id)
                .findFirst()
                .orElse(null);
    }

    private void generationMade() {
        initialRebalance = false;
        newMemberAdded = false;
        subscribed = subscribedTopics();
        for (ClassicMember member : members.values()) {
            member.isNew = false;
            member.watch.generationStarted();
            answerJoin(member, result(member));
            startSession(member);
            pendingSyncs.add(member.id);
        }
        startSyncTimer();
    }

    /** Everyone may ask again; until then nothing has happened. */
    private void generationFailed() {
        for (ClassicMember member : members.values()) {
            if (member.join != null) {
                answerJoin(member, JoinResult.failed(GroupError.COORDINATOR_NOT_AVAILABLE, member.id));
                startSession(member);
            }
        }
        initialRebalance = false;
        joinTimer = context.later(max(RETRY, rebalanceTimeout()), this::joinTimedOut);
    }

    private void becomeEmpty() {
        Changes changes = new Changes()
                .put(groupId, new ClassicHeader(protocolType, null, generation + 1, null, GroupState.EMPTY))
                .journal(recorder.entry(
                        Rebalance.Outcome.EMPTIED,
                        new RebalanceRecorder.After(generation + 1, protocolType, null, null, List.of(), 0)));
        try {
            context.commit(tombstones(changes));
            recorder.ended();
            initialRebalance = false;
            subscribed = Map.of();
        } catch (LogException e) {
            joinTimer = context.later(RETRY, this::joinTimedOut);
        }
    }

    private void startSyncTimer() {
        int of = generation;
        syncTimer = cancel(syncTimer);
        syncTimer = context.later(rebalanceTimeout(), () -> syncTimedOut(of));
    }

    private void syncTimedOut(int of) {
        syncTimer = null;
        boolean waits = state == GroupState.COMPLETING_REBALANCE || state == GroupState.STABLE;
        if (of != generation || !waits || pendingSyncs.isEmpty()) {
            return;
        }
        for (String memberId : List.copyOf(pendingSyncs)) {
            because(trigger(member(memberId), Trigger.Kind.REBALANCE_TIMEOUT, null, "sent no SyncGroup in time"));
            state = GroupState.STABLE;
            remove(memberId, GroupError.UNKNOWN_MEMBER_ID);
        }
        answerSyncs(SyncResult.failed(GroupError.REBALANCE_IN_PROGRESS));
        membersRemoved();
    }

    private void answerSyncs(SyncResult answer) {
        members.values().forEach(member -> answerSync(member, answer));
    }

    private void membersRemoved() {
        if (state == GroupState.STABLE || state == GroupState.COMPLETING_REBALANCE) {
            prepareRebalance();
        }
        completeIfAllJoined();
    }

    private JoinResult result(ClassicMember member) {
        List<JoinResult.JoinedMember> listed = !member.id.equals(leader)
                ? List.of()
                : members.values().stream()
                        .map(each -> new JoinResult.JoinedMember(each.id, each.instanceId, each.metadata(protocolName)))
                        .toList();
        return new JoinResult(
                GroupError.NONE,
                generation,
                protocolType,
                protocolName,
                leader == null ? "" : leader,
                false,
                member.id,
                listed);
    }

    private void answerJoin(ClassicMember member, JoinResult answer) {
        if (member.join != null) {
            context.reply(member.join, answer);
            member.join = null;
        }
    }

    private void answerSync(ClassicMember member, SyncResult answer) {
        if (member.sync != null) {
            context.reply(member.sync, answer);
            member.sync = null;
        }
    }

    // ---- assignments

    CompletableFuture<SyncResult> sync(SyncRequest request) {
        GroupError invalid = validateSync(request);
        if (invalid != GroupError.NONE) {
            return CompletableFuture.completedFuture(SyncResult.failed(invalid));
        }
        ClassicMember member = member(request.memberId());
        context.watches.seen(member.watch, request.client());
        member.watch.synced(context.now());
        return switch (state) {
            case COMPLETING_REBALANCE -> syncCompleting(request, member);
            case STABLE -> {
                synced(member.id);
                yield CompletableFuture.completedFuture(assignment(member));
            }
            default -> CompletableFuture.completedFuture(SyncResult.failed(GroupError.REBALANCE_IN_PROGRESS));
        };
    }

    private GroupError validateSync(SyncRequest request) {
        GroupError invalid = validate(request.memberId(), request.groupInstanceId(), request.client());
        if (invalid != GroupError.NONE) {
            return invalid;
        }
        if (request.generation() != generation) {
            return GroupError.ILLEGAL_GENERATION;
        }
        boolean otherType =
                request.protocolType() != null && !request.protocolType().equals(protocolType);
        boolean otherName = request.protocolName() != null
                && protocolName != null
                && !request.protocolName().equals(protocolName);
        return otherType || otherName ? GroupError.INCONSISTENT_GROUP_PROTOCOL : GroupError.NONE;
    }

    private CompletableFuture<SyncResult> syncCompleting(SyncRequest request, ClassicMember member) {
        if (!member.id.equals(leader)) {
            synced(member.id);
            answerSync(member, SyncResult.failed(GroupError.REBALANCE_IN_PROGRESS));
            CompletableFuture<SyncResult> future = new CompletableFuture<>();
            member.sync = future;
            return future;
        }
        if (!store(request)) {
            return CompletableFuture.completedFuture(SyncResult.failed(GroupError.COORDINATOR_NOT_AVAILABLE));
        }
        synced(member.id);
        for (ClassicMember each : members.values()) {
            answerSync(each, assignment(each));
            startSession(each);
        }
        return CompletableFuture.completedFuture(assignment(member));
    }

    private void synced(String memberId) {
        pendingSyncs.remove(memberId);
        if (pendingSyncs.isEmpty()) {
            syncTimer = cancel(syncTimer);
        }
    }

    /** Makes the leader's assignment durable; a member that it left out gets none. */
    private boolean store(SyncRequest request) {
        Changes changes = new Changes()
                .put(groupId, new ClassicHeader(protocolType, protocolName, generation, leader, GroupState.STABLE));
        List<RebalanceMember> after = new ArrayList<>();
        for (ClassicMember member : members.values()) {
            byte[] assigned = request.assignments().getOrDefault(member.id, new byte[0]);
            changes.put(groupId, member.id, member.value(assigned));
            after.add(journalMember(member, context.decoder.assignment(assigned)));
        }
        changes.journal(recorder.entry(
                Rebalance.Outcome.COMPLETED,
                new RebalanceRecorder.After(generation, protocolType, protocolName, leader, after, after.size())));
        try {
            context.commit(changes);
            recorder.ended();
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    private SyncResult assignment(ClassicMember member) {
        return new SyncResult(GroupError.NONE, protocolType, protocolName, member.assignment);
    }

    // ---- signs of life

    GroupError heartbeat(HeartbeatRequest request) {
        GroupError invalid = validate(request.memberId(), request.groupInstanceId(), request.client());
        if (invalid != GroupError.NONE) {
            return invalid;
        }
        if (request.generation() != generation) {
            return GroupError.ILLEGAL_GENERATION;
        }
        ClassicMember member = member(request.memberId());
        context.watches.seen(member.watch, request.client());
        member.watch.heartbeat(context.now());
        startSession(member);
        return state == GroupState.PREPARING_REBALANCE ? GroupError.REBALANCE_IN_PROGRESS : GroupError.NONE;
    }

    private GroupError validate(String memberId, @Nullable String instanceId, ClientInfo client) {
        if (instanceId != null) {
            String owner = staticMembers.get(instanceId);
            if (owner == null) {
                return GroupError.UNKNOWN_MEMBER_ID;
            }
            if (!owner.equals(memberId)) {
                fenced(memberId, instanceId, client, owner);
                return GroupError.FENCED_INSTANCE_ID;
            }
        }
        return members.containsKey(memberId) ? GroupError.NONE : GroupError.UNKNOWN_MEMBER_ID;
    }

    /** Two processes with one instance id go on like this for ever, hence evidence of each member that was fenced. */
    private void fenced(String memberId, String instanceId, ClientInfo client, String owner) {
        if (!recorder.firstFenced(memberId)) {
            return;
        }
        Trigger trigger = trigger(
                Trigger.Kind.STATIC_MEMBER_FENCED,
                context.now(),
                memberId,
                instanceId,
                client,
                null,
                "the instance id belongs to " + owner,
                null);
        if (recorder.isOpen()) {
            recorder.trigger(trigger);
        } else {
            context.note(recorder.single(trigger, after()));
        }
    }

    private void startSession(ClassicMember member) {
        member.cancelSession();
        member.session = context.later(Duration.ofMillis(member.sessionTimeoutMillis), () -> sessionExpired(member));
    }

    private void sessionExpired(ClassicMember member) {
        // Who waits for an answer sends no heartbeats, but a new member must not wait for ever.
        boolean waits = !member.isNew && (member.join != null || member.sync != null);
        if (members.get(member.id) != member || waits) {
            return;
        }
        because(trigger(member, Trigger.Kind.SESSION_EXPIRED, null, null));
        remove(member.id, GroupError.UNKNOWN_MEMBER_ID);
        membersRemoved();
    }

    // ---- leaving

    @Override
    LeaveResult leave(LeaveRequest request) {
        List<LeaveResult.Left> left = new ArrayList<>();
        boolean anyone = false;
        for (LeaveRequest.Leaving leaving : request.members()) {
            GroupError error = leave(leaving, request.client());
            anyone |= error == GroupError.NONE;
            left.add(new LeaveResult.Left(leaving.memberId(), leaving.groupInstanceId(), error));
        }
        if (anyone) {
            membersRemoved();
        }
        return new LeaveResult(GroupError.NONE, left);
    }

    private GroupError leave(LeaveRequest.Leaving leaving, ClientInfo client) {
        String memberId = leaving.memberId();
        String instanceId = leaving.groupInstanceId();
        Timers.Handle pending = instanceId == null ? pendingJoins.remove(memberId) : null;
        if (pending != null) {
            pending.cancel();
            pendingLeft(leaving, client);
            return GroupError.NONE;
        }
        if (instanceId != null && memberId.isEmpty()) {
            memberId = staticMembers.getOrDefault(instanceId, "");
        }
        GroupError invalid = validate(memberId, instanceId, client);
        if (invalid == GroupError.NONE) {
            Trigger.Kind kind = isAdministrator(leaving) ? Trigger.Kind.ADMIN_REMOVED : Trigger.Kind.LEFT;
            because(trigger(member(memberId), kind, leaving.reason(), null));
            stayInRebalance();
            remove(memberId, GroupError.UNKNOWN_MEMBER_ID);
        }
        return invalid;
    }

    private void pendingLeft(LeaveRequest.Leaving leaving, ClientInfo client) {
        if (state != GroupState.EMPTY) {
            because(trigger(
                    Trigger.Kind.LEFT,
                    context.now(),
                    leaving.memberId(),
                    null,
                    client,
                    leaving.reason(),
                    "had not joined yet",
                    null));
            stayInRebalance();
        }
    }

    /** Several reasons at once belong to one rebalance. */
    private void stayInRebalance() {
        if (state == GroupState.COMPLETING_REBALANCE) {
            prepareRebalance();
        }
    }

    @Override
    void close(GroupError why) {
        joinTimer = cancel(joinTimer);
        syncTimer = cancel(syncTimer);
        pendingJoins.values().forEach(Timers.Handle::cancel);
        for (ClassicMember member : members.values()) {
            member.cancelSession();
            answerJoin(member, JoinResult.failed(why, member.id));
            answerSync(member, SyncResult.failed(why));
            context.watches.remove(member.watch);
        }
    }

    // ---- offsets

    @Override
    GroupError checkOffsetCommit(OffsetCommitCheck check) {
        GroupError invalid = validateCommit(check);
        ClassicMember member = members.get(check.memberId());
        if (invalid == GroupError.NONE && member != null) {
            member.watch.committed(context.now());
            boolean lives = state == GroupState.STABLE || state == GroupState.PREPARING_REBALANCE;
            if (!check.transactional() && lives && !member.isNew) {
                startSession(member);
            }
        }
        return invalid;
    }

    private GroupError validateCommit(OffsetCommitCheck check) {
        int by = check.generationOrMemberEpoch();
        if (by < 0 && state == GroupState.EMPTY) {
            return GroupError.NONE;
        }
        if (by >= 0 || !check.memberId().isEmpty() || check.groupInstanceId() != null) {
            GroupError invalid = validate(check.memberId(), check.groupInstanceId(), check.client());
            if (invalid != GroupError.NONE) {
                return invalid;
            }
            if (by != generation) {
                return GroupError.ILLEGAL_GENERATION;
            }
        } else if (!check.transactional() && state != GroupState.EMPTY) {
            return GroupError.UNKNOWN_MEMBER_ID;
        }
        boolean completing = !check.transactional() && state == GroupState.COMPLETING_REBALANCE;
        return completing ? GroupError.REBALANCE_IN_PROGRESS : GroupError.NONE;
    }

    GroupError checkOffsetDelete() {
        return state == GroupState.EMPTY || protocolType.equals(CONSUMER)
                ? GroupError.NONE
                : GroupError.NON_EMPTY_GROUP;
    }

    @Override
    boolean isSubscribed(String topic) {
        if (members.isEmpty()) {
            return false;
        }
        boolean consumers = protocolType.equals(CONSUMER);
        for (ClassicMember member : members.values()) {
            Optional<SubscriptionDecoder.Subscription> known =
                    consumers ? member.subscription(protocolName, context.decoder) : Optional.empty();
            if (known.isEmpty()) {
                return consumers;
            }
            if (known.get().topics().contains(topic)) {
                return true;
            }
        }
        return false;
    }

    // ---- what others see

    @Override
    GroupDescription describe() {
        boolean stable = state == GroupState.STABLE;
        return new ClassicGroupDescription(
                groupId,
                state,
                protocolType,
                stable && protocolName != null ? protocolName : "",
                generation,
                leader,
                members.values().stream()
                        .map(member -> describe(member, stable))
                        .toList());
    }

    private ClassicGroupDescription.Member describe(ClassicMember member, boolean stable) {
        return new ClassicGroupDescription.Member(
                member.id,
                member.instanceId,
                member.watch.client(),
                Duration.ofMillis(member.sessionTimeoutMillis),
                Duration.ofMillis(member.rebalanceTimeoutMillis),
                stable ? member.metadata(protocolName) : new byte[0],
                member.assignment,
                member.watch.statistics());
    }

    @Override
    void topicsChanged() {
        // The leader finds out by itself and joins again; the trigger then tells.
    }

    // ---- evidence

    private RebalanceRecorder.After after() {
        return new RebalanceRecorder.After(
                generation, protocolType, protocolName, leader, journalMembers(members.keySet()), members.size());
    }

    private List<RebalanceMember> journalMembers(Set<String> ids) {
        return members.values().stream()
                .filter(member -> ids.contains(member.id))
                .limit(Rebalance.LISTED_MAX)
                .map(member -> journalMember(member, member.assigned))
                .toList();
    }

    private RebalanceMember journalMember(ClassicMember member, Optional<List<TopicPartition>> assigned) {
        Optional<SubscriptionDecoder.Subscription> known = member.subscription(protocolName, context.decoder);
        ClientInfo client = member.watch.client();
        return new RebalanceMember(
                member.id,
                member.instanceId,
                client.clientId(),
                client.host(),
                client.softwareName(),
                client.softwareVersion(),
                member.sessionTimeoutMillis,
                member.rebalanceTimeoutMillis,
                known.map(ClassicGroup::topicsListed).orElse(List.of()),
                assigned.map(List::size).orElse(null),
                known.map(subscription -> subscription.ownedPartitions().size()).orElse(null));
    }

    private static List<String> topicsListed(SubscriptionDecoder.Subscription subscription) {
        return subscription.topics().stream()
                .sorted()
                .limit(RebalanceMember.TOPICS_LISTED_MAX)
                .toList();
    }

    private Trigger trigger(ClassicMember member, Trigger.Kind kind, @Nullable String reason, @Nullable String detail) {
        return trigger(
                kind,
                context.now(),
                member.id,
                member.instanceId,
                member.watch.client(),
                reason,
                detail,
                evidence(member, member.assigned.map(List::size).orElse(null)));
    }

    private Evidence evidence(ClassicMember member, @Nullable Integer owned) {
        return member.watch.evidence(
                context.now(),
                new MemberFacts(
                        member.sessionTimeoutMillis,
                        member.rebalanceTimeoutMillis,
                        null,
                        owned,
                        member.assignedBefore));
    }

    private Trigger rejoinTrigger(JoinRequest request, ClassicMember member) {
        Optional<SubscriptionDecoder.Subscription> before = member.subscription(protocolName, context.decoder);
        Optional<SubscriptionDecoder.Subscription> now = after(request).subscription(protocolName, context.decoder);
        Integer owned =
                now.map(subscription -> subscription.ownedPartitions().size()).orElse(null);
        String changes = RejoinChanges.between(before, now, member.protocolNames(), request.protocols());
        Trigger.Kind kind = Trigger.Kind.MEMBER_REJOINED;
        String detail = null;
        if (changes != null) {
            kind = Trigger.Kind.SUBSCRIPTION_CHANGED;
            detail = changes;
        } else if (!subscribedTopics().equals(subscribed)) {
            kind = Trigger.Kind.TOPICS_CHANGED;
            detail = RejoinChanges.between(subscribed, subscribedTopics());
        } else if (member.id.equals(leader) && state == GroupState.STABLE) {
            kind = Trigger.Kind.LEADER_REJOINED;
        }
        return trigger(
                kind,
                context.now(),
                member.id,
                member.instanceId,
                member.watch.client(),
                request.reason(),
                detail,
                evidence(member, owned));
    }

    private ClassicMember after(JoinRequest request) {
        ClassicMember joining =
                new ClassicMember(groupId, request.memberId(), request.groupInstanceId(), request.client());
        joining.protocols = request.protocols();
        return joining;
    }

    /** Those that exist, as far as the members' metadata tell. */
    private Map<String, TopicView.TopicInfo> subscribedTopics() {
        Map<String, TopicView.TopicInfo> topics = new TreeMap<>();
        for (ClassicMember member : members.values()) {
            member.subscription(protocolName, context.decoder)
                    .ifPresent(subscription -> subscription
                            .topics()
                            .forEach(topic -> context.topics.topic(topic).ifPresent(info -> topics.put(topic, info))));
        }
        return topics;
    }
}
