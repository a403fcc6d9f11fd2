package io.tidemill.consumer;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits output and offsets in Kafka transactions. After any failure it forgets what is in memory, makes a new producer,
 * which ends the old one's transaction, and reads again from what the broker says is committed: so it need not know how
 * far the failed commit came.
 */
final class KafkaTransactionCommitter extends OffsetCommitter {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaTransactionCommitter.class);
    private static final int FAILURES_IN_A_ROW_MAX = 5;

    private final KafkaTransactions settings;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private @Nullable Producer<byte[], byte[]> producer;
    private int failuresInARow;

    KafkaTransactionCommitter(
            Settings<?, ?, ?> settings,
            KafkaTransactions transactions,
            Client client,
            Flight flight,
            Supplier<Producer<byte[], byte[]>> producers) {
        super(
                settings,
                client,
                flight,
                transactions.interval(),
                Math.min(
                        transactions.recordsMax(), Math.max(1, settings.limits().aheadRecordsMax() / 2)));
        this.settings = transactions;
        this.producers = producers;
    }

    @Override
    public void start() {
        hasProducer();
    }

    /** While the broker does not answer there is none, nothing is committed, and polling goes on. */
    private boolean hasProducer() {
        if (producer != null) {
            return true;
        }
        Producer<byte[], byte[]> made = producers.get();
        try {
            made.initTransactions();
            producer = made;
            return true;
        } catch (KafkaException e) {
            made.close(Duration.ZERO);
            if (e instanceof RetriableException) {
                LOG.warn("The broker does not begin transactions; trying again", e);
                return false;
            }
            throw e;
        }
    }

    @Override
    void beginCommit() {
        commitAll(client.assignment());
    }

    @Override
    void commitNow(Collection<TopicPartition> partitions) {
        commitAll(partitions);
    }

    private void commitAll(Collection<TopicPartition> partitions) {
        boolean goesOn = hasProducer();
        while (goesOn) {
            TransactionBatch batch = flight.takeDone(partitions, settings.recordsMax(), settings.bytesMax());
            goesOn = !batch.isEmpty() && commit(batch);
        }
    }

    private boolean commit(TransactionBatch batch) {
        try {
            transact(producer(), batch);
        } catch (KafkaException e) {
            startAgain(e);
            return false;
        }
        failuresInARow = 0;
        flight.committed(batch.offsets());
        environment.probe().reached(Probe.Point.AFTER_COMMIT, batch.offsets());
        return true;
    }

    private Producer<byte[], byte[]> producer() {
        if (producer == null) {
            throw new IllegalStateException("not started");
        }
        return producer;
    }

    /** Failed sends make the commit fail; nobody need wait for each. */
    private void transact(Producer<byte[], byte[]> producer, TransactionBatch batch) {
        environment.probe().reached(Probe.Point.BEFORE_COMMIT, batch.offsets());
        producer.beginTransaction();
        for (ProducerRecord<byte[], byte[]> record : batch.output()) {
            Future<?> unused = producer.send(record);
        }
        environment.probe().reached(Probe.Point.OUTPUT_SENT, batch.offsets());
        producer.sendOffsetsToTransaction(batch.offsets(), client.consumer.groupMetadata());
        environment.probe().reached(Probe.Point.OFFSET_STORED, batch.offsets());
        producer.commitTransaction();
    }

    private void startAgain(KafkaException failure) {
        if (!(failure instanceof CommitFailedException)) {
            failuresInARow++; // one that was fenced by its group polls on, and learns what it has now
        }
        if (failuresInARow > FAILURES_IN_A_ROW_MAX) {
            throw failure;
        }
        LOG.warn("A transaction failed: reading again from the committed offsets", failure);
        endProducer();
        if (hasProducer()) {
            LOG.info("Transactions go on with a new producer");
        }
        readAgain();
    }

    private void endProducer() {
        if (producer != null) {
            producer.close(Duration.ZERO);
            producer = null;
        }
    }

    private void readAgain() {
        Map<TopicPartition, Long> first = flight.firstPolled();
        first.keySet().retainAll(client.assignment());
        Map<TopicPartition, OffsetAndMetadata> committed =
                Client.undisturbed(() -> client.consumer.committed(first.keySet()));
        first.forEach((partition, offset) -> {
            flight.assign(partition, Claim.NONE);
            OffsetAndMetadata known = committed.get(partition);
            client.consumer.seek(partition, known == null ? new OffsetAndMetadata(offset) : known);
        });
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ofSeconds(5));
        }
    }
}
