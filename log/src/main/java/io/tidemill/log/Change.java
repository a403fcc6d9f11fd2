package io.tidemill.log;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the journal holds besides records: everything that changes the {@link Catalog}. */
sealed interface Change {
    record TopicCreated(int topicId, UUID uuid, String name, TopicConfig config) implements Change {}

    record TopicDeleted(int topicId) implements Change {}

    record OffsetsCommitted(String group, List<PartitionOffset> offsets) implements Change {}

    /** Records before {@code start} are gone. */
    record StartMoved(int topicId, int partition, long start) implements Change {}

    /** Before {@code upTo} every record is the newest of its key, or a tombstone that is not old enough. */
    record Compacted(int topicId, int partition, long upTo) implements Change {}

    /** The whole catalog: the first entry of every file. */
    record Snapshot(int nextTopicId, List<TopicSnapshot> topics, List<OffsetsCommitted> groups) implements Change {}

    record TopicSnapshot(TopicCreated topic, List<PartitionSnapshot> partitions) {}

    record PartitionSnapshot(long start, long end, long compactedUpTo) {}

    record PartitionOffset(int topicId, int partition, long offset) {}

    private static byte type(Change change) {
        if (change instanceof TopicCreated) {
            return 1;
        } else if (change instanceof TopicDeleted) {
            return 2;
        } else if (change instanceof OffsetsCommitted) {
            return 3;
        } else if (change instanceof StartMoved) {
            return 4;
        } else if (change instanceof Compacted) {
            return 5;
        }
        return 6;
    }

    static void write(Change change, ByteSink sink) {
        sink.write(type(change));
        if (change instanceof TopicCreated created) {
            writeTopic(created, sink);
        } else if (change instanceof TopicDeleted deleted) {
            sink.writeVarint(deleted.topicId);
        } else if (change instanceof OffsetsCommitted committed) {
            writeOffsets(committed, sink);
        } else if (change instanceof StartMoved moved) {
            sink.writeVarint(moved.topicId);
            sink.writeVarint(moved.partition);
            sink.writeVarlong(moved.start);
        } else if (change instanceof Compacted compacted) {
            sink.writeVarint(compacted.topicId);
            sink.writeVarint(compacted.partition);
            sink.writeVarlong(compacted.upTo);
        } else if (change instanceof Snapshot snapshot) {
            writeSnapshot(snapshot, sink);
        }
    }

    private static void writeSnapshot(Snapshot snapshot, ByteSink sink) {
        sink.writeVarint(snapshot.nextTopicId);
        sink.writeVarint(snapshot.topics.size());
        for (TopicSnapshot topic : snapshot.topics) {
            writeTopic(topic.topic, sink);
            for (PartitionSnapshot partition : topic.partitions) {
                sink.writeVarlong(partition.start);
                sink.writeVarlong(partition.end);
                sink.writeVarlong(partition.compactedUpTo);
            }
        }
        sink.writeVarint(snapshot.groups.size());
        for (OffsetsCommitted group : snapshot.groups) {
            writeOffsets(group, sink);
        }
    }

    private static void writeTopic(TopicCreated topic, ByteSink sink) {
        TopicConfig config = topic.config;
        Duration retention = config.retention();
        Long retentionBytes = config.retentionBytes();
        sink.writeVarint(topic.topicId);
        sink.writeLong(topic.uuid.getMostSignificantBits());
        sink.writeLong(topic.uuid.getLeastSignificantBits());
        sink.writeText(topic.name);
        sink.writeVarint(config.partitions());
        sink.writeVarlong(retention == null ? -1 : retention.toMillis());
        sink.writeVarlong(retentionBytes == null ? -1 : retentionBytes);
        sink.write(config.compacted() ? 1 : 0);
        sink.writeVarint(config.recordBytesMax());
    }

    private static void writeOffsets(OffsetsCommitted committed, ByteSink sink) {
        sink.writeText(committed.group);
        sink.writeVarint(committed.offsets.size());
        for (PartitionOffset offset : committed.offsets) {
            sink.writeVarint(offset.topicId);
            sink.writeVarint(offset.partition);
            sink.writeVarlong(offset.offset);
        }
    }

    static Change read(ByteSource source) {
        byte type = source.readByte();
        return switch (type) {
            case 1 -> readTopic(source);
            case 2 -> new TopicDeleted(source.readVarint());
            case 3 -> readOffsets(source);
            case 4 -> new StartMoved(source.readVarint(), source.readVarint(), source.readVarlong());
            case 5 -> new Compacted(source.readVarint(), source.readVarint(), source.readVarlong());
            case 6 -> readSnapshot(source);
            default -> throw new IllegalStateException("a change of the unknown type " + type);
        };
    }

    private static Snapshot readSnapshot(ByteSource source) {
        int nextTopicId = source.readVarint();
        List<TopicSnapshot> topics = new ArrayList<>();
        for (int t = source.readVarint(); t > 0; t--) {
            TopicCreated topic = readTopic(source);
            List<PartitionSnapshot> partitions = new ArrayList<>();
            for (int p = 0; p < topic.config.partitions(); p++) {
                partitions.add(new PartitionSnapshot(source.readVarlong(), source.readVarlong(), source.readVarlong()));
            }
            topics.add(new TopicSnapshot(topic, partitions));
        }
        List<OffsetsCommitted> groups = new ArrayList<>();
        for (int g = source.readVarint(); g > 0; g--) {
            groups.add(readOffsets(source));
        }
        return new Snapshot(nextTopicId, topics, groups);
    }

    private static TopicCreated readTopic(ByteSource source) {
        int topicId = source.readVarint();
        UUID uuid = new UUID(source.readLong(), source.readLong());
        String name = source.readText();
        int partitions = source.readVarint();
        long retention = source.readVarlong();
        long retentionBytes = source.readVarlong();
        boolean compacted = source.readByte() != 0;
        int recordBytesMax = source.readVarint();
        return new TopicCreated(
                topicId,
                uuid,
                name,
                new TopicConfig(
                        partitions,
                        nullable(retention < 0 ? null : Duration.ofMillis(retention)),
                        nullable(retentionBytes < 0 ? null : (Long) retentionBytes),
                        compacted,
                        recordBytesMax));
    }

    private static <T> @Nullable T nullable(@Nullable T value) {
        return value;
    }

    private static OffsetsCommitted readOffsets(ByteSource source) {
        String group = source.readText();
        List<PartitionOffset> offsets = new ArrayList<>();
        for (int i = source.readVarint(); i > 0; i--) {
            offsets.add(new PartitionOffset(source.readVarint(), source.readVarint(), source.readVarlong()));
        }
        return new OffsetsCommitted(group, offsets);
    }
}
