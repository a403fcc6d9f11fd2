package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Outcome;
import io.tidemill.compat.consistency.Value.TransactionId;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Transactions over several partitions of two topics; some are aborted, and some are fenced before they commit. */
final class TransactionalWriter extends Actor {
    private static final int COMMIT_TRIES_MAX = 3;

    private @Nullable Producer<String, String> producer;
    private long number;

    TransactionalWriter(String name, History history, Clients clients, SplittableRandom random) {
        super(name, history, clients, random);
    }

    @Override
    void turn() {
        Producer<String, String> to = producer();
        int total = 1 + random.nextInt(8);
        boolean aborts = chance(7);
        TransactionId id = new TransactionId(name, number++);
        history.begun(id, total);
        try {
            to.beginTransaction();
            for (int index = 0; index < total; index++) {
                send(to, new Value(name, id.number(), index, total, aborts));
            }
            boolean flushes = chance(3);
            if (flushes) {
                to.flush();
            }
        } catch (KafkaException e) {
            // Nobody has asked for a commit, nor will.
            history.ended(id, Outcome.ABORTED);
            throw e;
        }
        end(to, id, aborts);
        pause(random.nextInt(30_000));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the commit fails if one did
    private void send(Producer<String, String> to, Value value) {
        TopicPartition partition = any(Topics.SOURCES);
        to.send(new ProducerRecord<>(partition.topic(), partition.partition(), null, value.text()));
    }

    private void end(Producer<String, String> to, TransactionId id, boolean aborts) {
        if (aborts) {
            history.ended(id, Outcome.ABORTED);
            to.abortTransaction();
        } else if (chance(30)) {
            beFenced(to, id);
        } else {
            commit(to, id);
        }
    }

    private void commit(Producer<String, String> to, TransactionId id) {
        for (int i = 0; i < COMMIT_TRIES_MAX; i++) {
            try {
                to.commitTransaction();
                history.ended(id, Outcome.COMMITTED);
                return;
            } catch (TimeoutException e) {
                history.event("no answer to the commit of " + id);
                if (chance(3)) {
                    break;
                }
            } catch (KafkaException e) {
                history.event("refused the commit of " + id + ": " + e);
                break;
            }
        }
        history.ended(id, Outcome.UNKNOWN);
        close();
    }

    /** Another producer of the same transactional id begins; whoever was here before must not get anything through. */
    private void beFenced(Producer<String, String> before, TransactionId id) {
        history.ended(id, Outcome.ABORTED);
        producer = null;
        try {
            before.flush();
            producer();
            try {
                before.commitTransaction();
                history.violation(id + " was committed by a producer that another one had fenced");
            } catch (KafkaException e) {
                history.event("fenced: " + e);
            }
        } finally {
            Clients.close(before);
        }
    }

    /** Known to itself only when it has begun. */
    private Producer<String, String> producer() {
        Producer<String, String> known = producer;
        if (known == null) {
            boolean patient = random.nextBoolean();
            known = clients.producer(Map.of(
                    "transactional.id",
                    name,
                    "transaction.timeout.ms",
                    10_000,
                    "delivery.timeout.ms",
                    patient ? 30_000 : 1_500,
                    "request.timeout.ms",
                    patient ? 5_000 : 1_000,
                    "max.block.ms",
                    patient ? 30_000 : 1_000));
            try {
                known.initTransactions();
            } catch (KafkaException e) {
                Clients.close(known);
                throw e;
            }
            producer = known;
        }
        return known;
    }

    @Override
    void recover(KafkaException failure) {
        close();
    }

    @Override
    void close() {
        Clients.close(producer);
        producer = null;
    }
}
