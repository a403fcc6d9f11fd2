package io.tidemill.groups;

/** The protocol that the members of a group speak. */
public enum GroupType {
    /** JoinGroup and SyncGroup; a member assigns. */
    CLASSIC,
    /** ConsumerGroupHeartbeat (KIP-848); the coordinator assigns. */
    CONSUMER
}
