package io.tidemill.groups;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group as it is now.
 *
 * @param groupEpoch grows with every change of members, subscriptions or topics
 * @param assignmentEpoch the group epoch that the target assignment was made for
 * @param assignor the assignor that is used
 */
public record ConsumerGroupDescription(
        String groupId, GroupState state, int groupEpoch, int assignmentEpoch, String assignor, List<Member> members)
        implements GroupDescription {
    /**
     * A member.
     *
     * @param subscribedTopicRegex empty if there is none
     * @param assigned what it may own now
     * @param target what it is to own
     */
    public record Member(
            String memberId,
            @Nullable String groupInstanceId,
            @Nullable String rackId,
            ClientInfo client,
            int memberEpoch,
            int previousMemberEpoch,
            List<String> subscribedTopicNames,
            String subscribedTopicRegex,
            Duration sessionTimeout,
            Duration rebalanceTimeout,
            List<NamedPartitions> assigned,
            List<NamedPartitions> target,
            MemberStatistics statistics) {}

    /** Partitions of a topic that exists. */
    public record NamedPartitions(UUID topicId, String topic, List<Integer> partitions) {}
}
