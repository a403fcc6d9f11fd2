package io.tidemill.groups;

import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A KIP-848 group: members send heartbeats, the coordinator assigns and walks each member to its target. */
final class ConsumerGroup extends Group {
    /*
     * A heartbeat is decided on a draft, whose difference is written, and then applied. The group's epoch grows when members,
     * subscriptions or topics change; the next heartbeat makes a target assignment for it; each member's own heartbeats then
     * take it there. A partition is only given to a member when nobody else owns it or has yet to revoke it.
     */
    private static final int AWAY_EPOCH = -2;

    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Map<String, ConsumerMemberValue> members = new TreeMap<>();
    private final Map<String, String> staticMembers = new HashMap<>();
    private final Map<UUID, Map<Integer, String>> owners = new HashMap<>();
    private final Map<String, Attendance> attendances = new HashMap<>();
    private final RebalanceRecorder recorder;
    private final TopicPatterns patterns;

    private ConsumerHeader header = new ConsumerHeader(1, 1, 0, 0);
    private boolean written;
    private boolean topicsStale = true;
    private Map<String, TopicView.TopicInfo> subscribed = Map.of();

    ConsumerGroup(Context context, String groupId, TopicPatterns patterns) {
        super(context, groupId);
        this.patterns = patterns;
        this.recorder = new RebalanceRecorder(context, groupId, GroupType.CONSUMER);
    }

    /** What of a member is not durable. */
    private static final class Attendance {
        private final MemberWatch watch;
        private Timers.@Nullable Handle session;
        private Timers.@Nullable Handle revocation;

        private Attendance(MemberWatch watch) {
            this.watch = watch;
        }
    }

    @Override
    GroupType type() {
        return GroupType.CONSUMER;
    }

    @Override
    GroupState state() {
        if (members.isEmpty()) {
            return GroupState.EMPTY;
        }
        if (header.groupEpoch() > header.assignmentEpoch()) {
            return GroupState.ASSIGNING;
        }
        return isSettled() ? GroupState.STABLE : GroupState.RECONCILING;
    }

    private boolean isSettled() {
        return members.values().stream()
                .allMatch(member -> member.phase() == ConsumerMemberValue.Phase.STABLE
                        && member.epoch() == header.assignmentEpoch());
    }

    @Override
    String protocolType() {
        return "consumer";
    }

    @Override
    boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    boolean isDurable() {
        return written;
    }

    // ---- what is durable

    @Override
    void apply(GroupRecord record) {
        header = (ConsumerHeader) record;
        written = true;
    }

    @Override
    void apply(String memberId, @Nullable GroupRecord record) {
        ConsumerMemberValue before = members.remove(memberId);
        if (before != null) {
            release(before);
        }
        if (record == null) {
            if (before != null) {
                absent(before);
            }
            return;
        }
        ConsumerMemberValue member = (ConsumerMemberValue) record;
        members.put(memberId, member);
        if (member.groupInstanceId() != null) {
            staticMembers.put(member.groupInstanceId(), memberId);
        }
        own(member, member.assigned());
        own(member, member.pending());
        attendances.computeIfAbsent(memberId, id -> attendance(member));
    }

    private Attendance attendance(ConsumerMemberValue member) {
        ClientInfo client =
                new ClientInfo(member.clientId(), member.host(), member.softwareName(), member.softwareVersion(), "");
        String id = member.memberId();
        return new Attendance(context.watches.add(new MemberWatch(groupId, client, partition -> owns(id, partition))));
    }

    private boolean owns(String memberId, TopicPartition partition) {
        return context.topics
                .topic(partition.topic())
                .map(topic -> memberId.equals(owner(topic.id(), partition.partition())))
                .orElse(false);
    }

    private @Nullable String owner(UUID topic, int partition) {
        return owners.getOrDefault(topic, Map.of()).get(partition);
    }

    private void own(ConsumerMemberValue member, Map<UUID, Map<Integer, Integer>> partitions) {
        partitions.forEach((topic, epochs) -> epochs.keySet().forEach(partition -> {
            String other = owners.computeIfAbsent(topic, id -> new HashMap<>()).put(partition, member.memberId());
            if (other != null && !other.equals(member.memberId())) {
                throw new IllegalStateException("partition " + partition + " of topic " + topic + " in group " + groupId
                        + " is owned by " + other + " and by " + member.memberId());
            }
        }));
    }

    private void release(ConsumerMemberValue member) {
        release(member, member.assigned());
        release(member, member.pending());
    }

    private void release(ConsumerMemberValue member, Map<UUID, Map<Integer, Integer>> partitions) {
        partitions.forEach((topic, epochs) -> {
            Map<Integer, String> ofTopic = owners.getOrDefault(topic, new HashMap<>());
            epochs.keySet().forEach(partition -> ofTopic.remove(partition, member.memberId()));
            if (ofTopic.isEmpty()) {
                owners.remove(topic);
            }
        });
    }

    private void absent(ConsumerMemberValue member) {
        if (member.groupInstanceId() != null) {
            staticMembers.remove(member.groupInstanceId(), member.memberId());
        }
        Attendance attendance = attendances.remove(member.memberId());
        if (attendance != null) {
            cancelTimers(attendance);
            context.watches.remove(attendance.watch);
        }
    }

    @Override
    void loaded() {
        recorder.reloaded();
        subscribed = subscribedTopics(members);
        topicsStale = true;
        for (ConsumerMemberValue member : members.values()) {
            startSession(member.memberId());
            trackRevocation(member.memberId());
        }
        if (!members.isEmpty() && state() != GroupState.STABLE) {
            recorder.begin(header.groupEpoch(), List.of(), 0);
        }
    }

    @Override
    void close(GroupError why) {
        attendances.values().forEach(attendance -> {
            cancelTimers(attendance);
            context.watches.remove(attendance.watch);
        });
    }

    private static void cancelTimers(Attendance attendance) {
        attendance.session = cancel(attendance.session);
        attendance.revocation = cancel(attendance.revocation);
    }

    private static Timers.@Nullable Handle cancel(Timers.@Nullable Handle timer) {
        if (timer != null) {
            timer.cancel();
        }
        return null;
    }

    @Override
    void topicsChanged() {
        topicsStale = true;
    }

    // ---- heartbeats

    /** A state that is being decided: what is durable, and what would change. */
    private final class Draft {
        private ConsumerHeader newHeader = header;
        private final Map<String, ConsumerMemberValue> newMembers = new TreeMap<>(members);

        private Changes changes() {
            Changes changes = new Changes();
            if (!newHeader.equals(header) || !written) {
                changes.put(groupId, newHeader);
            }
            for (String memberId : members.keySet()) {
                if (!newMembers.containsKey(memberId)) {
                    changes.put(groupId, memberId, null);
                }
            }
            newMembers.forEach((memberId, member) -> {
                ConsumerMemberValue before = members.get(memberId);
                if (!member.equals(before)) {
                    changes.put(groupId, memberId, member);
                }
            });
            return changes;
        }

        private void put(ConsumerMemberValue member) {
            newMembers.put(member.memberId(), member);
        }

        private ConsumerMemberValue get(String memberId) {
            return Objects.requireNonNull(newMembers.get(memberId));
        }
    }

    /** @param memberId the request's, or a new one */
    ConsumerHeartbeatResult heartbeat(ConsumerHeartbeatRequest request, String memberId) {
        if (request.memberEpoch() < 0) {
            return leave(request);
        }
        Refusal refusal = refuse(request, memberId);
        if (refusal != null) {
            return ConsumerHeartbeatResult.failed(refusal.error(), refusal.message());
        }
        Draft draft = new Draft();
        List<Trigger> triggers = new ArrayList<>();
        boolean joins = admit(draft, request, memberId, triggers);
        ConsumerMemberValue before = draft.get(memberId);
        ConsumerMemberValue updated = before.updated(request);
        draft.put(updated);
        boolean resubscribed = !before.subscribedTopicNames().equals(updated.subscribedTopicNames())
                || !before.subscribedTopicRegex().equals(updated.subscribedTopicRegex());
        if (resubscribed && !joins) {
            triggers.add(subscriptionChanged(request, before, updated));
        }
        Map<String, TopicView.TopicInfo> topics = refreshTopics(draft, resubscribed, triggers);
        assignIfDue(draft);
        ConsumerMemberValue reconciled = new Reconciliation(
                        draft.get(memberId),
                        draft.newHeader.assignmentEpoch(),
                        topicIds(topics, updated),
                        this::owner,
                        request.ownedPartitions())
                .next(resubscribed);
        draft.put(reconciled);
        try {
            commit(draft, triggers);
        } catch (LogException e) {
            return ConsumerHeartbeatResult.failed(
                    GroupError.COORDINATOR_NOT_AVAILABLE, "the group's state cannot be written: " + e.getMessage());
        }
        attended(request, memberId, before, reconciled, topics);
        return answer(request, before, reconciled);
    }

    private void attended(
            ConsumerHeartbeatRequest request,
            String memberId,
            ConsumerMemberValue before,
            ConsumerMemberValue after,
            Map<String, TopicView.TopicInfo> topics) {
        subscribed = topics;
        topicsStale = false;
        Attendance attendance = Objects.requireNonNull(attendances.get(memberId));
        context.watches.seen(attendance.watch, request.client());
        attendance.watch.heartbeat(context.now());
        if (request.memberEpoch() == 0) {
            attendance.watch.joined(context.now());
        }
        if (before.epoch() != after.epoch()) {
            attendance.watch.generationStarted();
        }
        startSession(memberId);
        if (before.phase() != after.phase()
                || before.epoch() != after.epoch()
                || !before.pending().equals(after.pending())) {
            trackRevocation(memberId);
        }
    }

    private ConsumerHeartbeatResult answer(
            ConsumerHeartbeatRequest request, ConsumerMemberValue before, ConsumerMemberValue after) {
        boolean full = request.rebalanceTimeout() != null
                && (request.subscribedTopicNames() != null || request.subscribedTopicRegex() != null)
                && request.ownedPartitions() != null;
        boolean tell = request.memberEpoch() == 0 || full || !before.assigned().equals(after.assigned());
        return new ConsumerHeartbeatResult(
                GroupError.NONE,
                null,
                after.memberId(),
                after.epoch(),
                context.options.consumerHeartbeatInterval(),
                tell ? Partitions.listed(after.assigned()) : null);
    }

    private record Refusal(GroupError error, String message) {}

    private @Nullable Refusal refuse(ConsumerHeartbeatRequest request, String memberId) {
        String regex = request.subscribedTopicRegex();
        if (regex != null && !regex.isEmpty() && patterns.resolve(regex) == null) {
            return new Refusal(
                    GroupError.INVALID_REGULAR_EXPRESSION,
                    "the regular expression is not valid, or takes too long to match: " + regex);
        }
        String instanceId = request.groupInstanceId();
        boolean joins = request.memberEpoch() == 0;
        ConsumerMemberValue member = members.get(memberId);
        if (instanceId != null) {
            String ownerId = staticMembers.get(instanceId);
            ConsumerMemberValue owner = ownerId == null ? null : members.get(ownerId);
            if (joins && owner != null && owner.epoch() != AWAY_EPOCH) {
                fencedBy(owner, request, memberId);
                return new Refusal(
                        GroupError.UNRELEASED_INSTANCE_ID,
                        "the instance id " + instanceId + " is in use by member " + owner.memberId());
            }
            if (!joins && owner == null) {
                return new Refusal(GroupError.UNKNOWN_MEMBER_ID, "no member has the instance id " + instanceId);
            }
            if (!joins && owner != null && !owner.memberId().equals(memberId)) {
                fencedBy(owner, request, memberId);
                return new Refusal(
                        GroupError.FENCED_INSTANCE_ID,
                        "the instance id " + instanceId + " belongs to member " + owner.memberId());
            }
        }
        if (member == null) {
            return refuseNew(memberId, joins);
        }
        return validEpoch(request, member) ? null : fencedEpoch(request, member);
    }

    private @Nullable Refusal refuseNew(String memberId, boolean joins) {
        if (!joins) {
            return new Refusal(GroupError.UNKNOWN_MEMBER_ID, "group " + groupId + " has no member " + memberId);
        }
        if (members.size() >= context.options.membersMax()) {
            return new Refusal(
                    GroupError.GROUP_MAX_SIZE_REACHED,
                    "group " + groupId + " has " + members.size() + " members already");
        }
        return null;
    }

    /** The answer that told the newest epoch may have been lost: then the one before is right too. */
    private static boolean validEpoch(ConsumerHeartbeatRequest request, ConsumerMemberValue member) {
        int epoch = request.memberEpoch();
        boolean previous = epoch < member.epoch()
                && epoch == member.previousEpoch()
                && request.ownedPartitions() != null
                && Partitions.isSubset(request.ownedPartitions(), member.assigned());
        return epoch == 0 || epoch == member.epoch() || previous;
    }

    private static Refusal fencedEpoch(ConsumerHeartbeatRequest request, ConsumerMemberValue member) {
        return new Refusal(
                GroupError.FENCED_MEMBER_EPOCH,
                "member " + member.memberId() + " is at epoch " + member.epoch() + ", not " + request.memberEpoch()
                        + "; it must give up its partitions and join again");
    }

    /** Puts the member in the draft; true if it is new there. */
    private boolean admit(Draft draft, ConsumerHeartbeatRequest request, String memberId, List<Trigger> triggers) {
        String instanceId = request.groupInstanceId();
        String oldId = instanceId == null ? null : staticMembers.get(instanceId);
        ConsumerMemberValue old = oldId == null ? null : members.get(oldId);
        if (old != null && !old.memberId().equals(memberId)) {
            draft.newMembers.remove(old.memberId());
            draft.put(old.replacedBy(memberId));
            triggers.add(trigger(
                    Trigger.Kind.STATIC_MEMBER_REPLACED,
                    context.now(),
                    memberId,
                    instanceId,
                    request.client(),
                    null,
                    "took over from " + oldId,
                    evidence(old)));
            return false;
        }
        ConsumerMemberValue member = members.get(memberId);
        if (member != null) {
            if (member.epoch() == AWAY_EPOCH) {
                draft.put(member.replacedBy(memberId));
            } else if (request.memberEpoch() == 0 && request.groupInstanceId() == null) {
                triggers.add(trigger(member, Trigger.Kind.MEMBER_REJOINED, null));
            }
            return false;
        }
        draft.put(ConsumerMemberValue.joining(memberId));
        triggers.add(trigger(
                Trigger.Kind.MEMBER_JOINED_NEW,
                context.now(),
                memberId,
                instanceId,
                request.client(),
                null,
                null,
                null));
        return true;
    }

    private Trigger subscriptionChanged(
            ConsumerHeartbeatRequest request, ConsumerMemberValue before, ConsumerMemberValue after) {
        String names = RejoinChanges.difference(
                Set.copyOf(before.subscribedTopicNames()), Set.copyOf(after.subscribedTopicNames()));
        String regex = before.subscribedTopicRegex().equals(after.subscribedTopicRegex())
                ? null
                : "regular expression '" + before.subscribedTopicRegex() + "' became '" + after.subscribedTopicRegex()
                        + "'";
        String detail = names == null ? regex : regex == null ? names : names + "; " + regex;
        return trigger(
                Trigger.Kind.SUBSCRIPTION_CHANGED,
                context.now(),
                after.memberId(),
                after.groupInstanceId(),
                request.client(),
                null,
                detail,
                evidence(after));
    }

    /** Bumps the group's epoch if subscriptions or what they stand for have changed. */
    private Map<String, TopicView.TopicInfo> refreshTopics(Draft draft, boolean resubscribed, List<Trigger> triggers) {
        boolean same =
                !resubscribed && !topicsStale && draft.newMembers.keySet().equals(members.keySet());
        Map<String, TopicView.TopicInfo> topics = same ? subscribed : subscribedTopics(draft.newMembers);
        long hash = same ? header.topicsHash() : hash(topics);
        boolean changed = hash != header.topicsHash();
        if (changed && topicsStale && !resubscribed) {
            triggers.add(RebalanceRecorder.anonymous(
                    Trigger.Kind.TOPICS_CHANGED, context.now(), cut(RejoinChanges.between(subscribed, topics))));
        }
        if (changed || resubscribed) {
            draft.newHeader = draft.newHeader.bumped().topicsHash(hash);
        }
        return topics;
    }

    private Map<String, TopicView.TopicInfo> subscribedTopics(Map<String, ConsumerMemberValue> of) {
        Set<String> names = new HashSet<>();
        Set<String> expressions = new HashSet<>();
        for (ConsumerMemberValue member : of.values()) {
            names.addAll(member.subscribedTopicNames());
            if (!member.subscribedTopicRegex().isEmpty() && expressions.add(member.subscribedTopicRegex())) {
                names.addAll(names(member));
            }
        }
        Map<String, TopicView.TopicInfo> topics = new TreeMap<>();
        names.forEach(name -> context.topics.topic(name).ifPresent(info -> topics.put(name, info)));
        return topics;
    }

    private Set<String> names(ConsumerMemberValue member) {
        Set<String> names = new TreeSet<>(member.subscribedTopicNames());
        if (!member.subscribedTopicRegex().isEmpty()) {
            Set<String> resolved = patterns.resolve(member.subscribedTopicRegex());
            names.addAll(resolved == null ? Set.of() : resolved);
        }
        return names;
    }

    private static long hash(Map<String, TopicView.TopicInfo> topics) {
        long hash = topics.size();
        for (TopicView.TopicInfo topic : topics.values()) {
            hash = hash * 31 + topic.name().hashCode();
            hash = hash * 0x9E3779B97F4A7C15L + topic.id().getMostSignificantBits();
            hash = hash * 0x9E3779B97F4A7C15L + topic.id().getLeastSignificantBits();
            hash = hash * 31 + topic.partitions();
        }
        return hash;
    }

    private Set<UUID> topicIds(Map<String, TopicView.TopicInfo> topics, ConsumerMemberValue member) {
        Set<UUID> ids = new HashSet<>();
        for (String name : names(member)) {
            TopicView.TopicInfo topic = topics.get(name);
            if (topic != null) {
                ids.add(topic.id());
            }
        }
        return ids;
    }

    // ---- assigning

    private void assignIfDue(Draft draft) {
        ConsumerHeader draftHeader = draft.newHeader;
        long interval = context.options.consumerAssignmentInterval().toMillis();
        boolean recent = interval > 0 && context.nowMillis() - draftHeader.assignedAtMillis() < interval;
        if (draftHeader.assignmentEpoch() >= draftHeader.groupEpoch() || recent) {
            return;
        }
        List<Assignor.Member> specs = new ArrayList<>();
        for (ConsumerMemberValue member : draft.newMembers.values()) {
            Map<UUID, Integer> topics = new TreeMap<>();
            names(member)
                    .forEach(name ->
                            context.topics.topic(name).ifPresent(topic -> topics.put(topic.id(), topic.partitions())));
            specs.add(new Assignor.Member(member.memberId(), member.groupInstanceId(), topics, member.target()));
        }
        Assignors.named(assignorName(draft.newMembers.values()))
                .assign(specs)
                .forEach((memberId, target) -> draft.put(draft.get(memberId).target(target)));
        draft.newHeader = draftHeader.assigned(context.nowMillis());
    }

    /** The one that most members ask for, or the first. */
    private static String assignorName(Collection<ConsumerMemberValue> of) {
        Map<String, Integer> votes = new TreeMap<>();
        for (ConsumerMemberValue member : of) {
            if (member.serverAssignor() != null) {
                votes.merge(member.serverAssignor(), 1, Integer::sum);
            }
        }
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(Assignors.DEFAULT);
    }

    // ---- what becomes true

    private void commit(Draft draft, List<Trigger> triggers) {
        Changes changes = draft.changes();
        boolean bumped = draft.newHeader.groupEpoch() != header.groupEpoch();
        Map<String, Integer> epochs = new HashMap<>();
        members.forEach((memberId, member) -> epochs.put(memberId, member.epoch()));
        if (bumped) {
            changes.journal(recorder.entry(Rebalance.Outcome.SUPERSEDED, abandoned()));
        } else if (!recorder.isOpen() && !triggers.isEmpty()) {
            changes.journal(recorder.single(triggers.get(0), after()));
        }
        List<RebalanceMember> before = bumped ? journalMembers() : List.of();
        int countBefore = members.size();
        int epochBefore = header.groupEpoch();
        context.commit(changes);
        if (bumped) {
            recorder.ended();
            recorder.begin(epochBefore, before, countBefore);
        }
        triggers.forEach(recorder::trigger);
        arrivals(epochs);
        complete();
    }

    private void arrivals(Map<String, Integer> epochsBefore) {
        if (!recorder.isOpen()) {
            return;
        }
        members.forEach((memberId, member) -> {
            boolean there = member.epoch() == header.assignmentEpoch();
            if (there && !Integer.valueOf(member.epoch()).equals(epochsBefore.get(memberId))) {
                recorder.arrived(memberId, member.groupInstanceId(), member.clientId());
            }
        });
    }

    private void complete() {
        if (!recorder.isOpen() || header.groupEpoch() != header.assignmentEpoch()) {
            return;
        }
        if (isSettled()) {
            context.note(recorder.entry(
                    members.isEmpty() ? Rebalance.Outcome.EMPTIED : Rebalance.Outcome.COMPLETED, after()));
            recorder.ended();
        }
    }

    // ---- leaving

    private ConsumerHeartbeatResult leave(ConsumerHeartbeatRequest request) {
        String memberId = request.memberId();
        String instanceId = request.groupInstanceId();
        GroupError error = validate(memberId, instanceId);
        if (error != GroupError.NONE) {
            return ConsumerHeartbeatResult.failed(error, "group " + groupId + " has no such member: " + memberId);
        }
        ConsumerMemberValue member = Objects.requireNonNull(members.get(memberId));
        try {
            if (instanceId != null && request.memberEpoch() == AWAY_EPOCH) {
                goAway(member);
            } else {
                remove(List.of(trigger(member, Trigger.Kind.LEFT, null)), List.of(member));
            }
        } catch (LogException e) {
            return ConsumerHeartbeatResult.failed(
                    GroupError.COORDINATOR_NOT_AVAILABLE, "the group's state cannot be written: " + e.getMessage());
        }
        return new ConsumerHeartbeatResult(GroupError.NONE, null, memberId, request.memberEpoch(), Duration.ZERO, null);
    }

    private GroupError validate(String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            String ownerId = staticMembers.get(instanceId);
            if (ownerId == null) {
                return GroupError.UNKNOWN_MEMBER_ID;
            }
            if (!ownerId.equals(memberId)) {
                return GroupError.FENCED_INSTANCE_ID;
            }
        }
        return members.containsKey(memberId) ? GroupError.NONE : GroupError.UNKNOWN_MEMBER_ID;
    }

    /** A static member leaves for a while: its partitions wait for it until its session ends. */
    private void goAway(ConsumerMemberValue member) {
        context.commit(new Changes().put(groupId, member.memberId(), member.away()));
        Attendance attendance = attendances.get(member.memberId());
        if (attendance != null) {
            attendance.revocation = cancel(attendance.revocation);
        }
    }

    private void remove(List<Trigger> triggers, List<ConsumerMemberValue> leaving) {
        Draft draft = new Draft();
        leaving.forEach(member -> draft.newMembers.remove(member.memberId()));
        Map<String, TopicView.TopicInfo> topics = subscribedTopics(draft.newMembers);
        draft.newHeader = draft.newHeader.bumped().topicsHash(hash(topics));
        Changes changes = draft.changes();
        changes.journal(recorder.entry(Rebalance.Outcome.SUPERSEDED, abandoned()));
        List<RebalanceMember> before = journalMembers();
        int countBefore = members.size();
        int epochBefore = header.groupEpoch();
        context.commit(changes);
        subscribed = topics;
        recorder.ended();
        recorder.begin(epochBefore, before, countBefore);
        triggers.forEach(recorder::trigger);
        if (members.isEmpty()) {
            context.note(recorder.entry(Rebalance.Outcome.EMPTIED, after()));
            recorder.ended();
        }
    }

    /** By LeaveGroup: administrators remove members this way. */
    @Override
    LeaveResult leave(LeaveRequest request) {
        List<LeaveResult.Left> left = new ArrayList<>();
        List<Trigger> triggers = new ArrayList<>();
        Map<String, ConsumerMemberValue> leaving = new LinkedHashMap<>();
        for (LeaveRequest.Leaving one : request.members()) {
            String instanceId = one.groupInstanceId();
            String memberId = instanceId != null && one.memberId().isEmpty()
                    ? staticMembers.getOrDefault(instanceId, "")
                    : one.memberId();
            GroupError error = validate(memberId, instanceId);
            ConsumerMemberValue member = members.get(memberId);
            if (error == GroupError.NONE && member != null && leaving.put(memberId, member) == null) {
                Trigger.Kind kind = isAdministrator(one) ? Trigger.Kind.ADMIN_REMOVED : Trigger.Kind.LEFT;
                triggers.add(trigger(member, kind, one.reason()));
            }
            left.add(new LeaveResult.Left(one.memberId(), instanceId, error));
        }
        if (!leaving.isEmpty()) {
            try {
                remove(triggers, List.copyOf(leaving.values()));
            } catch (LogException e) {
                return new LeaveResult(GroupError.COORDINATOR_NOT_AVAILABLE, List.of());
            }
        }
        return new LeaveResult(GroupError.NONE, left);
    }

    private void startSession(String memberId) {
        Attendance attendance = attendances.get(memberId);
        if (attendance != null) {
            attendance.session = cancel(attendance.session);
            attendance.session = context.later(
                    context.options.consumerSessionTimeout(),
                    () -> expired(memberId, attendance, Trigger.Kind.SESSION_EXPIRED));
        }
    }

    /** A member that has to revoke must do so within its rebalance timeout, counted anew with each step. */
    private void trackRevocation(String memberId) {
        Attendance attendance = attendances.get(memberId);
        ConsumerMemberValue member = members.get(memberId);
        if (attendance == null || member == null) {
            return;
        }
        attendance.revocation = cancel(attendance.revocation);
        if (member.phase() == ConsumerMemberValue.Phase.UNREVOKED_PARTITIONS) {
            attendance.revocation = context.later(
                    Duration.ofMillis(member.rebalanceTimeoutMillis()), () -> revocationTimedOut(memberId, attendance));
        }
    }

    private void revocationTimedOut(String memberId, Attendance attendance) {
        ConsumerMemberValue member = members.get(memberId);
        if (member != null && member.phase() == ConsumerMemberValue.Phase.UNREVOKED_PARTITIONS) {
            expired(memberId, attendance, Trigger.Kind.REBALANCE_TIMEOUT);
        }
    }

    private void expired(String memberId, Attendance attendance, Trigger.Kind kind) {
        ConsumerMemberValue member = members.get(memberId);
        if (member == null || attendances.get(memberId) != attendance) {
            return;
        }
        String detail = kind == Trigger.Kind.REBALANCE_TIMEOUT
                ? "did not revoke " + Partitions.count(member.pending()) + " partitions in time"
                : null;
        Trigger trigger = trigger(
                kind,
                context.now(),
                memberId,
                member.groupInstanceId(),
                attendance.watch.client(),
                null,
                member.epoch() == AWAY_EPOCH ? "away, its instance id was not used again" : detail,
                evidence(member));
        try {
            remove(List.of(trigger), List.of(member));
        } catch (LogException e) {
            retry(memberId, attendance, kind);
        }
    }

    private void retry(String memberId, Attendance attendance, Trigger.Kind kind) {
        Timers.Handle retry = context.later(RETRY, () -> expired(memberId, attendance, kind));
        if (kind == Trigger.Kind.REBALANCE_TIMEOUT) {
            attendance.revocation = retry;
        } else {
            attendance.session = retry;
        }
    }

    // ---- offsets

    @Override
    GroupError checkOffsetCommit(OffsetCommitCheck check) {
        int epoch = check.generationOrMemberEpoch();
        if (epoch < 0 && members.isEmpty()) {
            return GroupError.NONE;
        }
        boolean anonymous = epoch == -1 && check.memberId().isEmpty() && check.groupInstanceId() == null;
        if (check.transactional() && anonymous) {
            return GroupError.NONE;
        }
        ConsumerMemberValue member = members.get(check.memberId());
        if (member == null) {
            return GroupError.UNKNOWN_MEMBER_ID;
        }
        if (!check.transactional() && check.requestVersion() < 9) {
            return GroupError.UNSUPPORTED_VERSION;
        }
        if (epoch != member.epoch() && (epoch > member.epoch() || !ownedSince(member, epoch, check.partitions()))) {
            return check.transactional() ? GroupError.ILLEGAL_GENERATION : GroupError.STALE_MEMBER_EPOCH;
        }
        Attendance attendance = attendances.get(check.memberId());
        if (attendance != null) {
            attendance.watch.committed(context.now());
        }
        return GroupError.NONE;
    }

    /** An older epoch is good enough for partitions that were the member's then and are still (KIP-1251). */
    private boolean ownedSince(ConsumerMemberValue member, int epoch, Set<TopicPartition> partitions) {
        return partitions.stream().allMatch(partition -> {
            Optional<TopicView.TopicInfo> topic = context.topics.topic(partition.topic());
            Integer at = topic.isEmpty() ? null : member.assignedAt(topic.get().id(), partition.partition());
            return at != null && epoch >= at;
        });
    }

    GroupError checkOffsetFetch(OffsetFetchCheck check) {
        if (check.memberId() == null && check.memberEpoch() < 0) {
            return GroupError.NONE;
        }
        ConsumerMemberValue member = check.memberId() == null ? null : members.get(check.memberId());
        if (member == null) {
            return GroupError.UNKNOWN_MEMBER_ID;
        }
        return member.epoch() == check.memberEpoch() ? GroupError.NONE : GroupError.STALE_MEMBER_EPOCH;
    }

    @Override
    boolean isSubscribed(String topic) {
        return members.values().stream().anyMatch(member -> names(member).contains(topic));
    }

    // ---- what others see

    @Override
    GroupDescription describe() {
        return new ConsumerGroupDescription(
                groupId,
                state(),
                header.groupEpoch(),
                header.assignmentEpoch(),
                assignorName(members.values()),
                members.values().stream().map(this::describe).toList());
    }

    private ConsumerGroupDescription.Member describe(ConsumerMemberValue member) {
        MemberWatch watch = Objects.requireNonNull(attendances.get(member.memberId())).watch;
        Map<UUID, Set<Integer>> owned = new TreeMap<>();
        member.assigned().forEach((topic, epochs) -> epochs.keySet().forEach(p -> Partitions.add(owned, topic, p)));
        member.pending().forEach((topic, epochs) -> epochs.keySet().forEach(p -> Partitions.add(owned, topic, p)));
        return new ConsumerGroupDescription.Member(
                member.memberId(),
                member.groupInstanceId(),
                member.rackId(),
                watch.client(),
                member.epoch(),
                member.previousEpoch(),
                member.subscribedTopicNames(),
                member.subscribedTopicRegex(),
                context.options.consumerSessionTimeout(),
                Duration.ofMillis(member.rebalanceTimeoutMillis()),
                named(owned),
                named(member.target()),
                watch.statistics());
    }

    private List<ConsumerGroupDescription.NamedPartitions> named(Map<UUID, Set<Integer>> partitions) {
        List<ConsumerGroupDescription.NamedPartitions> named = new ArrayList<>();
        partitions.forEach((id, numbers) -> context.topics
                .topic(id)
                .filter(topic -> !numbers.isEmpty())
                .ifPresent(topic -> named.add(new ConsumerGroupDescription.NamedPartitions(
                        id, topic.name(), numbers.stream().sorted().toList()))));
        return named;
    }

    // ---- evidence

    private void fencedBy(ConsumerMemberValue owner, ConsumerHeartbeatRequest request, String memberId) {
        if (owner.memberId().equals(memberId) || !recorder.firstFenced(memberId)) {
            return;
        }
        Trigger trigger = trigger(
                Trigger.Kind.STATIC_MEMBER_FENCED,
                context.now(),
                memberId,
                request.groupInstanceId(),
                request.client(),
                null,
                "the instance id belongs to " + owner.memberId(),
                null);
        if (recorder.isOpen()) {
            recorder.trigger(trigger);
        } else {
            context.note(recorder.single(trigger, after()));
        }
    }

    private Trigger trigger(ConsumerMemberValue member, Trigger.Kind kind, @Nullable String reason) {
        Attendance attendance = attendances.get(member.memberId());
        ClientInfo client = attendance == null
                ? new ClientInfo(member.clientId(), member.host(), "", "", "")
                : attendance.watch.client();
        return trigger(
                kind,
                context.now(),
                member.memberId(),
                member.groupInstanceId(),
                client,
                reason,
                null,
                evidence(member));
    }

    private @Nullable Evidence evidence(ConsumerMemberValue member) {
        Attendance attendance = attendances.get(member.memberId());
        int owned = Partitions.count(member.assigned()) + Partitions.count(member.pending());
        return attendance == null
                ? null
                : attendance.watch.evidence(
                        context.now(),
                        new MemberFacts(
                                context.options.consumerSessionTimeout().toMillis(),
                                member.rebalanceTimeoutMillis(),
                                context.options.consumerHeartbeatInterval().toMillis(),
                                owned,
                                null));
    }

    private RebalanceRecorder.After after() {
        return new RebalanceRecorder.After(
                header.groupEpoch(),
                "consumer",
                assignorName(members.values()),
                null,
                journalMembers(),
                members.size());
    }

    /** Without the members, who are listed when there is peace. */
    private RebalanceRecorder.After abandoned() {
        return new RebalanceRecorder.After(
                header.groupEpoch(), "consumer", assignorName(members.values()), null, List.of(), members.size());
    }

    private List<RebalanceMember> journalMembers() {
        return members.values().stream()
                .limit(Rebalance.LISTED_MAX)
                .map(this::journalMember)
                .toList();
    }

    private RebalanceMember journalMember(ConsumerMemberValue member) {
        return new RebalanceMember(
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.host(),
                member.softwareName(),
                member.softwareVersion(),
                context.options.consumerSessionTimeout().toMillis(),
                member.rebalanceTimeoutMillis(),
                names(member).stream().limit(RebalanceMember.TOPICS_LISTED_MAX).toList(),
                Partitions.count(member.assigned()),
                null);
    }
}
