package io.tidemill.log;

import java.time.Duration;
import java.util.Set;

/**
 * A transactional id as it is now.
 *
 * @param timeout how long a transaction may stay open
 * @param startedMillis when the open one was begun; -1 if there is none
 * @param partitions of the open one
 */
public record TransactionDescription(
        String transactionalId,
        ProducerIdentity producer,
        TransactionState state,
        Duration timeout,
        long startedMillis,
        Set<TopicPartition> partitions) {}
