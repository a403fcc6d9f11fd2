package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/**
 * What a coordinator knew of a member at one moment. Null stands for "never" or "not known". Gaps and counts are those of
 * the member's current generation.
 *
 * @param sinceFetchMillis since the client's last fetch; so too the other fetch fields
 * @param connectionOpen whether the connection of the member's last group request was open
 * @param heartbeatIntervalMillis told by the server (consumer) or the longest seen in this generation (classic)
 * @param ownedPartitions how many it said to own when it joined again, else how many it has
 * @param ownedPartitionsBefore how many it had in the generation before its current one (classic): more than it owns now when
 *     it joins again because it had to revoke some
 */
public record Evidence(
        @Nullable Long sinceHeartbeatMillis,
        @Nullable Long sinceJoinMillis,
        @Nullable Long sinceSyncMillis,
        @Nullable Long sinceFetchMillis,
        @Nullable Long sinceCommitMillis,
        @Nullable Long fetchGapMaxMillis,
        @Nullable Long fetchGapP99Millis,
        long fetches,
        long heartbeats,
        long commits,
        @Nullable Boolean connectionOpen,
        long sessionTimeoutMillis,
        long rebalanceTimeoutMillis,
        @Nullable Long heartbeatIntervalMillis,
        @Nullable Integer ownedPartitions,
        @Nullable Integer ownedPartitionsBefore) {}
