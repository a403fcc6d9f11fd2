package io.tidemill.consumer;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** When a delivery commits what. Called by the polling thread only, also from within rebalances. */
interface Committer {
    /** Before the first poll. */
    default void start() {}

    /** Before each poll. */
    void commitIfDue();

    /** Whether what was polled may be handed to workers now. */
    default boolean mayHandOut() {
        return true;
    }

    /** How long a poll may last before {@link #commitIfDue} has something to do. */
    long nanosToNextCommit();

    /** So many records done make a commit due. */
    int recordsMax();

    /** What records of these new assignments may store under. */
    default Map<TopicPartition, Claim> assigned(Collection<TopicPartition> partitions) {
        return Map.of();
    }

    /** These partitions go to others as soon as this returns: ends their work, commits it, and drops the rest. */
    void revoked(Collection<TopicPartition> partitions);

    /** These partitions have other owners already. */
    void lost(Collection<TopicPartition> partitions);

    /** Begins to close: from now on polls return nothing. */
    void closing();

    /** Whether nothing runs any more. */
    boolean isSettled();

    /** The last commit. */
    void commitLast();

    default void close() {}
}
