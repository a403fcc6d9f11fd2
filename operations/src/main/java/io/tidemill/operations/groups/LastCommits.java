package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;

/**
 * When a group last committed. No call of the Kafka protocol tells; the topic in which brokers keep commits does: its keys
 * and values begin with a version, and are in the versions up to 1 (keys) and 4 (values) what Kafka's message schemas
 * OffsetCommitKey and OffsetCommitValue say. Where that topic is not there, or may not be read, it stays unknown.
 */
final class LastCommits {
    private static final String TOPIC = "__consumer_offsets";
    private static final int RECORDS_MAX = 200_000;
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Duration timeLimit;

    LastCommits(KafkaConsumer<byte[], byte[]> consumer, Duration timeLimit) {
        this.consumer = consumer;
        this.timeLimit = timeLimit;
    }

    /** Looks through the newest commits only: those of {@code group} may not be among them. */
    Map<TopicPartition, Instant> of(String group, Set<TopicPartition> partitions) {
        Map<TopicPartition, Instant> commits = new HashMap<>();
        if (partitions.isEmpty()) {
            return commits;
        }
        try {
            List<PartitionInfo> infos = consumer.listTopics(timeLimit).get(TOPIC);
            if (infos != null && !infos.isEmpty()) {
                read(group, (group.hashCode() & Integer.MAX_VALUE) % infos.size(), commits);
            }
        } catch (KafkaException e) {
            // It is not for everybody to read. The rest of the report needs nothing of it.
            commits.clear();
        }
        return commits;
    }

    private void read(String group, int number, Map<TopicPartition, Instant> commits) {
        org.apache.kafka.common.TopicPartition partition = new org.apache.kafka.common.TopicPartition(TOPIC, number);
        long end = consumer.endOffsets(Set.of(partition)).getOrDefault(partition, 0L);
        long start = consumer.beginningOffsets(Set.of(partition)).getOrDefault(partition, 0L);
        consumer.assign(Set.of(partition));
        consumer.seek(partition, Math.max(start, end - RECORDS_MAX));
        long until = System.nanoTime() + timeLimit.toNanos();
        while (consumer.position(partition) < end && System.nanoTime() < until) {
            for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                take(group, each, commits);
            }
        }
    }

    private static void take(
            String group, ConsumerRecord<byte[], byte[]> commit, Map<TopicPartition, Instant> commits) {
        if (commit.key() == null) {
            return;
        }
        try {
            ByteBuffer key = ByteBuffer.wrap(commit.key());
            if (key.getShort() <= 1 && text(key).equals(group)) {
                TopicPartition partition = new TopicPartition(text(key), key.getInt());
                if (commit.value() == null) {
                    commits.remove(partition);
                } else {
                    commits.put(partition, Instant.ofEpochMilli(commit.timestamp()));
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            // A key of another kind: not a commit.
            return;
        }
    }

    private static String text(ByteBuffer bytes) {
        byte[] text = new byte[bytes.getShort()];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
