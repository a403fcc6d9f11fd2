package io.tidemill.kafka.protocol;

import io.tidemill.groups.SubscriptionDecoder;
import io.tidemill.log.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.protocol.Readable;
import org.jspecify.annotations.Nullable;

/** Reads what consumers of classic groups say to each other. */
public final class ConsumerProtocolReader implements SubscriptionDecoder {
    public static final ConsumerProtocolReader INSTANCE = new ConsumerProtocolReader();

    private static final int VERSION_BYTES = 2;

    private ConsumerProtocolReader() {}

    @Override
    public Optional<Subscription> subscription(byte[] metadata) {
        ConsumerProtocolSubscription read = read(
                metadata, ConsumerProtocolSubscription.HIGHEST_SUPPORTED_VERSION, ConsumerProtocolSubscription::new);
        if (read == null) {
            return Optional.empty();
        }
        List<TopicPartition> owned = new ArrayList<>();
        read.ownedPartitions().forEach(topic -> add(topic.topic(), topic.partitions(), owned));
        return Optional.of(new Subscription(new HashSet<>(read.topics()), owned));
    }

    @Override
    public Optional<List<TopicPartition>> assignment(byte[] bytes) {
        if (bytes.length == 0) {
            return Optional.of(List.of());
        }
        ConsumerProtocolAssignment read =
                read(bytes, ConsumerProtocolAssignment.HIGHEST_SUPPORTED_VERSION, ConsumerProtocolAssignment::new);
        if (read == null) {
            return Optional.empty();
        }
        List<TopicPartition> assigned = new ArrayList<>();
        read.assignedPartitions().forEach(topic -> add(topic.topic(), topic.partitions(), assigned));
        return Optional.of(assigned);
    }

    private static void add(String topic, List<Integer> partitions, List<TopicPartition> into) {
        for (int partition : partitions) {
            if (partition >= 0) {
                into.add(new TopicPartition(topic, partition));
            }
        }
    }

    /** Newer versions only add at the end, and are read as the newest that is known; null if it does not read. */
    private static <T> @Nullable T read(byte[] bytes, short versionMax, BiFunction<Readable, Short, T> reader) {
        if (bytes.length < VERSION_BYTES) {
            return null;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        short version = buffer.getShort();
        if (version < 0) {
            return null;
        }
        try {
            return reader.apply(new BoundedReader(buffer), (short) Math.min(version, versionMax));
        } catch (RuntimeException e) {
            return null;
        }
    }
}
