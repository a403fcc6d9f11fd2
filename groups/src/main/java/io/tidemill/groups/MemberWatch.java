package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is seen of one member. */
final class MemberWatch {
    final String groupId;
    private final Predicate<TopicPartition> owns;
    private final FetchGaps fetchGaps = new FetchGaps();
    private ClientInfo client;
    private @Nullable Boolean connectionOpen;
    private @Nullable Instant lastHeartbeat;
    private @Nullable Instant lastJoin;
    private @Nullable Instant lastSync;
    private @Nullable Instant lastFetch;
    private @Nullable Instant lastCommit;
    private long heartbeats;
    private long fetches;
    private long commits;
    private long heartbeatGapMaxMillis = -1;

    MemberWatch(String groupId, ClientInfo client, Predicate<TopicPartition> owns) {
        this.groupId = groupId;
        this.client = client;
        this.owns = owns;
        this.connectionOpen = client.connectionId().isEmpty() ? null : Boolean.TRUE;
    }

    ClientInfo client() {
        return client;
    }

    boolean owns(TopicPartition partition) {
        return owns.test(partition);
    }

    void connected(ClientInfo by) {
        client = by;
        connectionOpen = true;
    }

    void disconnected() {
        connectionOpen = false;
    }

    void joined(Instant at) {
        lastJoin = at;
    }

    void synced(Instant at) {
        lastSync = at;
    }

    void heartbeat(Instant at) {
        if (lastHeartbeat != null) {
            heartbeatGapMaxMillis = Math.max(heartbeatGapMaxMillis, millisBetween(lastHeartbeat, at));
        }
        lastHeartbeat = at;
        heartbeats++;
    }

    void fetched(Instant at) {
        if (lastFetch != null) {
            fetchGaps.add(millisBetween(lastFetch, at));
        }
        lastFetch = at;
        fetches++;
    }

    void committed(Instant at) {
        lastCommit = at;
        commits++;
    }

    /** Counts and gaps start anew. */
    void generationStarted() {
        fetchGaps.clear();
        heartbeats = 0;
        fetches = 0;
        commits = 0;
        heartbeatGapMaxMillis = -1;
    }

    MemberStatistics statistics() {
        return new MemberStatistics(
                lastHeartbeat,
                lastJoin,
                lastSync,
                lastFetch,
                lastCommit,
                heartbeats,
                fetches,
                commits,
                duration(fetchGaps.maxMillis()),
                duration(fetchGaps.p99Millis()),
                connectionOpen);
    }

    private static @Nullable Duration duration(@Nullable Long millis) {
        return millis == null ? null : Duration.ofMillis(millis);
    }

    Evidence evidence(Instant now, MemberFacts facts) {
        Long told = facts.heartbeatIntervalMillis();
        Long seen = heartbeatGapMaxMillis < 0 ? null : Long.valueOf(heartbeatGapMaxMillis);
        return new Evidence(
                since(lastHeartbeat, now),
                since(lastJoin, now),
                since(lastSync, now),
                since(lastFetch, now),
                since(lastCommit, now),
                fetchGaps.maxMillis(),
                fetchGaps.p99Millis(),
                fetches,
                heartbeats,
                commits,
                connectionOpen,
                facts.sessionTimeoutMillis(),
                facts.rebalanceTimeoutMillis(),
                told != null ? told : seen,
                facts.ownedPartitions(),
                facts.ownedPartitionsBefore());
    }

    private static @Nullable Long since(@Nullable Instant then, Instant now) {
        return then == null ? null : Long.valueOf(millisBetween(then, now));
    }

    private static long millisBetween(Instant from, Instant to) {
        return Math.max(0, Duration.between(from, to).toMillis());
    }
}
