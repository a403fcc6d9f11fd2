package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Outcome;
import io.tidemill.compat.consistency.Value.TransactionId;
import io.tidemill.log.ProducerIdentity;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;

/** Writes transactions; another one with the same transactional id may fence it at any time. */
final class SimulatedTransactionalWriter extends SimulatedTransaction {
    private final AtomicLong numbers;
    private TransactionId current;

    /** @param numbers shared by those with the same transactional id */
    SimulatedTransactionalWriter(
            String transactionalId, AtomicLong numbers, SimulatedNode node, History history, SplittableRandom random) {
        super(transactionalId, node, history, random);
        this.numbers = numbers;
        current = new TransactionId(transactionalId, -1);
    }

    @Override
    void plan(ProducerIdentity producer) {
        boolean aborts = chance(6);
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            partitions.add(any(Topics.SOURCES));
        }
        current = new TransactionId(transactionalId, numbers.getAndIncrement());
        history.begun(current, partitions.size());
        addPartitions(producer, new LinkedHashSet<>(partitions));
        for (int i = 0; i < partitions.size(); i++) {
            String value = new Value(transactionalId, current.number(), i, partitions.size(), aborts).text();
            addBatch(producer, partitions.get(i), List.of(value));
        }
        addEnd(producer, !aborts);
        if (chance(20)) {
            stall(300);
        }
    }

    @Override
    void committed() {
        history.ended(current, Outcome.COMMITTED);
    }

    @Override
    void givenUp(boolean mayBeCommitted) {
        history.ended(current, mayBeCommitted ? Outcome.UNKNOWN : Outcome.ABORTED);
    }
}
