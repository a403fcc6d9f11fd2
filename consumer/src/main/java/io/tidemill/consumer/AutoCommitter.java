package io.tidemill.consumer;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Commits what was polled before it is handed out. */
final class AutoCommitter implements Committer {
    private final Client client;
    private final Flight flight;
    private final Probe probe;

    AutoCommitter(Settings<?, ?, ?> settings, Client client, Flight flight) {
        this.client = client;
        this.flight = flight;
        this.probe = settings.environment().probe();
    }

    @Override
    public void commitIfDue() {}

    @Override
    public boolean mayHandOut() {
        Map<TopicPartition, OffsetAndMetadata> offsets = flight.uncommittedPositions();
        return offsets.isEmpty() || commit(offsets);
    }

    /** While it cannot commit, nothing is handed out and polling goes on, which ends the rebalance that is the cause. */
    private boolean commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        probe.reached(Probe.Point.BEFORE_COMMIT, offsets);
        try {
            client.commit(offsets);
        } catch (KafkaException e) {
            if (OffsetCommitter.isPassing(e)) {
                return false;
            }
            throw e;
        }
        flight.committed(offsets);
        probe.reached(Probe.Point.AFTER_COMMIT, offsets);
        return true;
    }

    @Override
    public long nanosToNextCommit() {
        return Long.MAX_VALUE;
    }

    @Override
    public int recordsMax() {
        return Integer.MAX_VALUE;
    }

    /** What is committed goes on: nobody else will handle it. */
    @Override
    public void revoked(Collection<TopicPartition> partitions) {
        flight.dropUncommitted(partitions);
    }

    @Override
    public void lost(Collection<TopicPartition> partitions) {
        flight.dropUncommitted(partitions);
    }

    @Override
    public void closing() {
        flight.dropUncommitted(client.assignment());
    }

    @Override
    public boolean isSettled() {
        return flight.isEmpty();
    }

    @Override
    public void commitLast() {}
}
