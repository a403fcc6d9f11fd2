package io.tidemill.groups;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

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

    private GroupCoordinator() {}

    /** Creates the internal topics if they are missing and loads all groups; members' session timers start anew. */
    public static GroupCoordinator open(CoordinatorEnvironment environment, GroupOptions options) {
        return notYet();
    }

    /** Waits for the other members, or answers at once. */
    public CompletableFuture<JoinResult> join(JoinRequest request) {
        return notYet();
    }

    /** Waits for the leader, or answers at once. */
    public CompletableFuture<SyncResult> sync(SyncRequest request) {
        return notYet();
    }

    /** A classic heartbeat. */
    public GroupError heartbeat(HeartbeatRequest request) {
        return notYet();
    }

    /** Works for members of both types. */
    public LeaveResult leave(LeaveRequest request) {
        return notYet();
    }

    /** A KIP-848 heartbeat. */
    public ConsumerHeartbeatResult heartbeat(ConsumerHeartbeatRequest request) {
        return notYet();
    }

    /** {@code NONE} if the commit may go on; it then counts as a sign of life of a classic member. */
    public GroupError checkOffsetCommit(OffsetCommitCheck check) {
        return notYet();
    }

    /** {@code NONE} if the offsets may be read; also for a group that does not exist, which has none. */
    public GroupError checkOffsetFetch(OffsetFetchCheck check) {
        return notYet();
    }

    /** {@code GROUP_ID_NOT_FOUND} or {@code NON_EMPTY_GROUP} for the request as a whole. */
    public GroupError checkOffsetDelete(String groupId) {
        return notYet();
    }

    /** Whether offsets of {@code topic} must stay ({@code GROUP_SUBSCRIBED_TO_TOPIC}). */
    public boolean isSubscribed(String groupId, String topic) {
        return notYet();
    }

    /** Sorted by id; an empty set of states or types stands for all. Includes groups that only have offsets. */
    public List<GroupListing> list(Set<GroupState> states, Set<GroupType> types) {
        return notYet();
    }

    /** Empty if there is no such group. */
    public Optional<GroupDescription> describe(String groupId) {
        return notYet();
    }

    /** Forgets a group without members. Its offsets are the caller's to delete; a group that only has offsets gives {@code NONE}. */
    public GroupError delete(String groupId) {
        return notYet();
    }

    /** The group's last rebalances, oldest first, {@value GroupOptions#REBALANCES_KEPT_MAX} at most; those since the coordinator was opened. */
    public List<Rebalance> rebalances(String groupId) {
        return notYet();
    }

    /** To be called whenever a topic was created, deleted or got more partitions. */
    public void topicsChanged() {
        notYet();
    }

    /** Evidence for the journal; does nothing if no member fits. */
    public void memberActivity(ClientActivity activity) {
        notYet();
    }

    /** Evidence for the journal. */
    public void connectionClosed(String connectionId) {
        notYet();
    }

    /** Answers all who wait with {@code COORDINATOR_NOT_AVAILABLE}; changes no group. Does not close the log. */
    @Override
    public void close() {
        notYet();
    }

    @SuppressWarnings("TypeParameterUnusedInFormals")
    private static <T> T notYet() {
        if (GROUPS_TOPIC.isEmpty()) {
            throw new IllegalStateException();
        }
        throw new UnsupportedOperationException();
    }
}
