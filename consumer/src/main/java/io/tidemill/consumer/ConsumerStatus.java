package io.tidemill.consumer;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * How a consumer is doing, at one moment.
 *
 * @param recordsInFlight handed to workers and not done: running, waiting for a worker, or waiting for a retry
 * @param bytesInFlight of those, and of output that waits for its transaction
 * @param recordsHandled handlers that returned, since the start
 * @param failures calls of the handler that failed, since the start
 * @param recordsDiscarded skipped or dead-lettered, since the start
 * @param rebalances assignments since the start
 * @param partitions those assigned
 * @param failure why it stopped, if it failed
 */
public record ConsumerStatus(
        State state,
        int recordsInFlight,
        long bytesInFlight,
        long recordsHandled,
        long failures,
        long recordsDiscarded,
        long rebalances,
        Map<TopicPartition, PartitionStatus> partitions,
        Optional<Throwable> failure) {
    /** Stages of a consumer's life. */
    public enum State {
        RUNNING,
        STOPPING,
        STOPPED,
        /** Stopped by a failure. */
        FAILED
    }

    /** Records not done yet, as far as it is known: what the broker has and was not polled, and what is uncommitted here. */
    public long lag() {
        return partitions.values().stream().mapToLong(PartitionStatus::lag).sum();
    }
}
