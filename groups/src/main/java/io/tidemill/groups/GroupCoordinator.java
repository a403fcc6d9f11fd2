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
        throw new UnsupportedOperationException();
    }

    /** Waits for the other members, or answers at once. */
    public CompletableFuture<JoinResult> join(JoinRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Waits for the leader, or answers at once. */
    public CompletableFuture<SyncResult> sync(SyncRequest request) {
        throw new UnsupportedOperationException();
    }

    /** A classic heartbeat. */
    public GroupError heartbeat(HeartbeatRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Works for members of both types. */
    public LeaveResult leave(LeaveRequest request) {
        throw new UnsupportedOperationException();
    }

    /** A KIP-848 heartbeat. */
    public ConsumerHeartbeatResult heartbeat(ConsumerHeartbeatRequest request) {
        throw new UnsupportedOperationException();
    }

    /** Whether a commit may go on; if so, it counts as a sign of life of a classic member. */
    public OffsetCommitVerdict checkOffsetCommit(OffsetCommitCheck check) {
        throw new UnsupportedOperationException();
    }

    /** {@code NONE} if the offsets may be read; also for a group that does not exist, which has none. */
    public GroupError checkOffsetFetch(OffsetFetchCheck check) {
        throw new UnsupportedOperationException();
    }

    /** {@code GROUP_ID_NOT_FOUND} or {@code NON_EMPTY_GROUP} for the request as a whole. */
    public GroupError checkOffsetDelete(String groupId) {
        throw new UnsupportedOperationException();
    }

    /** Whether offsets of {@code topic} must stay ({@code GROUP_SUBSCRIBED_TO_TOPIC}). */
    public boolean isSubscribed(String groupId, String topic) {
        throw new UnsupportedOperationException();
    }

    /** Sorted by id; an empty set of states or types stands for all. Includes groups that only have offsets. */
    public List<GroupListing> list(Set<GroupState> states, Set<GroupType> types) {
        throw new UnsupportedOperationException();
    }

    /** Empty if there is no such group. */
    public Optional<GroupDescription> describe(String groupId) {
        throw new UnsupportedOperationException();
    }

    /** Forgets a group without members. Its offsets are the caller's to delete; a group that only has offsets gives {@code NONE}. */
    public GroupError delete(String groupId) {
        throw new UnsupportedOperationException();
    }

    /** The group's last rebalances, oldest first, {@value GroupOptions#REBALANCES_KEPT_MAX} at most; those since the coordinator was opened. */
    public List<Rebalance> rebalances(String groupId) {
        throw new UnsupportedOperationException();
    }

    /** To be called whenever a topic was created, deleted or got more partitions. */
    public void topicsChanged() {
        throw new UnsupportedOperationException();
    }

    /** Evidence for the journal; does nothing if no member fits. */
    public void memberActivity(ClientActivity activity) {
        throw new UnsupportedOperationException();
    }

    /** Evidence for the journal. */
    public void connectionClosed(String connectionId) {
        throw new UnsupportedOperationException();
    }

    /** Answers all who wait with {@code COORDINATOR_NOT_AVAILABLE}; changes no group. Does not close the log. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
