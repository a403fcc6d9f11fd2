package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/**
 * One reason for a rebalance.
 *
 * @param at milliseconds since the epoch
 * @param memberId null where no member is behind it; so are the fields that describe it
 * @param reason the client's own words; null where it gave none
 * @param detail what the coordinator adds, in words; null if nothing
 * @param evidence what was known of the member then; null where no member is behind it
 */
public record Trigger(
        Kind kind,
        long at,
        @Nullable String memberId,
        @Nullable String groupInstanceId,
        @Nullable String clientId,
        @Nullable String host,
        @Nullable String softwareName,
        @Nullable String softwareVersion,
        @Nullable String reason,
        @Nullable String detail,
        @Nullable Evidence evidence) {
    /** What happened. */
    public enum Kind {
        MEMBER_JOINED_NEW,
        /** A known member joined again. */
        MEMBER_REJOINED,
        LEADER_REJOINED,
        /** A member subscribes to other topics than before, or offers other protocols. */
        SUBSCRIPTION_CHANGED,
        /** Another process took over a static member's instance id. */
        STATIC_MEMBER_REPLACED,
        /** A process was refused because another has its instance id. */
        STATIC_MEMBER_FENCED,
        LEFT,
        SESSION_EXPIRED,
        /** A member did not come, sync or revoke in time. */
        REBALANCE_TIMEOUT,
        /** Topics that members subscribe to appeared, vanished or got more partitions. */
        TOPICS_CHANGED,
        ADMIN_REMOVED,
        /** The coordinator was started, at most five minutes before the rebalance began. */
        COORDINATOR_RELOADED,
        /** Written by a newer version. */
        @com.fasterxml.jackson.annotation.JsonEnumDefaultValue
        OTHER
    }
}
