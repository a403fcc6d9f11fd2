package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Place;
import io.tidemill.compat.consistency.Value.TransactionId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything while it happens, and checks it: the order of each writer, nothing twice, nothing that was aborted, and
 * no part of a transaction without the rest.
 */
final class Reader extends Actor {
    /*
     * Torn reads: when a part of a transaction has been seen, the partitions' ends are asked for, with what is not committed.
     * All of the transaction lies before them. So once the reader has come to all these ends, it has seen the whole.
     */
    private static final Duration POLL = Duration.ofMillis(100);

    private final boolean committedOnly;
    private final int restartsOneIn;
    private final List<TopicPartition> partitions;
    private @Nullable Consumer<String, String> consumer;
    private @Nullable Admin admin;
    private @Nullable Barrier barrier;

    /** Read by others too. */
    private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();

    private ReadChecks checks;

    /** How many records of a topic were seen; read by others. */
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();

    private record Barrier(Set<TransactionId> transactions, Map<TopicPartition, Long> ends) {}

    Reader(
            String name,
            boolean committedOnly,
            int restartsOneIn,
            List<TopicPartition> partitions,
            History history,
            Clients clients,
            SplittableRandom random) {
        super(name, history, clients, random);
        this.committedOnly = committedOnly;
        this.restartsOneIn = restartsOneIn;
        this.partitions = partitions;
        checks = new ReadChecks(name, committedOnly, history);
    }

    int count(String topic) {
        return counts.getOrDefault(topic, 0);
    }

    boolean hasRead(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }

    @Override
    void turn() throws InterruptedException {
        Consumer<String, String> from = consumer();
        from.poll(POLL).forEach(this::see);
        for (TopicPartition partition : partitions) {
            positions.put(partition, from.position(partition, POLL));
        }
        if (committedOnly) {
            judgeTransactions();
        }
        if (restartsOneIn > 0 && chance(restartsOneIn)) {
            beginAnew();
        }
    }

    private Consumer<String, String> consumer() {
        Consumer<String, String> known = consumer;
        if (known == null) {
            known = clients.consumer(committedOnly, Map.of("max.poll.records", 1_000));
            known.assign(partitions);
            for (TopicPartition partition : partitions) {
                known.seek(partition, positions.getOrDefault(partition, 0L));
            }
            consumer = known;
        }
        return known;
    }

    private void see(ConsumerRecord<String, String> record) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        if (record.offset() < positions.getOrDefault(partition, 0L)) {
            history.violation(name + " was given " + partition + " " + record.offset() + " again");
        }
        checks.see(new Place(partition, record.offset()), record.value());
        counts.merge(record.topic(), 1, Integer::sum);
    }

    private void judgeTransactions() throws InterruptedException {
        Barrier at = barrier;
        if (at == null) {
            barrier = checks.incomplete().isEmpty() ? null : newBarrier();
        } else if (hasRead(at.ends)) {
            checks.requireComplete(at.transactions);
            barrier = null;
        }
    }

    private @Nullable Barrier newBarrier() throws InterruptedException {
        Admin to = admin;
        if (to == null) {
            to = clients.admin();
            admin = to;
        }
        Set<TransactionId> transactions = checks.incomplete();
        try {
            return new Barrier(transactions, Ends.of(to, partitions, IsolationLevel.READ_UNCOMMITTED));
        } catch (ExecutionException | TimeoutException e) {
            return null;
        }
    }

    /** As a new reader would. */
    private void beginAnew() {
        close();
        positions.clear();
        checks = new ReadChecks(name, committedOnly, history);
        counts.clear();
        barrier = null;
    }

    /** A reader without a group has nothing to wait for but the broker. */
    @Override
    void recover(KafkaException failure) {
        if (!(failure instanceof org.apache.kafka.common.errors.RetriableException)) {
            history.violation(name + " failed: " + failure);
        }
        close();
    }

    @Override
    void close() {
        Clients.close(consumer);
        consumer = null;
        if (admin != null) {
            admin.close(Clients.CLOSE_MAX);
            admin = null;
        }
    }
}
