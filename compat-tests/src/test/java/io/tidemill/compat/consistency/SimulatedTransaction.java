package io.tidemill.compat.consistency;

import io.tidemill.log.LogException;
import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.Written;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A transactional producer: steps that may each be asked for again, and that end all together when one is refused. */
abstract class SimulatedTransaction extends SimulatedClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    final String transactionalId;
    private final Deque<Runnable> steps = new ArrayDeque<>();
    private final Map<TopicPartition, Integer> sequences = new HashMap<>();
    private @Nullable ProducerIdentity identity;
    private @Nullable ProducerIdentity offered;
    private int commitsAsked;
    private int stalledSteps;

    SimulatedTransaction(String transactionalId, SimulatedNode node, History history, SplittableRandom random) {
        super(node, history, random);
        this.transactionalId = transactionalId;
    }

    /** Plans the next transaction, or does something else. */
    abstract void plan(ProducerIdentity producer);

    /** The answer to the commit came. */
    abstract void committed();

    /** @param mayBeCommitted nobody knows whether it was */
    abstract void givenUp(boolean mayBeCommitted);

    /** It may wait, and others think that it is gone. */
    final void stall(int stepsMax) {
        stalledSteps = random.nextInt(stepsMax);
    }

    @Override
    final void step() {
        ProducerIdentity known = identity;
        if (stalledSteps > 0) {
            stalledSteps--;
        } else if (isWaiting()) {
            return;
        } else if (known == null) {
            begin();
        } else if (steps.isEmpty()) {
            plan(known);
        } else {
            steps.element().run();
            if (chance(40)) {
                stall(200);
            }
        }
    }

    private void begin() {
        request(
                () -> {
                    Written<ProducerIdentity> written =
                            node.log().transactions().initProducer(transactionalId, TIMEOUT, -1, (short) -1);
                    offered = written.value();
                    return written.sequence();
                },
                () -> {
                    identity = offered;
                    sequences.clear();
                });
    }

    final void addPartitions(ProducerIdentity producer, Collection<TopicPartition> partitions) {
        Set<io.tidemill.log.TopicPartition> own =
                partitions.stream().map(SimulatedNode::own).collect(Collectors.toSet());
        add(() -> node.log().transactions().addPartitions(transactionalId, producer, own));
    }

    /** @param write can be done again without harm */
    final void add(java.util.function.LongSupplier write) {
        steps.add(() -> request(write, steps::remove));
    }

    final void addBatch(ProducerIdentity producer, TopicPartition partition, List<String> values) {
        int sequence = sequences.merge(partition, values.size(), Integer::sum) - values.size();
        Sent sent = batch(producer, sequence, true, partition, values);
        steps.add(() -> append(sent, base -> steps.remove()));
    }

    final void addEnd(ProducerIdentity producer, boolean commits) {
        steps.add(() -> {
            commitsAsked += commits ? 1 : 0;
            request(() -> node.log().transactions().end(transactionalId, producer, commits), () -> {
                steps.remove();
                commitsAsked = 0;
                if (commits) {
                    committed();
                } else {
                    givenUp(false);
                }
            });
        });
    }

    @Override
    void lost() {
        super.lost();
        if (chance(3)) {
            giveUp(commitsAsked > 0);
        }
    }

    @Override
    void refused(LogException refusal) {
        history.event(transactionalId + " was refused: " + refusal);
        switch (refusal.code()) {
            case PRODUCER_FENCED, INVALID_PRODUCER_EPOCH, INVALID_TRANSACTION_STATE -> {}
            default -> history.violation(transactionalId + " was refused: " + refusal);
        }
        // A commit that was refused the first time has not happened.
        giveUp(commitsAsked > 1);
        stall(150);
    }

    final void giveUp(boolean mayBeCommitted) {
        boolean open = !steps.isEmpty();
        steps.clear();
        commitsAsked = 0;
        identity = null;
        if (open) {
            givenUp(mayBeCommitted);
        }
    }
}
