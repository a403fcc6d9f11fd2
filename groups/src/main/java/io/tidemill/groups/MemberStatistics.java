package io.tidemill.groups;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a member since it joined; times are null where nothing was seen. Gaps between fetches and the counts
 * start anew with every generation or member epoch.
 *
 * @param connectionOpen whether the connection of its last group request is open; null if that is not known
 */
public record MemberStatistics(
        @Nullable Instant lastHeartbeat,
        @Nullable Instant lastJoin,
        @Nullable Instant lastSync,
        @Nullable Instant lastFetch,
        @Nullable Instant lastCommit,
        long heartbeats,
        long fetches,
        long commits,
        @Nullable Duration fetchGapMax,
        @Nullable Duration fetchGapP99,
        @Nullable Boolean connectionOpen) {}
