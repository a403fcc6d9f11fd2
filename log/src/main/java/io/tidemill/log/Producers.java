package io.tidemill.log;

import io.tidemill.log.LogException.Code;
import io.tidemill.log.batch.BatchHeader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of producers: their incarnations, the sequences that they have come to in each partition, and their open
 * transactions (KIP-98). It is ahead of the catalog by the frames that wait for their sync, because the next batch is
 * judged by what is written. Guarded by the append lock.
 */
final class Producers {
    /** As many of a producer's batches are known again as it may have under way. */
    private static final int BATCHES_KNOWN = 5;

    /** Producers that are idempotent only and have been silent for the longest go first. */
    private static final int IDEMPOTENT_MAX = 100_000;

    private static final int NO_EPOCH = -1;

    private final Map<Long, Producer> byId = new HashMap<>();
    private final Map<String, Producer> byTransactionalId = new TreeMap<>();
    private final LinkedHashMap<Long, Producer> idempotent = new LinkedHashMap<>(16, 0.75f, true);
    private long idsUpTo;

    static final class Producer {
        final long id;
        short epoch;
        long updatedMillis;

        @Nullable
        Transaction transaction;

        final Map<Long, Sequences> sequences = new HashMap<>();

        Producer(long id) {
            this.id = id;
        }

        ProducerIdentity identity() {
            return new ProducerIdentity(id, epoch);
        }
    }

    /** A transactional id: its transaction, open or not. */
    static final class Transaction {
        final String transactionalId;
        short previousEpoch = NO_EPOCH;
        TransactionState state = TransactionState.EMPTY;
        long timeoutMillis;
        long startedMillis = -1;
        final Set<Long> partitions = new LinkedHashSet<>();
        final Set<String> groups = new LinkedHashSet<>();
        final List<Change.OffsetsCommitted> pending = new ArrayList<>();

        Transaction(String transactionalId) {
            this.transactionalId = transactionalId;
        }

        private void clear(TransactionState next) {
            state = next;
            startedMillis = -1;
            partitions.clear();
            groups.clear();
            pending.clear();
        }
    }

    /** What one partition has of a producer. */
    static final class Sequences {
        short epoch = NO_EPOCH;
        long updatedMillis;
        long openFrom = -1;
        final Deque<Change.SequencedBatch> batches = new ArrayDeque<>();

        int lastSequence() {
            Change.SequencedBatch last = batches.peekLast();
            return last == null ? -1 : last.lastSequence();
        }
    }

    Iterable<Producer> all() {
        return byId.values();
    }

    Iterable<Producer> transactional() {
        return byTransactionalId.values();
    }

    int transactionalCount() {
        return byTransactionalId.size();
    }

    @Nullable
    Producer byTransactionalId(String transactionalId) {
        return byTransactionalId.get(transactionalId);
    }

    /** Ids from here on are in use by nobody. */
    long idsUpTo() {
        return idsUpTo;
    }

    // ---- deciding ----

    /** The offset of the batch if it is there already, otherwise -1. Throws {@link LogException} if it must not be taken. */
    long judge(BatchHeader batch, long partition) {
        Producer producer = byId.get(batch.producerId());
        Transaction transaction = producer == null ? null : producer.transaction;
        if (batch.transactional() && transaction == null) {
            throw new LogException(
                    Code.UNKNOWN_PRODUCER,
                    "producer " + batch.producerId()
                            + " is not known to have transactions: begin with its transactional id");
        }
        if (producer == null) {
            return -1;
        }
        if (transaction != null && batch.producerEpoch() != producer.epoch) {
            throw staleEpoch(batch, producer.epoch);
        }
        Sequences sequences = producer.sequences.get(partition);
        if (sequences == null && batch.transactional() && batch.baseSequence() != 0) {
            // What a transactional producer has sent is never forgotten while its id is known: something is missing.
            throw outOfOrder(batch, "it has sent nothing here before");
        }
        long duplicate = sequences == null ? -1 : sequences(batch, sequences);
        if (duplicate < 0) {
            requireTransaction(batch, partition, transaction, sequences);
        }
        return duplicate;
    }

    private static long sequences(BatchHeader batch, Sequences known) {
        if (batch.producerEpoch() < known.epoch) {
            throw staleEpoch(batch, known.epoch);
        }
        if (batch.producerEpoch() > known.epoch) {
            if (batch.baseSequence() != 0) {
                throw outOfOrder(batch, "a new incarnation begins with sequence 0");
            }
            return -1;
        }
        for (Change.SequencedBatch each : known.batches) {
            if (each.firstSequence() == batch.baseSequence() && each.lastSequence() == batch.lastSequence()) {
                return each.baseOffset();
            }
        }
        int last = known.lastSequence();
        int expected = last == Integer.MAX_VALUE ? 0 : last + 1;
        if (batch.baseSequence() != expected) {
            throw outOfOrder(batch, "sequence " + expected + " is next");
        }
        return -1;
    }

    private static void requireTransaction(
            BatchHeader batch, long partition, @Nullable Transaction transaction, @Nullable Sequences sequences) {
        if (!batch.transactional()) {
            if (sequences != null && sequences.openFrom >= 0) {
                throw new LogException(
                        Code.INVALID_TRANSACTION_STATE,
                        "producer " + batch.producerId()
                                + " has an open transaction here, and this batch is not of it");
            }
        } else if (transaction == null
                || transaction.state != TransactionState.ONGOING
                || !transaction.partitions.contains(partition)) {
            throw new LogException(
                    Code.INVALID_TRANSACTION_STATE,
                    "producer " + batch.producerId() + " has no open transaction that reaches this partition");
        }
    }

    private static LogException staleEpoch(BatchHeader batch, short current) {
        return new LogException(
                Code.INVALID_PRODUCER_EPOCH,
                "producer " + batch.producerId() + " sent with epoch " + batch.producerEpoch() + ", and its epoch is "
                        + current);
    }

    private static LogException outOfOrder(BatchHeader batch, String why) {
        return new LogException(
                Code.OUT_OF_ORDER_SEQUENCE,
                "producer " + batch.producerId() + " (epoch " + batch.producerEpoch() + ") sent sequence "
                        + batch.baseSequence() + ", but " + why);
    }

    // ---- applying: the same live and at recovery ----

    void apply(BatchHeader batch, long partition, long timeMillis) {
        if (!batch.hasProducer()) {
            return;
        }
        Producer producer = byId.computeIfAbsent(batch.producerId(), Producer::new);
        touch(producer, timeMillis);
        if (producer.transaction == null) {
            producer.epoch = (short) Math.max(producer.epoch, batch.producerEpoch());
        }
        Sequences sequences = producer.sequences.computeIfAbsent(partition, key -> new Sequences());
        if (batch.producerEpoch() > sequences.epoch) {
            sequences.epoch = batch.producerEpoch();
            sequences.batches.clear();
        }
        sequences.updatedMillis = timeMillis;
        if (batch.control()) {
            sequences.openFrom = -1;
            return;
        }
        if (batch.transactional() && sequences.openFrom < 0) {
            sequences.openFrom = batch.baseOffset();
        }
        if (sequences.batches.size() == BATCHES_KNOWN) {
            sequences.batches.removeFirst();
        }
        sequences.batches.addLast(new Change.SequencedBatch(
                batch.baseSequence(), batch.lastSequence(), batch.baseOffset(), batch.lastOffset()));
    }

    private void touch(Producer producer, long timeMillis) {
        producer.updatedMillis = Math.max(producer.updatedMillis, timeMillis);
        if (producer.transaction == null) {
            idempotent.put(producer.id, producer);
            if (idempotent.size() > IDEMPOTENT_MAX) {
                Long oldest = idempotent.keySet().iterator().next();
                idempotent.remove(oldest);
                byId.remove(oldest);
            }
        }
    }

    void apply(Change change, long timeMillis) {
        if (change instanceof Change.ProducerIdsReserved reserved) {
            idsUpTo = Math.max(idsUpTo, reserved.upTo());
        } else if (change instanceof Change.ProducerInitialized initialized) {
            applyInitialized(initialized, timeMillis);
        } else if (change instanceof Change.TransactionalIdForgotten forgotten) {
            Producer gone = byTransactionalId.remove(forgotten.transactionalId());
            if (gone != null) {
                byId.remove(gone.id);
            }
        } else if (change instanceof Change.TransactionExtended extended) {
            applyExtended(extended, timeMillis);
        } else if (change instanceof Change.OffsetsPending added) {
            added.offsets().addTo(transaction(added.producerId()).pending);
        } else if (change instanceof Change.TransactionEnded ended) {
            Producer producer = known(ended.producerId());
            Transaction transaction = transaction(ended.producerId());
            if (ended.epoch() != producer.epoch) {
                // Fenced: the incarnation before is not to come back as this one.
                transaction.previousEpoch = NO_EPOCH;
            }
            producer.epoch = ended.epoch();
            touch(producer, timeMillis);
            transaction.clear(ended.committed() ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT);
        } else if (change instanceof Change.TopicDeleted deleted) {
            applyDeleted(deleted.topicId());
        } else if (change instanceof Change.Snapshot snapshot) {
            restore(snapshot);
        }
    }

    private void applyInitialized(Change.ProducerInitialized initialized, long timeMillis) {
        Producer before = byTransactionalId.get(initialized.transactionalId());
        Producer producer = byId.computeIfAbsent(initialized.producerId(), Producer::new);
        Transaction transaction = before == null ? null : before.transaction;
        if (transaction == null) {
            transaction = new Transaction(initialized.transactionalId());
        }
        if (before != null && before.id != producer.id) {
            byId.remove(before.id);
        }
        transaction.clear(TransactionState.EMPTY);
        transaction.timeoutMillis = initialized.timeoutMillis();
        transaction.previousEpoch = initialized.previousEpoch();
        producer.transaction = transaction;
        producer.epoch = initialized.epoch();
        byTransactionalId.put(initialized.transactionalId(), producer);
        idempotent.remove(producer.id);
        touch(producer, timeMillis);
    }

    private void applyExtended(Change.TransactionExtended extended, long timeMillis) {
        touch(known(extended.producerId()), timeMillis);
        Transaction transaction = transaction(extended.producerId());
        if (transaction.state != TransactionState.ONGOING) {
            transaction.clear(TransactionState.ONGOING);
            transaction.startedMillis = timeMillis;
        }
        extended.partitions().forEach(partition -> transaction.partitions.add(partition.key()));
        transaction.groups.addAll(extended.groups());
    }

    private void applyDeleted(int topicId) {
        for (Producer producer : byId.values()) {
            producer.sequences.keySet().removeIf(key -> FrameFormat.topicId(key) == topicId);
            if (producer.transaction != null) {
                producer.transaction.partitions.removeIf(key -> FrameFormat.topicId(key) == topicId);
            }
        }
    }

    private Producer known(long producerId) {
        Producer producer = byId.get(producerId);
        if (producer == null) {
            throw new IllegalStateException("the journal speaks of an unknown producer " + producerId);
        }
        return producer;
    }

    private Transaction transaction(long producerId) {
        Transaction transaction = known(producerId).transaction;
        if (transaction == null) {
            throw new IllegalStateException("producer " + producerId + " has no transactional id");
        }
        return transaction;
    }

    // ---- snapshots ----

    List<Change.ProducerSnapshot> snapshot() {
        List<Change.ProducerSnapshot> producers = new ArrayList<>();
        for (Producer producer : byId.values()) {
            producers.add(new Change.ProducerSnapshot(
                    producer.id,
                    producer.epoch,
                    producer.updatedMillis,
                    snapshot(producer.transaction),
                    snapshot(producer.sequences)));
        }
        producers.sort((left, right) -> Long.compare(left.updatedMillis(), right.updatedMillis()));
        return producers;
    }

    private static Change.@Nullable TransactionSnapshot snapshot(@Nullable Transaction transaction) {
        return transaction == null
                ? null
                : new Change.TransactionSnapshot(
                        transaction.transactionalId,
                        transaction.previousEpoch,
                        transaction.state,
                        transaction.timeoutMillis,
                        transaction.startedMillis,
                        transaction.partitions.stream()
                                .map(Change.PartitionKey::of)
                                .toList(),
                        List.copyOf(transaction.groups),
                        List.copyOf(transaction.pending));
    }

    private static List<Change.SequenceSnapshot> snapshot(Map<Long, Sequences> sequences) {
        List<Change.SequenceSnapshot> all = new ArrayList<>();
        sequences.forEach((key, each) -> all.add(new Change.SequenceSnapshot(
                Change.PartitionKey.of(key),
                each.epoch,
                each.updatedMillis,
                each.openFrom,
                List.copyOf(each.batches))));
        return all;
    }

    private void restore(Change.Snapshot snapshot) {
        byId.clear();
        byTransactionalId.clear();
        idempotent.clear();
        idsUpTo = snapshot.producerIdsUpTo();
        snapshot.producers().forEach(this::restore);
    }

    private void restore(Change.ProducerSnapshot from) {
        Producer producer = new Producer(from.producerId());
        producer.epoch = from.epoch();
        byId.put(producer.id, producer);
        Change.TransactionSnapshot had = from.transaction();
        if (had != null) {
            Transaction transaction = new Transaction(had.transactionalId());
            transaction.previousEpoch = had.previousEpoch();
            transaction.state = had.state();
            transaction.timeoutMillis = had.timeoutMillis();
            transaction.startedMillis = had.startedMillis();
            had.partitions().forEach(partition -> transaction.partitions.add(partition.key()));
            transaction.groups.addAll(had.groups());
            transaction.pending.addAll(had.pending());
            producer.transaction = transaction;
            byTransactionalId.put(transaction.transactionalId, producer);
        }
        for (Change.SequenceSnapshot each : from.sequences()) {
            Sequences sequences = new Sequences();
            sequences.epoch = each.epoch();
            sequences.updatedMillis = each.updatedMillis();
            sequences.openFrom = each.openFrom();
            sequences.batches.addAll(each.batches());
            producer.sequences.put(each.partition().key(), sequences);
        }
        touch(producer, from.updatedMillis());
    }
}
