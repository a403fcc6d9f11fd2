package io.tidemill.consumer;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The polling thread's work: poll, hand out, commit, and answer rebalances. */
final class PollLoop implements ConsumerRebalanceListener {
    private static final Duration POLL_WAIT_MAX = Duration.ofMillis(100);
    private static final long OBSERVE_NANOS = Duration.ofMillis(200).toNanos();

    private final Settings<?, ?, ?> settings;
    private final Client client;
    private final Flight flight;
    private final Committer committer;
    private final Workers workers;
    private final Environment environment;
    private final Map<TopicPartition, Progress.Observed> observed = new ConcurrentHashMap<>();
    private final AtomicLong rebalances = new AtomicLong();

    private volatile boolean stopAsked;
    private volatile @Nullable Throwable failure;

    /** From now on, partitions that go are only forgotten. */
    private boolean closed;

    /** Nothing more is polled. */
    private boolean draining;

    private long observedAt;

    PollLoop(Settings<?, ?, ?> settings, Client client, Flight flight, Committer committer, Workers workers) {
        this.settings = settings;
        this.client = client;
        this.flight = flight;
        this.committer = committer;
        this.workers = workers;
        this.environment = settings.environment();
        this.observedAt = environment.nanos() - OBSERVE_NANOS;
    }

    /** Runs until it is stopped or fails; ends what is under way. */
    void run() {
        try {
            committer.start();
            client.subscribe(settings, this);
            while (!stopAsked) {
                turn();
            }
        } catch (Throwable e) {
            fail(e);
        } finally {
            drain();
        }
    }

    private void turn() {
        committer.commitIfDue();
        handOut();
        client.pauseOnly(flight.toPause(client.assignment()));
        ConsumerRecords<byte[], byte[]> polled = client.poll(pollWait());
        flight.polled(polled, environment.now());
        if (!polled.isEmpty()) {
            environment.probe().reached(Probe.Point.POLLED, polled);
        }
        observe();
    }

    private void handOut() {
        if (committer.mayHandOut()) {
            workers.submit(flight.admit());
        }
    }

    private Duration pollWait() {
        long nanos = Math.min(POLL_WAIT_MAX.toNanos(), Math.max(0, committer.nanosToNextCommit()));
        return Duration.ofNanos(nanos);
    }

    /** Waits for what runs, and goes on polling meanwhile so that the group does not lose us; then commits. */
    private void drain() {
        draining = true;
        committer.closing();
        long deadline = environment.nanos() + settings.closeWaitMax().toNanos();
        while (!isSettled() && environment.nanos() - deadline < 0) {
            workers.submit(flight.admit());
            client.pauseOnly(Set.copyOf(client.assignment()));
            client.poll(POLL_WAIT_MAX);
        }
        committer.commitLast();
    }

    /** After a failure, what is queued is left. */
    private boolean isSettled() {
        return failure != null ? flight.isIdle() : committer.isSettled();
    }

    void close() {
        closed = true;
        workers.close();
        try {
            client.consumer.close();
        } finally {
            committer.close();
        }
    }

    private void observe() {
        if (environment.nanos() - observedAt < OBSERVE_NANOS) {
            return;
        }
        observedAt = environment.nanos();
        Set<TopicPartition> assignment = client.assignment();
        observed.keySet().retainAll(assignment);
        assignment.forEach(partition -> client.consumer
                .currentLag(partition)
                .ifPresent(lag -> observed.put(partition, new Progress.Observed(client.position(partition), lag))));
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        client.waker.beginCallback();
        rebalances.incrementAndGet();
        Map<TopicPartition, Claim> claims = committer.assigned(partitions);
        partitions.forEach(partition -> flight.assign(partition, claims.getOrDefault(partition, Claim.NONE)));
        if (draining) {
            flight.halt(partitions);
        }
        environment.probe().reached(Probe.Point.ASSIGNED, partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        client.waker.beginCallback();
        if (closed) {
            flight.drop(partitions);
        } else if (!partitions.isEmpty()) {
            environment.probe().reached(Probe.Point.REVOKING, partitions);
            committer.revoked(partitions);
            environment.probe().reached(Probe.Point.REVOKED, partitions);
        }
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        client.waker.beginCallback();
        environment.probe().reached(Probe.Point.LOST, partitions);
        committer.lost(partitions);
    }

    /** Called by any thread. */
    void stop() {
        stopAsked = true;
        client.waker.wake();
    }

    /** Called by any thread; the first failure is the one that counts. */
    synchronized void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        stop();
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    boolean isStopping() {
        return stopAsked;
    }

    /** Called by workers. */
    void progressed() {
        if (stopAsked || flight.hasRoom() || flight.doneSinceCommit() >= committer.recordsMax()) {
            client.waker.wake();
        }
    }

    Map<TopicPartition, PartitionStatus> partitions() {
        return flight.status(observed);
    }

    long rebalances() {
        return rebalances.get();
    }
}
