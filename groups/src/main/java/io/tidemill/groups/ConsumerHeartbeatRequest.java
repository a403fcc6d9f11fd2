package io.tidemill.groups;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A heartbeat of a member of a consumer group (KIP-848). What is null has not changed since the last one.
 *
 * @param memberId empty to have one made, where the request's version allows that
 * @param memberEpoch 0 joins, -1 leaves, -2 leaves for a while (static members)
 * @param rackId accepted, and ignored by the assignors
 * @param rebalanceTimeout null if unchanged
 * @param subscribedTopicRegex empty to stop subscribing by regular expression
 * @param serverAssignor null to leave the choice to the coordinator
 * @param ownedPartitions what the member has not revoked
 * @param requireMemberId whether an empty member id is refused (ConsumerGroupHeartbeat 1 and later)
 */
public record ConsumerHeartbeatRequest(
        ClientInfo client,
        String groupId,
        String memberId,
        int memberEpoch,
        @Nullable String groupInstanceId,
        @Nullable String rackId,
        @Nullable Duration rebalanceTimeout,
        @Nullable List<String> subscribedTopicNames,
        @Nullable String subscribedTopicRegex,
        @Nullable String serverAssignor,
        @Nullable List<TopicIdPartitions> ownedPartitions,
        boolean requireMemberId) {}
