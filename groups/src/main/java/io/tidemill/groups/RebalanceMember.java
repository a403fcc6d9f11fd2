package io.tidemill.groups;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member as the journal lists it.
 *
 * @param subscribedTopics empty where they are not known; 100 at most
 * @param assignedPartitions how many; null where that is not known
 * @param ownedBefore how many it said to own when it joined; null where it did not tell
 */
public record RebalanceMember(
        String memberId,
        @Nullable String groupInstanceId,
        String clientId,
        String host,
        String softwareName,
        String softwareVersion,
        long sessionTimeoutMillis,
        long rebalanceTimeoutMillis,
        List<String> subscribedTopics,
        @Nullable Integer assignedPartitions,
        @Nullable Integer ownedBefore) {
    static final int TOPICS_LISTED_MAX = 100;

    RebalanceMember withoutTopics() {
        return new RebalanceMember(
                memberId,
                groupInstanceId,
                clientId,
                host,
                softwareName,
                softwareVersion,
                sessionTimeoutMillis,
                rebalanceTimeoutMillis,
                List.of(),
                assignedPartitions,
                ownedBefore);
    }
}
