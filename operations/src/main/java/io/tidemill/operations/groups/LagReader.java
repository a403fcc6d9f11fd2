package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads how far a group is behind: in records by its offsets, in time by the first record that it has not read. */
final class LagReader {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final int FETCH_BYTES = 64 << 10;

    private final Admin admin;
    private final Map<String, Object> clientConfig;
    private final Duration timeLimit;
    private final InstantSource clock;

    LagReader(Admin admin, Map<String, Object> clientConfig, Duration timeLimit, InstantSource clock) {
        this.admin = admin;
        this.clientConfig = clientConfig;
        this.timeLimit = timeLimit;
        this.clock = clock;
    }

    List<PartitionLag> read(
            String group,
            Set<TopicPartition> partitions,
            Map<TopicPartition, Long> committed,
            Map<TopicPartition, String> owners) {
        Map<TopicPartition, Long> starts = GroupAdmin.offsets(admin, partitions, OffsetSpec.earliest(), timeLimit);
        Map<TopicPartition, Long> ends = GroupAdmin.offsets(admin, partitions, OffsetSpec.latest(), timeLimit);
        Map<TopicPartition, Long> unread = new HashMap<>();
        committed.forEach((partition, offset) -> {
            Long start = starts.get(partition);
            Long end = ends.get(partition);
            if (start != null && end != null && Math.max(start, offset) < end) {
                unread.put(partition, Math.max(start, offset));
            }
        });
        Map<TopicPartition, Long> times = new HashMap<>();
        Set<TopicPartition> nothing = new HashSet<>();
        Map<TopicPartition, Instant> commits;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            readTimes(consumer, unread, ends, times, nothing);
            commits = new LastCommits(consumer, timeLimit).of(group, committed.keySet());
        } catch (KafkaException e) {
            throw GroupException.failure(
                    "could not read the records that group '" + group + "' has before it: " + e.getMessage(), e);
        }
        List<PartitionLag> lags = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            Long start = starts.get(partition);
            Long end = ends.get(partition);
            if (start != null && end != null) {
                Long at = committed.get(partition);
                boolean allRead = at != null && (at >= end || nothing.contains(partition));
                Long time = times.get(partition);
                lags.add(new PartitionLag(
                        partition,
                        owners.get(partition),
                        at,
                        start,
                        end,
                        at == null ? null : Math.max(0, end - at),
                        time == null ? null : Instant.ofEpochMilli(time),
                        lagTime(allRead, time),
                        commits.get(partition),
                        at == null ? 0 : Math.max(0, start - at)));
            }
        }
        return lags;
    }

    private @Nullable Duration lagTime(boolean allRead, @Nullable Long oldestUnread) {
        if (allRead) {
            return Duration.ZERO;
        }
        return oldestUnread == null ? null : Duration.ofMillis(Math.max(0, clock.millis() - oldestUnread));
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(timeLimit.toMillis()));
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** The timestamps of the first records at or after these offsets; {@code nothing} where there are only markers. */
    private void readTimes(
            KafkaConsumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Long> times,
            Set<TopicPartition> nothing) {
        Set<org.apache.kafka.common.TopicPartition> wanted = new HashSet<>();
        from.keySet().forEach(partition -> wanted.add(GroupAdmin.theirs(partition)));
        consumer.assign(wanted);
        from.forEach((partition, offset) -> consumer.seek(GroupAdmin.theirs(partition), offset));
        Instant until = clock.instant().plus(timeLimit);
        while (!wanted.isEmpty() && clock.instant().isBefore(until)) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            for (org.apache.kafka.common.TopicPartition partition : List.copyOf(wanted)) {
                List<ConsumerRecord<byte[], byte[]>> found = records.records(partition);
                TopicPartition ours = GroupAdmin.ours(partition);
                if (!found.isEmpty()) {
                    long timestamp = found.get(0).timestamp();
                    if (timestamp >= 0) {
                        times.put(ours, timestamp);
                    }
                    wanted.remove(partition);
                } else if (consumer.position(partition) >= ends.getOrDefault(ours, 0L)) {
                    nothing.add(ours);
                    wanted.remove(partition);
                }
            }
            consumer.pause(consumer.assignment().stream()
                    .filter(partition -> !wanted.contains(partition))
                    .toList());
        }
    }
}
