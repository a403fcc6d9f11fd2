package io.tidemill.log;

import io.tidemill.log.Segment.Slice;
import io.tidemill.log.batch.BatchHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The projection of the journal: topics, partitions and groups. The same {@link #apply} changes it live and at recovery.
 * Guarded by the log's state lock.
 */
final class Catalog {
    private int nextTopicId = 1;
    private final Map<Integer, TopicState> topicsById = new HashMap<>();
    private final TreeMap<String, TopicState> topicsByName = new TreeMap<>();
    private final TreeMap<String, TreeMap<Long, CommittedOffset>> groups = new TreeMap<>();

    private final Set<String> touchedGroups = new TreeSet<>();

    /** Of open transactions: by producer, the first offset in each partition. */
    private final Map<Long, Map<Long, Long>> openByProducer = new HashMap<>();

    /** Of open transactions: by producer, what each group will have committed. */
    private final Map<Long, List<Change.OffsetsCommitted>> pending = new HashMap<>();

    static final class TopicState {
        Change.TopicCreated created;
        PartitionState[] partitions = {};

        TopicState(Change.TopicCreated created) {
            this.created = created;
            alter(created);
        }

        void alter(Change.TopicCreated altered) {
            created = altered;
            int before = partitions.length;
            partitions =
                    Arrays.copyOf(partitions, Math.max(before, altered.config().partitions()));
            for (int i = before; i < partitions.length; i++) {
                partitions[i] = new PartitionState(FrameFormat.partitionKey(altered.topicId(), i));
            }
        }

        TopicDescription describe() {
            return new TopicDescription(created.name(), created.uuid(), created.config());
        }
    }

    static final class PartitionState {
        final long key;
        long start;
        long end;
        long compactedUpTo;

        /** By offset. */
        final List<Slice> slices = new ArrayList<>();

        /** The producers of open transactions, by the first offset that each has here. */
        final TreeMap<Long, Long> open = new TreeMap<>();

        /** Transactions that never happened, in the order of their markers. */
        final List<Change.Aborted> aborted = new ArrayList<>();

        /** The offset that the next append gets; ahead of {@link #end} while commits wait for their sync. Guarded by the append lock. */
        long nextOffset;

        PartitionState(long key) {
            this.key = key;
        }

        /** Before it every transaction has ended. */
        long stableEnd() {
            return open.isEmpty() ? end : Math.max(start, open.firstKey());
        }

        PartitionStatus status() {
            return new PartitionStatus(start, stableEnd(), end);
        }

        /** The aborted transactions with records from {@code from} up to {@code to}. */
        List<Change.Aborted> aborted(long from, long to) {
            List<Change.Aborted> found = new ArrayList<>();
            for (int i = firstAbortedReaching(from); i < aborted.size(); i++) {
                if (aborted.get(i).firstOffset() < to) {
                    found.add(aborted.get(i));
                }
            }
            return found;
        }

        private int firstAbortedReaching(long offset) {
            int low = 0;
            int high = aborted.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (aborted.get(middle).lastOffset() < offset) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        /** The first slice that reaches {@code offset}; the number of slices if there is none. */
        int findSlice(long offset) {
            int low = 0;
            int high = slices.size();
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (slices.get(middle).lastOffset < offset) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }

    /** The groups whose offsets were changed since the last call. */
    Set<String> drainTouchedGroups() {
        Set<String> groups = Set.copyOf(touchedGroups);
        touchedGroups.clear();
        return groups;
    }

    int nextTopicId() {
        return nextTopicId;
    }

    @Nullable
    TopicState topic(String name) {
        return topicsByName.get(name);
    }

    @Nullable
    TopicState topic(int topicId) {
        return topicsById.get(topicId);
    }

    Iterable<TopicState> topics() {
        return topicsByName.values();
    }

    @Nullable
    PartitionState partition(long key) {
        TopicState topic = topicsById.get(FrameFormat.topicId(key));
        int partition = FrameFormat.partition(key);
        return topic == null || partition < 0 || partition >= topic.partitions.length
                ? null
                : topic.partitions[partition];
    }

    Map<String, TreeMap<Long, CommittedOffset>> groups() {
        return groups;
    }

    void apply(Change change) {
        if (change instanceof Change.TopicCreated created) {
            TopicState topic = new TopicState(created);
            topicsById.put(created.topicId(), topic);
            topicsByName.put(created.name(), topic);
            nextTopicId = Math.max(nextTopicId, created.topicId() + 1);
        } else if (change instanceof Change.TopicAltered altered) {
            TopicState topic = topicsById.get(altered.topic().topicId());
            if (topic != null) {
                topic.alter(altered.topic());
            }
        } else if (change instanceof Change.TopicDeleted deleted) {
            applyDeleted(deleted.topicId());
        } else if (change instanceof Change.OffsetsCommitted committed) {
            applyOffsets(committed);
        } else if (change instanceof Change.OffsetsForgotten forgotten) {
            applyForgotten(forgotten);
        } else if (change instanceof Change.OffsetsPending added) {
            added.offsets().addTo(pending.computeIfAbsent(added.producerId(), id -> new ArrayList<>()));
        } else if (change instanceof Change.TransactionEnded ended) {
            applyEnded(ended);
        } else if (change instanceof Change.StartMoved moved) {
            PartitionState partition = partition(FrameFormat.partitionKey(moved.topicId(), moved.partition()));
            if (partition != null) {
                moveStart(partition, moved.start());
            }
        } else if (change instanceof Change.Compacted compacted) {
            PartitionState partition = partition(FrameFormat.partitionKey(compacted.topicId(), compacted.partition()));
            if (partition != null) {
                partition.compactedUpTo = Math.max(partition.compactedUpTo, compacted.upTo());
            }
        } else if (change instanceof Change.Snapshot snapshot) {
            applySnapshot(snapshot);
        }
    }

    private void applyOffsets(Change.OffsetsCommitted committed) {
        touchedGroups.add(committed.group());
        TreeMap<Long, CommittedOffset> group = groups.computeIfAbsent(committed.group(), g -> new TreeMap<>());
        for (Change.PartitionOffset each : committed.offsets()) {
            // Its topic may have been deleted while a transaction held the offset back.
            if (topicsById.containsKey(each.partition().topicId())) {
                group.put(each.partition().key(), each.offset());
            }
        }
        if (group.isEmpty()) {
            groups.remove(committed.group());
        }
    }

    private void applyForgotten(Change.OffsetsForgotten forgotten) {
        touchedGroups.add(forgotten.group());
        TreeMap<Long, CommittedOffset> group = groups.get(forgotten.group());
        if (group != null && !forgotten.partitions().isEmpty()) {
            forgotten.partitions().forEach(partition -> group.remove(partition.key()));
        }
        if (group == null || group.isEmpty() || forgotten.partitions().isEmpty()) {
            groups.remove(forgotten.group());
        }
    }

    /** The markers are in the same frame, and so the newest records of their partitions. */
    private void applyEnded(Change.TransactionEnded ended) {
        Map<Long, Long> open = openByProducer.remove(ended.producerId());
        if (open != null) {
            open.forEach((key, first) -> {
                PartitionState partition = partition(key);
                if (partition != null) {
                    endTransaction(partition, first, ended);
                }
            });
        }
        List<Change.OffsetsCommitted> offsets = pending.remove(ended.producerId());
        if (offsets != null && ended.committed()) {
            offsets.forEach(this::applyOffsets);
        }
    }

    private static void endTransaction(PartitionState partition, long first, Change.TransactionEnded ended) {
        partition.open.remove(first);
        if (!ended.committed()) {
            partition.aborted.add(new Change.Aborted(ended.producerId(), first, partition.end - 1));
        }
    }

    /** The partitions of {@code group} that an open transaction is about to commit offsets of. */
    Set<Long> pendingOffsets(String group) {
        Set<Long> keys = new TreeSet<>();
        for (List<Change.OffsetsCommitted> offsets : pending.values()) {
            for (Change.OffsetsCommitted each : offsets) {
                if (each.group().equals(group)) {
                    each.offsets().forEach(offset -> keys.add(offset.partition().key()));
                }
            }
        }
        return keys;
    }

    private void applyDeleted(int topicId) {
        TopicState topic = topicsById.remove(topicId);
        if (topic != null) {
            topicsByName.remove(topic.created.name());
            groups.forEach((group, offsets) -> {
                if (offsets.keySet().removeIf(key -> FrameFormat.topicId(key) == topicId)) {
                    touchedGroups.add(group);
                }
            });
            groups.values().removeIf(Map::isEmpty);
        }
    }

    private static void moveStart(PartitionState partition, long start) {
        partition.start = Math.max(partition.start, start);
        partition.slices.removeIf(slice -> slice.lastOffset < partition.start);
        partition.aborted.removeIf(aborted -> aborted.lastOffset() < partition.start);
    }

    private void applySnapshot(Change.Snapshot snapshot) {
        nextTopicId = snapshot.nextTopicId();
        topicsById.clear();
        topicsByName.clear();
        groups.clear();
        openByProducer.clear();
        pending.clear();
        for (Change.TopicSnapshot topic : snapshot.topics()) {
            apply(topic.topic());
            TopicState state = topicsById.get(topic.topic().topicId());
            for (int i = 0; state != null && i < state.partitions.length; i++) {
                Change.PartitionSnapshot from = topic.partitions().get(i);
                state.partitions[i].start = from.start();
                state.partitions[i].end = from.end();
                state.partitions[i].compactedUpTo = from.compactedUpTo();
                for (Change.Open open : from.open()) {
                    open(state.partitions[i], open.producerId(), open.firstOffset());
                }
                state.partitions[i].aborted.addAll(from.aborted());
            }
        }
        snapshot.groups().forEach(this::apply);
        for (Change.ProducerSnapshot producer : snapshot.producers()) {
            Change.TransactionSnapshot transaction = producer.transaction();
            if (transaction != null && !transaction.pending().isEmpty()) {
                pending.put(producer.producerId(), new ArrayList<>(transaction.pending()));
            }
        }
    }

    /** Everything here, and what the producers are. */
    Change.Snapshot snapshot(long producerIdsUpTo, List<Change.ProducerSnapshot> producers) {
        List<Change.TopicSnapshot> topics = new ArrayList<>();
        for (TopicState topic : topicsByName.values()) {
            List<Change.PartitionSnapshot> partitions = new ArrayList<>();
            for (PartitionState partition : topic.partitions) {
                partitions.add(snapshot(partition));
            }
            topics.add(new Change.TopicSnapshot(topic.created, partitions));
        }
        List<Change.OffsetsCommitted> committed = new ArrayList<>();
        groups.forEach((group, offsets) -> committed.add(new Change.OffsetsCommitted(
                group,
                offsets.entrySet().stream()
                        .map(entry ->
                                new Change.PartitionOffset(Change.PartitionKey.of(entry.getKey()), entry.getValue()))
                        .toList())));
        return new Change.Snapshot(nextTopicId, topics, committed, producerIdsUpTo, producers);
    }

    private static Change.PartitionSnapshot snapshot(PartitionState partition) {
        List<Change.Open> open = new ArrayList<>();
        partition.open.forEach((first, producer) -> open.add(new Change.Open(producer, first)));
        return new Change.PartitionSnapshot(
                partition.start, partition.end, partition.compactedUpTo, open, List.copyOf(partition.aborted));
    }

    /** A batch has become visible. Records of topics that are gone are ignored: their room is given back. */
    void applyRecords(Slice slice, BatchHeader batch) {
        PartitionState partition = partition(slice.key);
        if (partition == null) {
            return;
        }
        addSlice(partition, slice);
        partition.end = Math.max(partition.end, batch.lastOffset() + 1);
        if (batch.transactional() && !batch.control()) {
            open(partition, batch.producerId(), batch.baseOffset());
        }
    }

    private void open(PartitionState partition, long producerId, long firstOffset) {
        Map<Long, Long> mine = openByProducer.computeIfAbsent(producerId, id -> new HashMap<>());
        if (mine.putIfAbsent(partition.key, firstOffset) == null) {
            partition.open.put(firstOffset, producerId);
        }
    }

    /** Puts a slice where its offsets belong, unless it is there or all of it is gone. */
    static void addSlice(PartitionState partition, Slice slice) {
        if (slice.lastOffset < partition.start) {
            return;
        }
        List<Slice> slices = partition.slices;
        int at = slices.size();
        while (at > 0 && slices.get(at - 1).firstOffset >= slice.firstOffset) {
            if (slices.get(at - 1) == slice) {
                return;
            }
            at--;
        }
        if (at == 0 || slices.get(at - 1) != slice) {
            slices.add(at, slice);
        }
    }
}
