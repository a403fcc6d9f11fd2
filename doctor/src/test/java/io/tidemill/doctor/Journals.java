package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.GroupType;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import io.tidemill.groups.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Journals as a coordinator would write them, by hand. */
final class Journals {
    static final Instant NOW = Instant.parse("2026-03-01T15:00:00Z");
    static final Duration HOUR = Duration.ofHours(1);
    static final long START = NOW.minus(HOUR).toEpochMilli();

    final List<Rebalance> entries = new ArrayList<>();
    private final String group;
    private GroupType type = GroupType.CLASSIC;
    private String protocol = "range";
    private List<RebalanceMember> members = List.of();
    private int generation = 10;
    private String software = "apache-kafka-java";

    Journals(String group) {
        this.group = group;
    }

    Journals consumerType() {
        type = GroupType.CONSUMER;
        protocol = "uniform";
        return this;
    }

    Journals protocol(String value) {
        protocol = value;
        return this;
    }

    Journals software(String value) {
        software = value;
        return this;
    }

    Journals members(RebalanceMember... value) {
        members = List.of(value);
        return this;
    }

    /** @param second of the hour at which it begins; it takes a second */
    Journals rebalance(double second, Trigger... triggers) {
        return rebalance(second, 1_000, triggers);
    }

    Journals rebalance(double second, long tookMillis, Trigger... triggers) {
        long at = at(second);
        entries.add(new Rebalance(
                Rebalance.VERSION,
                group,
                type,
                Rebalance.Outcome.COMPLETED,
                generation,
                ++generation,
                at,
                at + tookMillis,
                "consumer",
                protocol,
                null,
                List.of(triggers),
                triggers.length,
                members,
                members.size(),
                members,
                members.size(),
                List.of()));
        return this;
    }

    static long at(double second) {
        return START + Math.round(second * 1_000);
    }

    Trigger trigger(
            Trigger.Kind kind,
            double second,
            String client,
            String memberId,
            @Nullable String reason,
            @Nullable Evidence evidence) {
        return new Trigger(
                kind,
                at(second),
                memberId,
                null,
                client,
                "/10.0.0." + client.length(),
                software,
                "4.3.1",
                reason,
                null,
                evidence);
    }

    Trigger left(double second, String client, String memberId, @Nullable String reason, @Nullable Evidence evidence) {
        return trigger(Trigger.Kind.LEFT, second, client, memberId, reason, evidence);
    }

    Trigger joined(double second, String client, String memberId) {
        return trigger(Trigger.Kind.MEMBER_JOINED_NEW, second, client, memberId, null, null);
    }

    Trigger rejoined(double second, String client, String memberId, @Nullable String reason) {
        return trigger(Trigger.Kind.MEMBER_REJOINED, second, client, memberId, reason, null);
    }

    Trigger expired(double second, String client, String memberId, Evidence evidence) {
        return trigger(Trigger.Kind.SESSION_EXPIRED, second, client, memberId, null, evidence);
    }

    static Trigger anonymous(Trigger.Kind kind, double second, @Nullable String detail) {
        return new Trigger(kind, at(second), null, null, null, null, null, null, null, detail, null);
    }

    static Trigger withInstance(Trigger t, String instance) {
        return new Trigger(
                t.kind(),
                t.at(),
                t.memberId(),
                instance,
                t.clientId(),
                t.host(),
                t.softwareName(),
                t.softwareVersion(),
                t.reason(),
                t.detail(),
                t.evidence());
    }

    /** Milliseconds since the last heartbeat, fetch and commit; null for never. */
    static Evidence evidence(
            @Nullable Long heartbeat, @Nullable Long fetch, @Nullable Long commit, @Nullable Boolean open) {
        return new Evidence(
                heartbeat, 600_000L, 600_000L, fetch, commit, 900L, 700L, 100, 100, 10, open, 10_000, 30_000, 3_000L, 4,
                4);
    }

    static RebalanceMember member(String client, int assigned, String... topics) {
        return new RebalanceMember(
                "m-" + client,
                null,
                client,
                "/10.0.0." + client.length(),
                "apache-kafka-java",
                "4.3.1",
                10_000,
                30_000,
                List.of(topics),
                assigned,
                null);
    }

    static RebalanceMember withTimeout(RebalanceMember m, long rebalanceTimeoutMillis) {
        return new RebalanceMember(
                m.memberId(),
                m.groupInstanceId(),
                m.clientId(),
                m.host(),
                m.softwareName(),
                m.softwareVersion(),
                m.sessionTimeoutMillis(),
                rebalanceTimeoutMillis,
                m.subscribedTopics(),
                m.assignedPartitions(),
                m.ownedBefore());
    }

    Observations observations() {
        return Observations.of(group, entries, HOUR, NOW);
    }

    Diagnosis diagnosis() {
        return RebalanceDoctor.diagnose(observations());
    }
}
