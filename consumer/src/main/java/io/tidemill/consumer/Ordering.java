package io.tidemill.consumer;

/** Which records are handled one after the other, in the order of their partition. */
public enum Ordering {
    /**
     * Those with equal keys (the same bytes) in one partition. Records without a key have no order among themselves. A record
     * that is being retried holds back only the records of its own key.
     */
    BY_KEY,
    /** Those of one partition. No more handlers run at once than there are partitions. */
    BY_PARTITION,
    /** None. */
    UNORDERED
}
