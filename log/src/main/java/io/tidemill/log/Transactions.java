package io.tidemill.log;

import io.tidemill.log.LogException.Code;
import io.tidemill.log.Producers.Producer;
import io.tidemill.log.Producers.Transaction;
import io.tidemill.log.batch.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Producers and their transactions (KIP-98). Thread-safe. Every call decides and writes, and does not wait: what it returns
 * is to be awaited with {@link EmbeddedLog#awaitDurable} before anyone is told. Refusals are {@link LogException}s.
 *
 * <p>A transaction ends in one frame: its markers in all partitions and the offsets of all groups. So there is nothing
 * between "prepared" and "complete", no marker can be missing, and no reader sees half of one.
 */
public final class Transactions {
    /** The longest time that a transaction may be allowed to stay open. */
    public static final Duration TIMEOUT_MAX = Duration.ofMinutes(15);

    /** A transactional id that nobody used for this long is forgotten. */
    static final Duration IDLE_MAX = Duration.ofDays(7);

    /** Of all transactional ids. */
    static final int TRANSACTIONAL_IDS_MAX = 100_000;

    private static final int IDS_PER_RESERVATION = 1_000;
    private static final short NO_EPOCH = -1;

    private final EmbeddedLog log;
    private final Producers producers;
    private long nextId;

    Transactions(EmbeddedLog log, Producers producers) {
        this.log = log;
        this.producers = producers;
        nextId = producers.idsUpTo();
    }

    /** What a decision writes; the same for all of them. */
    private record Decision<T>(List<Commit.Append> markers, List<Change> changes, T value) {}

    /**
     * Begins an incarnation of a producer. What an earlier one of the same transactional id has open is aborted, and it is
     * fenced.
     *
     * @param transactionalId null for a producer that is idempotent only
     * @param timeout after which an open transaction is aborted; up to {@link #TIMEOUT_MAX}
     * @param expectedProducerId whom the caller takes itself for (KIP-360); -1 to begin anew
     */
    public Written<ProducerIdentity> initProducer(
            @Nullable String transactionalId, Duration timeout, long expectedProducerId, short expectedEpoch) {
        return decide(() -> {
            List<Change> changes = new ArrayList<>();
            if (transactionalId == null) {
                return new Decision<>(List.of(), changes, new ProducerIdentity(newId(changes), (short) 0));
            }
            if (timeout.toMillis() <= 0 || timeout.compareTo(TIMEOUT_MAX) > 0) {
                throw new LogException(
                        Code.TRANSACTION_TIMEOUT_INVALID,
                        "a transaction's timeout is more than zero and at most " + TIMEOUT_MAX + ", not " + timeout);
            }
            return initialize(transactionalId, timeout, expectedProducerId, expectedEpoch, changes);
        });
    }

    private Decision<ProducerIdentity> initialize(
            String transactionalId,
            Duration timeout,
            long expectedProducerId,
            short expectedEpoch,
            List<Change> changes) {
        Producer producer = producers.byTransactionalId(transactionalId);
        Transaction transaction = producer == null ? null : producer.transaction;
        if (producer == null || transaction == null) {
            requireRoom();
            ProducerIdentity identity = new ProducerIdentity(newId(changes), (short) 0);
            changes.add(initialized(transactionalId, identity, NO_EPOCH, timeout));
            return new Decision<>(List.of(), changes, identity);
        }
        if (expectedEpoch != NO_EPOCH) {
            if (expectedProducerId != producer.id
                    || (expectedEpoch != producer.epoch && expectedEpoch != transaction.previousEpoch)) {
                throw fenced(transactionalId);
            }
            if (expectedEpoch != producer.epoch) {
                // The answer to an earlier call was lost: it is given again.
                return new Decision<>(List.of(), changes, producer.identity());
            }
        }
        List<Commit.Append> markers = new ArrayList<>();
        short epoch = producer.epoch;
        if (transaction.state == TransactionState.ONGOING) {
            epoch = next(epoch);
            abort(producer, transaction, epoch, markers, changes);
        }
        short previous = expectedEpoch == NO_EPOCH ? NO_EPOCH : producer.epoch;
        ProducerIdentity identity = isExhausted(producer.epoch)
                ? new ProducerIdentity(newId(changes), (short) 0)
                : new ProducerIdentity(producer.id, next(producer.epoch));
        changes.add(initialized(transactionalId, identity, isExhausted(producer.epoch) ? NO_EPOCH : previous, timeout));
        return new Decision<>(markers, changes, identity);
    }

    private static Change initialized(
            String transactionalId, ProducerIdentity identity, short previous, Duration timeout) {
        return new Change.ProducerInitialized(
                transactionalId, identity.id(), identity.epoch(), previous, timeout.toMillis());
    }

    private void requireRoom() {
        if (producers.transactionalCount() >= TRANSACTIONAL_IDS_MAX) {
            throw new LogException(
                    Code.INVALID,
                    "there are " + TRANSACTIONAL_IDS_MAX
                            + " transactional ids: use fewer, or wait until some are forgotten (" + IDLE_MAX
                            + " after their last use)");
        }
    }

    /** One epoch is kept for aborting what the last incarnation left open. */
    private static boolean isExhausted(short epoch) {
        return epoch >= Short.MAX_VALUE - 1;
    }

    private static short next(short epoch) {
        return epoch == Short.MAX_VALUE ? epoch : (short) (epoch + 1);
    }

    private long newId(List<Change> changes) {
        if (nextId >= producers.idsUpTo()) {
            nextId = producers.idsUpTo();
            changes.add(new Change.ProducerIdsReserved(nextId + IDS_PER_RESERVATION));
        }
        return nextId++;
    }

    /** The transaction, begun by this if none is open, reaches {@code partitions}. */
    public long addPartitions(String transactionalId, ProducerIdentity identity, Set<TopicPartition> partitions) {
        return decide(() -> {
                    Transaction transaction = require(transactionalId, identity);
                    List<Change.PartitionKey> keys = new ArrayList<>();
                    for (TopicPartition partition : partitions) {
                        long key = log.requiredKey(partition);
                        if (!transaction.partitions.contains(key) || transaction.state != TransactionState.ONGOING) {
                            keys.add(Change.PartitionKey.of(key));
                        }
                    }
                    List<Change> changes = keys.isEmpty()
                            ? List.of()
                            : List.of(new Change.TransactionExtended(identity.id(), keys, List.of()));
                    return new Decision<>(List.of(), changes, identity);
                })
                .sequence();
    }

    /** The transaction, begun by this if none is open, will commit offsets of {@code group}. */
    public long addGroup(String transactionalId, ProducerIdentity identity, String group) {
        return decide(() -> {
                    Transaction transaction = require(transactionalId, identity);
                    boolean known = transaction.state == TransactionState.ONGOING && transaction.groups.contains(group);
                    List<Change> changes = known
                            ? List.of()
                            : List.of(new Change.TransactionExtended(identity.id(), List.of(), List.of(group)));
                    return new Decision<>(List.of(), changes, identity);
                })
                .sequence();
    }

    /** Offsets that count when the transaction is committed. {@link #addGroup} comes before. */
    public long addOffsets(
            String transactionalId,
            ProducerIdentity identity,
            String group,
            Map<TopicPartition, CommittedOffset> offsets) {
        return decide(() -> {
                    Transaction transaction = require(transactionalId, identity);
                    if (transaction.state != TransactionState.ONGOING || !transaction.groups.contains(group)) {
                        throw new LogException(
                                Code.INVALID_TRANSACTION_STATE,
                                "'" + transactionalId + "' has no open transaction that reaches group '" + group + "'");
                    }
                    List<Change> changes = offsets.isEmpty()
                            ? List.of()
                            : List.of(new Change.OffsetsPending(identity.id(), log.offsetsChange(group, offsets)));
                    return new Decision<>(List.of(), changes, identity);
                })
                .sequence();
    }

    /** Ends the transaction. Asked again the same, it is done already; asked the opposite, it is refused. */
    public long end(String transactionalId, ProducerIdentity identity, boolean commit) {
        return decide(() -> {
                    Transaction transaction = require(transactionalId, identity);
                    List<Commit.Append> markers = new ArrayList<>();
                    List<Change> changes = new ArrayList<>();
                    if (transaction.state == TransactionState.ONGOING) {
                        end(identity, transaction, commit, markers, changes);
                    } else if (transaction.state
                            != (commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT)) {
                        throw new LogException(
                                Code.INVALID_TRANSACTION_STATE,
                                "'" + transactionalId + "' is " + transaction.state + ", so there is nothing to "
                                        + (commit ? "commit" : "abort"));
                    }
                    return new Decision<>(markers, changes, identity);
                })
                .sequence();
    }

    private void end(
            ProducerIdentity identity,
            Transaction transaction,
            boolean commit,
            List<Commit.Append> markers,
            List<Change> changes) {
        long now = log.options.clock().millis();
        for (long key : transaction.partitions) {
            TopicPartition partition = log.partitionOf(key);
            if (partition != null) {
                Batch marker = Batch.endOfTransaction(identity.id(), identity.epoch(), commit, now);
                markers.add(new Commit.Append(partition, marker));
            }
        }
        changes.add(new Change.TransactionEnded(identity.id(), identity.epoch(), commit));
    }

    /** Aborts in the name of a later incarnation, so that the one that began it is fenced. */
    private void abort(
            Producer producer,
            Transaction transaction,
            short epoch,
            List<Commit.Append> markers,
            List<Change> changes) {
        end(new ProducerIdentity(producer.id, epoch), transaction, false, markers, changes);
    }

    private Transaction require(String transactionalId, ProducerIdentity identity) {
        Producer producer = producers.byTransactionalId(transactionalId);
        if (producer == null || producer.transaction == null || producer.id != identity.id()) {
            throw new LogException(
                    Code.UNKNOWN_PRODUCER,
                    "producer " + identity.id() + " is not that of transactional id '" + transactionalId + "'");
        }
        if (producer.epoch != identity.epoch()) {
            throw fenced(transactionalId);
        }
        return producer.transaction;
    }

    private static LogException fenced(String transactionalId) {
        return new LogException(
                Code.PRODUCER_FENCED, "a newer producer with transactional id '" + transactionalId + "' has begun");
    }

    /** Aborts what was open for longer than its timeout, and forgets ids that are not used any more. */
    public void abortExpired() {
        long sequence = -1;
        for (String transactionalId : expired()) {
            sequence = Math.max(sequence, expire(transactionalId));
        }
        if (sequence >= 0) {
            log.awaitDurable(sequence);
        }
    }

    private List<String> expired() {
        return log.withProducers(() -> {
            long now = log.options.clock().millis();
            List<String> found = new ArrayList<>();
            for (Producer producer : producers.transactional()) {
                if (producer.transaction != null && isExpired(producer, producer.transaction, now)) {
                    found.add(producer.transaction.transactionalId);
                }
            }
            return found;
        });
    }

    private static boolean isExpired(Producer producer, Transaction transaction, long now) {
        return transaction.state == TransactionState.ONGOING
                ? now - transaction.startedMillis > transaction.timeoutMillis
                : now - producer.updatedMillis > IDLE_MAX.toMillis();
    }

    private long expire(String transactionalId) {
        return decide(() -> {
                    List<Commit.Append> markers = new ArrayList<>();
                    List<Change> changes = new ArrayList<>();
                    Producer producer = producers.byTransactionalId(transactionalId);
                    Transaction transaction = producer == null ? null : producer.transaction;
                    if (producer != null
                            && transaction != null
                            && isExpired(
                                    producer, transaction, log.options.clock().millis())) {
                        if (transaction.state == TransactionState.ONGOING) {
                            abort(producer, transaction, next(producer.epoch), markers, changes);
                        } else {
                            changes.add(new Change.TransactionalIdForgotten(transactionalId));
                        }
                    }
                    return new Decision<>(markers, changes, transactionalId);
                })
                .sequence();
    }

    private <T> Written<T> decide(Supplier<Decision<T>> decider) {
        return log.withProducers(() -> {
            Decision<T> decision = decider.get();
            long sequence = decision.changes.isEmpty()
                    ? log.writtenSequence()
                    : log.writeDecided(decision.markers, decision.changes);
            return new Written<>(sequence, decision.value);
        });
    }

    // ---- looking ----

    /** Every transactional id that is known, by name. */
    public List<TransactionDescription> list() {
        return log.withProducers(() -> {
            List<TransactionDescription> all = new ArrayList<>();
            for (Producer producer : producers.transactional()) {
                if (producer.transaction != null) {
                    all.add(describe(producer, producer.transaction));
                }
            }
            return all;
        });
    }

    public Optional<TransactionDescription> describe(String transactionalId) {
        return log.withProducers(() -> {
            Producer producer = producers.byTransactionalId(transactionalId);
            return producer == null || producer.transaction == null
                    ? Optional.empty()
                    : Optional.of(describe(producer, producer.transaction));
        });
    }

    /** The present producer of a transactional id. */
    public Optional<ProducerIdentity> producer(String transactionalId) {
        return log.withProducers(() -> Optional.ofNullable(producers.byTransactionalId(transactionalId))
                .map(Producer::identity));
    }

    private TransactionDescription describe(Producer producer, Transaction transaction) {
        Set<TopicPartition> partitions = new LinkedHashSet<>();
        for (long key : transaction.partitions) {
            TopicPartition partition = log.partitionOf(key);
            if (partition != null) {
                partitions.add(partition);
            }
        }
        return new TransactionDescription(
                transaction.transactionalId,
                producer.identity(),
                transaction.state,
                Duration.ofMillis(transaction.timeoutMillis),
                transaction.startedMillis,
                partitions);
    }

    /** The producers that {@code partition} knows. */
    public List<ProducerDescription> producers(TopicPartition partition) {
        return log.withProducers(() -> {
            long key = log.requiredKey(partition);
            List<ProducerDescription> all = new ArrayList<>();
            for (Producer producer : producers.all()) {
                Producers.Sequences sequences = producer.sequences.get(key);
                if (sequences != null) {
                    all.add(new ProducerDescription(
                            new ProducerIdentity(producer.id, sequences.epoch),
                            sequences.lastSequence(),
                            sequences.updatedMillis,
                            sequences.openFrom));
                }
            }
            return all;
        });
    }
}
