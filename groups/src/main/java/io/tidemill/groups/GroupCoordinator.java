package io.tidemill.groups;

import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordinates consumer groups, classic and KIP-848. Not thread-safe: the owner makes all calls on one thread, the one of the
 * first call after {@link #open}, and {@link Timers} runs its tasks there too; a call on another is refused with {@link
 * IllegalStateException}. Futures are completed there. A call may block for as long as a commit to the log takes. What a
 * reply promises is durable before it is given. If the log refuses a commit, nothing has changed and the answer is {@code
 * COORDINATOR_NOT_AVAILABLE}, which clients retry.
 */
public final class GroupCoordinator implements AutoCloseable {
    /** The compacted topic that holds the state of groups. */
    public static final String GROUPS_TOPIC = "__tidemill_groups";

    /** The topic that holds the journal of rebalances: {@link Rebalance}s as JSON, by group id. */
    public static final String REBALANCES_TOPIC = "__tidemill_rebalances";

    private static final Logger LOGGER = LoggerFactory.getLogger(GroupCoordinator.class);

    private final Log log;
    private final GroupOptions options;
    private final Context context;
    private final TopicPatterns patterns;
    private final Limits limits;
    private final Map<String, Group> groups = new TreeMap<>();
    private @Nullable Thread owner;
    private boolean closed;

    private GroupCoordinator(CoordinatorEnvironment environment, GroupOptions options) {
        this.log = environment.log();
        this.options = options;
        this.context = new Context(environment, options, this::apply, this::runTask);
        this.patterns = new TopicPatterns(environment.topics());
        this.limits = new Limits(options);
    }

    /** Creates the internal topics if they are missing and loads all groups; members' session timers start anew. */
    public static GroupCoordinator open(CoordinatorEnvironment environment, GroupOptions options) {
        GroupCoordinator coordinator = new GroupCoordinator(environment, options);
        coordinator.load();
        return coordinator;
    }

    private void load() {
        context.store.load().forEach(this::apply);
        groups.values().forEach(Group::loaded);
        if (!groups.isEmpty()) {
            LOGGER.info("{} groups loaded", groups.size());
        }
    }

    // ---- what is durable

    private void apply(Changes changes) {
        changes.records().forEach(this::apply);
    }

    private void apply(RecordKey key, @Nullable GroupRecord record) {
        String groupId = key.groupId();
        if (key.memberId() != null) {
            Group group = groups.get(groupId);
            if (group != null) {
                group.apply(key.memberId(), record);
            }
        } else if (record == null) {
            forget(groupId);
        } else if (record instanceof ClassicHeader) {
            ofType(groupId, GroupType.CLASSIC).apply(record);
        } else {
            ofType(groupId, GroupType.CONSUMER).apply(record);
        }
    }

    /** A group of another type has become empty before one of this type is made. */
    private Group ofType(String groupId, GroupType type) {
        Group group = groups.get(groupId);
        if (group == null || group.type() != type) {
            forget(groupId);
            group = create(groupId, type);
            groups.put(groupId, group);
        }
        return group;
    }

    private Group create(String groupId, GroupType type) {
        return type == GroupType.CLASSIC
                ? new ClassicGroup(context, groupId)
                : new ConsumerGroup(context, groupId, patterns);
    }

    private void forget(String groupId) {
        Group group = groups.remove(groupId);
        if (group != null) {
            group.close(GroupError.UNKNOWN_MEMBER_ID);
        }
    }

    // ---- one call at a time

    private <T> T call(Supplier<T> work) {
        Thread current = Thread.currentThread();
        if (owner == null) {
            owner = current;
        }
        if (owner != current) {
            throw new IllegalStateException("a coordinator belongs to one thread, " + owner.getName()
                    + ", and was called on " + current.getName());
        }
        try {
            return work.get();
        } finally {
            context.takeMaybeUnused().forEach(this::dropUnused);
            context.takeReplies().forEach(Runnable::run);
        }
    }

    private void runTask(Runnable task) {
        call(() -> {
            if (!closed) {
                task.run();
            }
            return GroupError.NONE;
        });
    }

    // ---- classic groups

    /** Waits for the other members, or answers at once. */
    public CompletableFuture<JoinResult> join(JoinRequest request) {
        return call(() -> {
            GroupError invalid = closed ? GroupError.COORDINATOR_NOT_AVAILABLE : limits.check(request);
            if (invalid == GroupError.NONE) {
                invalid = prepareJoin(request);
            }
            if (invalid != GroupError.NONE) {
                boolean other = invalid == GroupError.INCONSISTENT_GROUP_PROTOCOL;
                return CompletableFuture.completedFuture(JoinResult.failed(invalid, other ? "" : request.memberId()));
            }
            context.maybeUnused(request.groupId());
            return ((ClassicGroup) ofType(request.groupId(), GroupType.CLASSIC)).join(request);
        });
    }

    private GroupError prepareJoin(JoinRequest request) {
        Group group = groups.get(request.groupId());
        if (group == null) {
            if (!request.memberId().isEmpty()) {
                return GroupError.UNKNOWN_MEMBER_ID;
            }
            return groups.size() >= options.groupsMax() ? GroupError.COORDINATOR_NOT_AVAILABLE : GroupError.NONE;
        }
        if (group.type() == GroupType.CLASSIC) {
            return GroupError.NONE;
        }
        if (!group.isEmpty()) {
            return GroupError.INCONSISTENT_GROUP_PROTOCOL;
        }
        return replaceEmpty(request.groupId())
                ? request.memberId().isEmpty() ? GroupError.NONE : GroupError.UNKNOWN_MEMBER_ID
                : GroupError.COORDINATOR_NOT_AVAILABLE;
    }

    /** An empty group makes way for one of the other type. */
    private boolean replaceEmpty(String groupId) {
        try {
            context.commit(new Changes().end(groupId));
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    /** A group that nobody got into leaves no trace. */
    private void dropUnused(String groupId) {
        Group group = groups.get(groupId);
        if (group != null && group.isEmpty() && !group.isDurable()) {
            forget(groupId);
        }
    }

    private @Nullable ClassicGroup classic(String groupId) {
        return groups.get(groupId) instanceof ClassicGroup group ? group : null;
    }

    /** Waits for the leader, or answers at once. */
    public CompletableFuture<SyncResult> sync(SyncRequest request) {
        return call(() -> {
            ClassicGroup group = classic(request.groupId());
            GroupError invalid = closed ? GroupError.COORDINATOR_NOT_AVAILABLE : limits.check(request);
            if (invalid == GroupError.NONE && group == null) {
                invalid = GroupError.UNKNOWN_MEMBER_ID;
            }
            return group == null || invalid != GroupError.NONE
                    ? CompletableFuture.completedFuture(SyncResult.failed(invalid))
                    : group.sync(request);
        });
    }

    /** A classic heartbeat. */
    public GroupError heartbeat(HeartbeatRequest request) {
        return call(() -> {
            ClassicGroup group = classic(request.groupId());
            GroupError invalid = closed ? GroupError.COORDINATOR_NOT_AVAILABLE : limits.checkGroup(request.groupId());
            if (invalid != GroupError.NONE) {
                return invalid;
            }
            return group == null ? GroupError.UNKNOWN_MEMBER_ID : group.heartbeat(request);
        });
    }

    /** Works for members of both types. */
    public LeaveResult leave(LeaveRequest request) {
        return call(() -> {
            Group group = groups.get(request.groupId());
            GroupError invalid = closed ? GroupError.COORDINATOR_NOT_AVAILABLE : limits.check(request);
            if (invalid != GroupError.NONE) {
                return new LeaveResult(invalid, List.of());
            }
            if (group == null) {
                return new LeaveResult(
                        GroupError.NONE,
                        request.members().stream()
                                .map(one -> new LeaveResult.Left(
                                        one.memberId(), one.groupInstanceId(), GroupError.UNKNOWN_MEMBER_ID))
                                .toList());
            }
            context.maybeUnused(request.groupId());
            return group.leave(request);
        });
    }

    // ---- consumer groups

    /** A KIP-848 heartbeat. */
    public ConsumerHeartbeatResult heartbeat(ConsumerHeartbeatRequest request) {
        return call(() -> {
            if (closed) {
                return ConsumerHeartbeatResult.failed(GroupError.COORDINATOR_NOT_AVAILABLE, "closed");
            }
            ConsumerHeartbeatResult invalid = limits.check(request);
            if (invalid == null) {
                invalid = prepareHeartbeat(request);
            }
            if (invalid != null) {
                return invalid;
            }
            String memberId = request.memberId().isEmpty() ? context.newMemberId() : request.memberId();
            context.maybeUnused(request.groupId());
            return ((ConsumerGroup) ofType(request.groupId(), GroupType.CONSUMER)).heartbeat(request, memberId);
        });
    }

    private @Nullable ConsumerHeartbeatResult prepareHeartbeat(ConsumerHeartbeatRequest request) {
        Group group = groups.get(request.groupId());
        boolean joins = request.memberEpoch() == 0;
        if (group instanceof ConsumerGroup) {
            return null;
        }
        if (group == null) {
            if (!joins) {
                return ConsumerHeartbeatResult.failed(
                        GroupError.GROUP_ID_NOT_FOUND, "there is no consumer group " + request.groupId());
            }
            return groups.size() < options.groupsMax()
                    ? null
                    : ConsumerHeartbeatResult.failed(
                            GroupError.COORDINATOR_NOT_AVAILABLE, "there are " + groups.size() + " groups already");
        }
        if (!joins || !group.isEmpty()) {
            return ConsumerHeartbeatResult.failed(
                    GroupError.GROUP_ID_NOT_FOUND,
                    "group " + request.groupId() + " is a classic group"
                            + (joins ? "; it can become a consumer group once it has no members" : ""));
        }
        return replaceEmpty(request.groupId())
                ? null
                : ConsumerHeartbeatResult.failed(
                        GroupError.COORDINATOR_NOT_AVAILABLE, "the group's state cannot be written");
    }

    // ---- offsets

    /** {@code NONE} if the commit may go on; it then counts as a sign of life of a classic member. */
    public GroupError checkOffsetCommit(OffsetCommitCheck check) {
        return call(() -> {
            // The empty id is a group's too: clients of old commit to it, and Kafka lets them.
            if (!check.groupId().isEmpty() && limits.checkGroup(check.groupId()) != GroupError.NONE) {
                return GroupError.INVALID_GROUP_ID;
            }
            Group group = groups.get(check.groupId());
            if (group != null) {
                return group.checkOffsetCommit(check);
            }
            if (check.generationOrMemberEpoch() < 0) {
                return GroupError.NONE;
            }
            if (hasOffsets(check.groupId())) {
                // There is a group, of nobody: it has no member of that id.
                return GroupError.UNKNOWN_MEMBER_ID;
            }
            return !check.transactional() && check.requestVersion() >= 9
                    ? GroupError.GROUP_ID_NOT_FOUND
                    : GroupError.ILLEGAL_GENERATION;
        });
    }

    /** {@code NONE} if the offsets may be read; also for a group that does not exist, which has none. */
    public GroupError checkOffsetFetch(OffsetFetchCheck check) {
        return call(() -> groups.get(check.groupId()) instanceof ConsumerGroup group
                ? group.checkOffsetFetch(check)
                : GroupError.NONE);
    }

    /** {@code GROUP_ID_NOT_FOUND} or {@code NON_EMPTY_GROUP} for the request as a whole. */
    public GroupError checkOffsetDelete(String groupId) {
        return call(() -> {
            Group group = groups.get(groupId);
            if (group == null) {
                return hasOffsets(groupId) ? GroupError.NONE : GroupError.GROUP_ID_NOT_FOUND;
            }
            return group instanceof ClassicGroup classic ? classic.checkOffsetDelete() : GroupError.NONE;
        });
    }

    private boolean hasOffsets(String groupId) {
        return !log.groups().getOrDefault(groupId, Map.of()).isEmpty();
    }

    /** Whether offsets of {@code topic} must stay ({@code GROUP_SUBSCRIBED_TO_TOPIC}). */
    public boolean isSubscribed(String groupId, String topic) {
        return call(() -> {
            Group group = groups.get(groupId);
            return group != null && group.isSubscribed(topic);
        });
    }

    // ---- what there is

    /** Sorted by id; an empty set of states or types stands for all. Includes groups that only have offsets. Throws {@link LogException} if the log does. */
    public List<GroupListing> list(Set<GroupState> states, Set<GroupType> types) {
        return call(() -> {
            Map<String, GroupListing> all = new TreeMap<>();
            log.groups().forEach((groupId, offsets) -> {
                if (!offsets.isEmpty()) {
                    all.put(groupId, new GroupListing(groupId, GroupType.CLASSIC, "", GroupState.EMPTY));
                }
            });
            groups.forEach((groupId, group) ->
                    all.put(groupId, new GroupListing(groupId, group.type(), group.protocolType(), group.state())));
            return all.values().stream()
                    .filter(group -> states.isEmpty() || states.contains(group.state()))
                    .filter(group -> types.isEmpty() || types.contains(group.type()))
                    .toList();
        });
    }

    /** Empty if there is no such group. Throws {@link LogException} if the log does. */
    public Optional<GroupDescription> describe(String groupId) {
        return call(() -> {
            Group group = groups.get(groupId);
            if (group != null) {
                return Optional.of(group.describe());
            }
            return hasOffsets(groupId)
                    ? Optional.of(new ClassicGroupDescription(groupId, GroupState.EMPTY, "", "", 0, null, List.of()))
                    : Optional.empty();
        });
    }

    /**
     * Forgets a group without members. Its offsets are the caller's to delete; a group that only has offsets gives {@code
     * NONE}. Throws {@link LogException} if the log does.
     */
    public GroupError delete(String groupId) {
        return call(() -> {
            Group group = groups.get(groupId);
            if (group == null) {
                return hasOffsets(groupId) ? GroupError.NONE : GroupError.GROUP_ID_NOT_FOUND;
            }
            if (!group.isEmpty()) {
                return GroupError.NON_EMPTY_GROUP;
            }
            return replaceEmpty(groupId) ? GroupError.NONE : GroupError.COORDINATOR_NOT_AVAILABLE;
        });
    }

    /**
     * The group's last rebalances, oldest first, {@value GroupOptions#REBALANCES_KEPT_MAX} at most; those since the
     * coordinator was opened.
     */
    public List<Rebalance> rebalances(String groupId) {
        return call(() -> context.journal.of(groupId));
    }

    // ---- news

    /** To be called whenever a topic was created, deleted or got more partitions. */
    public void topicsChanged() {
        runTask(() -> {
            patterns.clear();
            groups.values().forEach(Group::topicsChanged);
        });
    }

    /** Evidence for the journal; does nothing if no member fits. */
    public void memberActivity(ClientActivity activity) {
        runTask(() -> context.watches.activity(activity));
    }

    /** Evidence for the journal. */
    public void connectionClosed(String connectionId) {
        runTask(() -> context.watches.closed(connectionId));
    }

    /** Answers all who wait with {@code COORDINATOR_NOT_AVAILABLE}; changes no group. Does not close the log. */
    @Override
    public void close() {
        runTask(() -> {
            groups.values().forEach(group -> group.close(GroupError.COORDINATOR_NOT_AVAILABLE));
            closed = true;
        });
    }
}
