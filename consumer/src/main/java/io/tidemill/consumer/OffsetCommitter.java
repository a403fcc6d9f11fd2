package io.tidemill.consumer;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits to Kafka what is done: now and then without waiting, and with waiting before partitions go. */
class OffsetCommitter implements Committer {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetCommitter.class);

    final Client client;
    final Flight flight;
    final Environment environment;
    private final long intervalNanos;
    private final int recordsMax;
    private final Duration revokeWaitMax;
    private long lastCommit;
    private boolean committing;

    OffsetCommitter(Settings<?, ?, ?> settings, Client client, Flight flight, Duration interval, int recordsMax) {
        this.client = client;
        this.flight = flight;
        this.environment = settings.environment();
        this.intervalNanos = interval.toNanos();
        this.recordsMax = recordsMax;
        this.revokeWaitMax = settings.revokeWaitMax();
        this.lastCommit = environment.nanos();
    }

    @Override
    public final void commitIfDue() {
        if (!committing && (nanosToNextCommit() <= 0 || flight.doneSinceCommit() >= recordsMax)) {
            lastCommit = environment.nanos();
            flight.commitBegins();
            beginCommit();
        }
        afterCommit();
    }

    void afterCommit() {}

    void beginCommit() {
        Map<TopicPartition, OffsetAndMetadata> offsets = flight.committable(client.assignment());
        if (!offsets.isEmpty()) {
            committing = true;
            environment.probe().reached(Probe.Point.BEFORE_COMMIT, offsets);
            client.consumer.commitAsync(offsets, this::committed);
        }
    }

    @SuppressWarnings("NullAway") // Kafka's callback: no exception is null
    private void committed(Map<TopicPartition, OffsetAndMetadata> offsets, Exception failure) {
        committing = false;
        if (failure == null) {
            flight.committed(offsets);
            environment.probe().reached(Probe.Point.AFTER_COMMIT, offsets);
        } else if (isPassing(failure)) {
            LOG.debug("A commit failed; the next one covers it", failure);
        } else {
            refused(failure);
        }
    }

    void refused(Exception failure) {
        throw failure instanceof KafkaException known ? known : new KafkaException(failure);
    }

    /** Whether a later commit, or another member, makes up for it. */
    static boolean isPassing(Throwable failure) {
        return failure instanceof RetriableException
                || failure instanceof CommitFailedException
                || failure instanceof RebalanceInProgressException;
    }

    @Override
    public final long nanosToNextCommit() {
        return intervalNanos - (environment.nanos() - lastCommit);
    }

    @Override
    public final int recordsMax() {
        return recordsMax;
    }

    @Override
    public void revoked(Collection<TopicPartition> partitions) {
        flight.settle(partitions);
        if (!flight.awaitSettled(partitions, revokeWaitMax.toNanos())) {
            LOG.warn(
                    "Handlers of {} did not end within {}: their records will be handled again",
                    partitions,
                    revokeWaitMax);
        }
        commitNow(partitions);
        flight.drop(partitions);
    }

    void commitNow(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = flight.committable(partitions);
        if (offsets.isEmpty()) {
            return;
        }
        environment.probe().reached(Probe.Point.BEFORE_COMMIT, offsets);
        try {
            client.commit(offsets);
            flight.committed(offsets);
        } catch (KafkaException e) {
            LOG.warn(
                    "The last commit of {} failed: records after the commit before it will be handled again",
                    partitions,
                    e);
        }
        environment.probe().reached(Probe.Point.AFTER_COMMIT, offsets);
    }

    @Override
    public void lost(Collection<TopicPartition> partitions) {
        flight.drop(partitions);
    }

    @Override
    public void closing() {
        flight.settle(client.assignment());
    }

    @Override
    public boolean isSettled() {
        return flight.isSettled(client.assignment());
    }

    @Override
    public void commitLast() {
        commitNow(client.assignment());
        flight.drop(client.assignment());
    }
}
