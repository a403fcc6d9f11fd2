package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/** What evidence takes from the member itself. */
record MemberFacts(
        long sessionTimeoutMillis,
        long rebalanceTimeoutMillis,
        @Nullable Long heartbeatIntervalMillis,
        @Nullable Integer ownedPartitions,
        @Nullable Integer ownedPartitionsBefore) {}
