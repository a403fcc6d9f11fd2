package io.tidemill.log;

/** Where a transactional id is. Ending a transaction is one frame, so there is nothing between ongoing and complete. */
public enum TransactionState {
    /** No transaction yet. */
    EMPTY,
    ONGOING,
    COMPLETE_COMMIT,
    COMPLETE_ABORT
}
