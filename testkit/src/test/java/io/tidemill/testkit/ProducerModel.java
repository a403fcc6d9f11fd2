package io.tidemill.testkit;

import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.TransactionState;
import io.tidemill.log.batch.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a log should know of one producer. */
final class ProducerModel {
    /** As many of its batches are known again. */
    private static final int BATCHES_KNOWN = 5;

    /** Null for one that is idempotent only. */
    final @Nullable String transactionalId;

    /** -1 until the log has said it. */
    long id;

    short epoch;
    TransactionState state = TransactionState.EMPTY;
    long startedMillis = -1;
    final TreeSet<TopicPartition> partitions = new TreeSet<>();
    final TreeMap<String, TreeMap<TopicPartition, Long>> pending = new TreeMap<>();
    final TreeMap<TopicPartition, Sequences> sequences = new TreeMap<>();

    /** The first offset of the open transaction in each partition. */
    final TreeMap<TopicPartition, Long> openFrom = new TreeMap<>();

    /** A batch that was sent, to be sent again. */
    record Sent(Batch batch, int lastSequence, long baseOffset) {}

    record Sequences(short epoch, List<Sent> known) {
        int last() {
            return known.isEmpty() ? -1 : known.get(known.size() - 1).lastSequence;
        }
    }

    ProducerModel(@Nullable String transactionalId, long id, short epoch) {
        this.transactionalId = transactionalId;
        this.id = id;
        this.epoch = epoch;
    }

    ProducerModel copy() {
        ProducerModel copy = new ProducerModel(transactionalId, id, epoch);
        copy.state = state;
        copy.startedMillis = startedMillis;
        copy.partitions.addAll(partitions);
        pending.forEach((group, offsets) -> copy.pending.put(group, new TreeMap<>(offsets)));
        copy.sequences.putAll(sequences);
        copy.openFrom.putAll(openFrom);
        return copy;
    }

    ProducerIdentity identity() {
        return new ProducerIdentity(id, epoch);
    }

    boolean isOpen() {
        return state == TransactionState.ONGOING;
    }

    int nextSequence(TopicPartition partition) {
        Sequences known = sequences.get(partition);
        return known == null || known.epoch < epoch ? 0 : known.last() + 1;
    }

    void begin(long nowMillis) {
        if (!isOpen()) {
            clear(TransactionState.ONGOING);
            startedMillis = nowMillis;
        }
    }

    void clear(TransactionState next) {
        state = next;
        startedMillis = -1;
        partitions.clear();
        pending.clear();
        openFrom.clear();
    }

    void sent(TopicPartition partition, Sent batch) {
        Sequences before = sequences.get(partition);
        List<Sent> known = new ArrayList<>();
        if (before != null && before.epoch == epoch) {
            known.addAll(before.known);
        }
        known.add(batch);
        if (known.size() > BATCHES_KNOWN) {
            known.remove(0);
        }
        sequences.put(partition, new Sequences(epoch, List.copyOf(known)));
        if (transactionalId != null) {
            openFrom.putIfAbsent(partition, batch.baseOffset);
        }
    }

    /** A marker was written there. */
    void marked(TopicPartition partition) {
        Sequences before = sequences.get(partition);
        if (before == null || before.epoch < epoch) {
            sequences.put(partition, new Sequences(epoch, List.of()));
        }
    }

    void forgetTopic(String topic) {
        partitions.removeIf(partition -> partition.topic().equals(topic));
        sequences.keySet().removeIf(partition -> partition.topic().equals(topic));
        openFrom.keySet().removeIf(partition -> partition.topic().equals(topic));
        pending.values()
                .forEach(offsets ->
                        offsets.keySet().removeIf(partition -> partition.topic().equals(topic)));
    }
}
