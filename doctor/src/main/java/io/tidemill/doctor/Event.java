package io.tidemill.doctor;

import io.tidemill.groups.Evidence;
import io.tidemill.groups.GroupType;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.RebalanceMember;
import io.tidemill.groups.Trigger;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A trigger in its place. Compared by identity.
 *
 * @param entry index of the rebalance in the chronicle
 * @param number of the trigger within the rebalance
 * @param protocol of the rebalance, or of the last before it that had one: the entry of a group's end has none
 */
record Event(
        int entry,
        int number,
        Rebalance rebalance,
        Trigger trigger,
        Reason reason,
        @Nullable String protocol) {
    static Event of(int entry, int number, Rebalance rebalance, @Nullable String protocol) {
        Trigger trigger = rebalance.triggers().get(number);
        return new Event(entry, number, rebalance, trigger, Reason.of(trigger.reason()), protocol);
    }

    Trigger.Kind kind() {
        return trigger.kind();
    }

    long at() {
        return trigger.at();
    }

    @Nullable
    Evidence evidence() {
        return trigger.evidence();
    }

    boolean isDeparture() {
        return switch (kind()) {
            case LEFT, SESSION_EXPIRED, REBALANCE_TIMEOUT -> true;
            default -> false;
        };
    }

    boolean isArrival() {
        return kind() == Trigger.Kind.MEMBER_JOINED_NEW || kind() == Trigger.Kind.MEMBER_REJOINED;
    }

    /** A static KIP-848 member that said that it would come back, and did not within its session timeout. */
    boolean isAway() {
        String detail = trigger.detail();
        return kind() == Trigger.Kind.SESSION_EXPIRED && detail != null && detail.startsWith("away");
    }

    boolean isConsumerType() {
        return rebalance.type() == GroupType.CONSUMER;
    }

    Software software() {
        return Software.of(trigger.softwareName(), protocol, trigger.clientId());
    }

    /** Milliseconds; 0 if unknown. */
    long rebalanceTimeout() {
        Evidence evidence = evidence();
        if (evidence != null && evidence.rebalanceTimeoutMillis() > 0) {
            return evidence.rebalanceTimeoutMillis();
        }
        RebalanceMember member = memberBefore();
        return member == null ? 0 : member.rebalanceTimeoutMillis();
    }

    /** Milliseconds; 0 if unknown. */
    long sessionTimeout() {
        Evidence evidence = evidence();
        if (evidence != null && evidence.sessionTimeoutMillis() > 0) {
            return evidence.sessionTimeoutMillis();
        }
        RebalanceMember member = memberBefore();
        return member == null ? 0 : member.sessionTimeoutMillis();
    }

    private @Nullable RebalanceMember memberBefore() {
        return rebalance.membersBefore().stream()
                .filter(each -> each.memberId().equals(trigger.memberId()))
                .findFirst()
                .orElse(null);
    }

    /** Milliseconds since the member's last sign of life to the coordinator; null if unknown. */
    @Nullable
    Long silence() {
        Evidence evidence = evidence();
        return evidence == null
                ? null
                : Stream.of(
                                Optional.ofNullable(evidence.sinceHeartbeatMillis()),
                                Optional.ofNullable(evidence.sinceSyncMillis()),
                                Optional.ofNullable(evidence.sinceJoinMillis()))
                        .flatMap(Optional::stream)
                        .min(Long::compare)
                        .orElse(null);
    }

    /** Who stands behind it, as far as it can be told from another of the same kind. */
    String slot() {
        String instance = trigger.groupInstanceId();
        if (trigger.clientId() != null) {
            String id = instance == null ? "" : " as " + Words.name(instance);
            return Words.name(trigger.clientId()) + id + host();
        }
        if (instance != null) {
            return Words.name(instance) + host();
        }
        return trigger.memberId() == null ? "" : Words.name(trigger.memberId());
    }

    private String host() {
        String host = trigger.host();
        return host == null || host.isEmpty() ? "" : " (" + Words.name(host) + ")";
    }

    /** With the software, for people. */
    String client() {
        String software = trigger.softwareName();
        return software == null || software.isEmpty() ? slot() : slot() + ", " + Words.name(version(software));
    }

    private String version(String software) {
        String version = trigger.softwareVersion();
        return version == null || version.isEmpty() ? software : software + " " + version;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
