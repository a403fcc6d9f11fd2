package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import io.tidemill.groups.Trigger;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Entries of the journal as the rules may trust them. JSON that a newer or another program wrote may lack what the types
 * promise, and hold any number.
 */
final class Sane {
    private static final long MILLIS_MAX = 366L * 24 * 3_600_000;
    private static final int CHARS_MAX = 500;
    private static final int TOPICS_MAX = 100;

    private Sane() {}

    static Optional<Rebalance> of(@Nullable Rebalance r) {
        if (r == null || isNull(r.group()) || isNull(r.type()) || isNull(r.outcome()) || r.startedAt() < 0) {
            return Optional.empty();
        }
        long endedAt = Math.min(Math.max(r.startedAt(), r.endedAt()), r.startedAt() + MILLIS_MAX);
        return Optional.of(new Rebalance(
                r.v(),
                r.group(),
                r.type(),
                r.outcome(),
                r.generationBefore(),
                r.generationAfter(),
                r.startedAt(),
                endedAt,
                text(r.protocolType()),
                cut(r.protocol()),
                cut(r.leader()),
                listed(r.triggers()).map(each -> trigger(each, r.startedAt())).toList(),
                Math.max(0, r.triggerCount()),
                listed(r.membersBefore()).map(Sane::member).toList(),
                Math.max(0, r.membersBeforeCount()),
                listed(r.members()).map(Sane::member).toList(),
                Math.max(0, r.memberCount()),
                listed(r.joins()).map(Sane::join).toList()));
    }

    private static <T> Stream<T> listed(@Nullable List<T> list) {
        return list == null
                ? Stream.empty()
                : list.stream().filter(Objects::nonNull).limit(Rebalance.LISTED_MAX);
    }

    private static Trigger trigger(Trigger t, long startedAt) {
        boolean timely = t.at() >= startedAt - MILLIS_MAX && t.at() <= startedAt + MILLIS_MAX;
        return new Trigger(
                isNull(t.kind()) ? Trigger.Kind.OTHER : t.kind(),
                timely && t.at() >= 0 ? t.at() : startedAt,
                cut(t.memberId()),
                cut(t.groupInstanceId()),
                cut(t.clientId()),
                cut(t.host()),
                cut(t.softwareName()),
                cut(t.softwareVersion()),
                cut(t.reason()),
                cut(t.detail()),
                t.evidence() == null ? null : evidence(t.evidence()));
    }

    private static Evidence evidence(Evidence e) {
        return new Evidence(
                span(e.sinceHeartbeatMillis()),
                span(e.sinceJoinMillis()),
                span(e.sinceSyncMillis()),
                span(e.sinceFetchMillis()),
                span(e.sinceCommitMillis()),
                span(e.fetchGapMaxMillis()),
                span(e.fetchGapP99Millis()),
                Math.max(0, e.fetches()),
                Math.max(0, e.heartbeats()),
                Math.max(0, e.commits()),
                e.connectionOpen(),
                clamp(e.sessionTimeoutMillis()),
                clamp(e.rebalanceTimeoutMillis()),
                span(e.heartbeatIntervalMillis()),
                e.ownedPartitions(),
                e.ownedPartitionsBefore());
    }

    private static RebalanceMember member(RebalanceMember m) {
        return new RebalanceMember(
                text(m.memberId()),
                cut(m.groupInstanceId()),
                text(m.clientId()),
                text(m.host()),
                text(m.softwareName()),
                text(m.softwareVersion()),
                clamp(m.sessionTimeoutMillis()),
                clamp(m.rebalanceTimeoutMillis()),
                listed(m.subscribedTopics()).limit(TOPICS_MAX).map(Sane::text).toList(),
                m.assignedPartitions(),
                m.ownedBefore());
    }

    private static Rebalance.JoinTiming join(Rebalance.JoinTiming j) {
        return new Rebalance.JoinTiming(
                text(j.memberId()), cut(j.groupInstanceId()), text(j.clientId()), span(j.afterMillis()));
    }

    private static @Nullable Long span(@Nullable Long millis) {
        return millis == null || millis < 0 || millis > MILLIS_MAX ? null : millis;
    }

    private static long clamp(long millis) {
        return Math.max(0, Math.min(MILLIS_MAX, millis));
    }

    private static String text(@Nullable String text) {
        String cut = cut(text);
        return cut == null ? "" : cut;
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= CHARS_MAX ? text : text.substring(0, CHARS_MAX);
    }

    private static boolean isNull(@Nullable Object value) {
        return value == null;
    }
}
