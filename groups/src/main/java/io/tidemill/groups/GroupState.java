package io.tidemill.groups;

/** Where a group stands. */
public enum GroupState {
    /** No members. */
    EMPTY,
    /** Classic: members are being gathered for a new generation. */
    PREPARING_REBALANCE,
    /** Classic: the generation is complete and waits for its leader's assignment. */
    COMPLETING_REBALANCE,
    /** Consumer: the group's epoch is ahead of its assignment. */
    ASSIGNING,
    /** Consumer: members have yet to reach their target assignment. */
    RECONCILING,
    STABLE,
    /** It does not exist any more. */
    DEAD
}
