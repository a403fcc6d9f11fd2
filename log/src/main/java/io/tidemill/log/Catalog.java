package io.tidemill.log;

import io.tidemill.log.Segment.Slice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The projection of the journal: topics, partitions and groups. The same {@link #apply} changes it live and at recovery.
 * Guarded by the log's state lock.
 */
final class Catalog {
    private int nextTopicId = 1;
    private final Map<Integer, TopicState> topicsById = new HashMap<>();
    private final TreeMap<String, TopicState> topicsByName = new TreeMap<>();
    private final TreeMap<String, TreeMap<Long, Long>> groups = new TreeMap<>();

    static final class TopicState {
        final Change.TopicCreated created;
        final PartitionState[] partitions;

        TopicState(Change.TopicCreated created) {
            this.created = created;
            partitions = new PartitionState[created.config().partitions()];
            for (int i = 0; i < partitions.length; i++) {
                partitions[i] = new PartitionState(FrameFormat.partitionKey(created.topicId(), i));
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

        /** The offset that the next append gets; ahead of {@link #end} while commits wait for their sync. Guarded by the append lock. */
        long nextOffset;

        PartitionState(long key) {
            this.key = key;
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

    Map<String, TreeMap<Long, Long>> groups() {
        return groups;
    }

    void apply(Change change) {
        if (change instanceof Change.TopicCreated created) {
            TopicState topic = new TopicState(created);
            topicsById.put(created.topicId(), topic);
            topicsByName.put(created.name(), topic);
            nextTopicId = Math.max(nextTopicId, created.topicId() + 1);
        } else if (change instanceof Change.TopicDeleted deleted) {
            applyDeleted(deleted.topicId());
        } else if (change instanceof Change.OffsetsCommitted committed) {
            TreeMap<Long, Long> group = groups.computeIfAbsent(committed.group(), g -> new TreeMap<>());
            for (Change.PartitionOffset offset : committed.offsets()) {
                group.put(FrameFormat.partitionKey(offset.topicId(), offset.partition()), offset.offset());
            }
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

    private void applyDeleted(int topicId) {
        TopicState topic = topicsById.remove(topicId);
        if (topic != null) {
            topicsByName.remove(topic.created.name());
            for (TreeMap<Long, Long> group : groups.values()) {
                group.keySet().removeIf(key -> FrameFormat.topicId(key) == topicId);
            }
            groups.values().removeIf(Map::isEmpty);
        }
    }

    private static void moveStart(PartitionState partition, long start) {
        partition.start = Math.max(partition.start, start);
        partition.slices.removeIf(slice -> slice.lastOffset < partition.start);
    }

    private void applySnapshot(Change.Snapshot snapshot) {
        nextTopicId = snapshot.nextTopicId();
        topicsById.clear();
        topicsByName.clear();
        groups.clear();
        for (Change.TopicSnapshot topic : snapshot.topics()) {
            apply(topic.topic());
            TopicState state = topicsById.get(topic.topic().topicId());
            for (int i = 0; state != null && i < state.partitions.length; i++) {
                Change.PartitionSnapshot from = topic.partitions().get(i);
                state.partitions[i].start = from.start();
                state.partitions[i].end = from.end();
                state.partitions[i].compactedUpTo = from.compactedUpTo();
            }
        }
        snapshot.groups().forEach(this::apply);
    }

    Change.Snapshot snapshot() {
        List<Change.TopicSnapshot> topics = new ArrayList<>();
        for (TopicState topic : topicsByName.values()) {
            List<Change.PartitionSnapshot> partitions = new ArrayList<>();
            for (PartitionState partition : topic.partitions) {
                partitions.add(new Change.PartitionSnapshot(partition.start, partition.end, partition.compactedUpTo));
            }
            topics.add(new Change.TopicSnapshot(topic.created, partitions));
        }
        List<Change.OffsetsCommitted> committed = new ArrayList<>();
        groups.forEach((group, offsets) -> committed.add(new Change.OffsetsCommitted(
                group,
                offsets.entrySet().stream()
                        .map(entry -> new Change.PartitionOffset(
                                FrameFormat.topicId(entry.getKey()),
                                FrameFormat.partition(entry.getKey()),
                                entry.getValue()))
                        .toList())));
        return new Change.Snapshot(nextTopicId, topics, committed);
    }

    /** A batch has become visible. Records of topics that are gone are ignored: their room is given back. */
    void applyRecords(Slice slice, long lastOffset) {
        PartitionState partition = partition(slice.key);
        if (partition == null) {
            return;
        }
        addSlice(partition, slice);
        partition.end = Math.max(partition.end, lastOffset + 1);
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
