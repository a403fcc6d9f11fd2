package io.tidemill.doctor;

import io.tidemill.groups.GroupCoordinator;
import io.tidemill.groups.Rebalance;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the coordinator's journal of rebalances over the protocol. Joins no group and commits nothing. Thread-safe; each call
 * opens a consumer of its own, and may block for {@code readTimeout}.
 */
public final class JournalSource {
    /** Entries that are kept; of more, the newest. */
    public static final int ENTRIES_MAX = Chronicle.ENTRIES_MAX;

    /** JSON that is kept, over all entries; of more, the newest. */
    public static final long BYTES_MAX = 64L << 20;

    private static final Duration POLL = Duration.ofMillis(100);

    private final Map<String, Object> clientProperties;
    private final Duration readTimeout;
    private final InstantSource clock;

    /**
     * @param clientProperties {@code bootstrap.servers} and what else a client needs to connect
     * @param readTimeout after which reading ends with {@link TimeoutException}
     */
    public JournalSource(Map<String, ?> clientProperties, Duration readTimeout, InstantSource clock) {
        this.clientProperties = new HashMap<>(clientProperties);
        this.readTimeout = readTimeout;
        this.clock = clock;
    }

    /**
     * What the journal holds of one group; empty if the cluster has no journal. The group need not exist.
     *
     * @param window how far back
     * @throws org.apache.kafka.common.KafkaException if the cluster cannot be read
     */
    public Optional<Observations> read(String group, Duration window) {
        Instant now = clock.instant();
        return read(group, now.minus(window), now)
                .map(found -> found.getOrDefault(group, Observations.of(group, List.of(), window, now)));
    }

    /** The same for every group that the journal names in that time, by group id. */
    public Optional<Map<String, Observations>> readAll(Duration window) {
        Instant now = clock.instant();
        return read(null, now.minus(window), now);
    }

    private Optional<Map<String, Observations>> read(@Nullable String group, Instant from, Instant now) {
        try (Consumer<byte[], byte[]> consumer = consumer()) {
            List<TopicPartition> partitions = consumer.listTopics(readTimeout).entrySet().stream()
                    .filter(each -> each.getKey().equals(GroupCoordinator.REBALANCES_TOPIC))
                    .flatMap(each -> each.getValue().stream())
                    .map(each -> new TopicPartition(each.topic(), each.partition()))
                    .toList();
            if (partitions.isEmpty()) {
                return Optional.empty();
            }
            Kept kept = new Kept(group);
            readTo(consumer, partitions, from, kept);
            return Optional.of(kept.observations(from, now));
        }
    }

    private Consumer<byte[], byte[]> consumer() {
        Map<String, Object> properties = new HashMap<>(clientProperties);
        properties.keySet().removeAll(List.of(ConsumerConfig.GROUP_ID_CONFIG, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG));
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.EXCLUDE_INTERNAL_TOPICS_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void readTo(Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Instant from, Kept kept) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, readTimeout);
        consumer.assign(partitions);
        seek(consumer, partitions, from, ends);
        Instant deadline = clock.instant().plus(readTimeout);
        while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.getOrDefault(each, 0L))) {
            if (clock.instant().isAfter(deadline)) {
                throw new TimeoutException("the journal of rebalances could not be read within " + readTimeout);
            }
            consumer.poll(POLL).forEach(kept::add);
        }
    }

    /** An entry is appended when its rebalance ends, so its timestamp is never before the end. */
    private void seek(
            Consumer<byte[], byte[]> consumer,
            List<TopicPartition> partitions,
            Instant from,
            Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(each -> times.put(each, Math.max(0, from.toEpochMilli())));
        Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times, readTimeout);
        for (TopicPartition each : partitions) {
            OffsetAndTimestamp start = found.get(each);
            consumer.seek(each, start == null ? ends.getOrDefault(each, 0L) : start.offset());
        }
    }

    /** The newest entries, within bounds. */
    private static final class Kept {
        private final @Nullable String group;
        private final PriorityQueue<Entry> entries = new PriorityQueue<>(Comparator.comparingLong(Entry::timestamp));
        private final Map<String, Integer> unreadable = new HashMap<>();
        private long bytes;
        private boolean truncated;

        private record Entry(long timestamp, String group, byte[] json) {}

        Kept(@Nullable String group) {
            this.group = group;
        }

        void add(ConsumerRecord<byte[], byte[]> consumed) {
            if (consumed.key() == null || consumed.value() == null) {
                return;
            }
            String of = new String(consumed.key(), StandardCharsets.UTF_8);
            if (group != null && !group.equals(of)) {
                return;
            }
            entries.add(new Entry(consumed.timestamp(), of, consumed.value()));
            bytes += consumed.value().length;
            while (entries.size() > ENTRIES_MAX || bytes > BYTES_MAX) {
                bytes -= entries.remove().json().length;
                truncated = true;
            }
        }

        Map<String, Observations> observations(Instant from, Instant to) {
            Map<String, List<Rebalance>> byGroup = new TreeMap<>();
            for (Entry each : entries) {
                List<Rebalance> of = byGroup.computeIfAbsent(each.group(), key -> new ArrayList<>());
                parse(each).ifPresentOrElse(of::add, () -> unreadable.merge(each.group(), 1, Integer::sum));
            }
            Map<String, Observations> observations = new TreeMap<>();
            byGroup.forEach((of, list) -> observations.put(
                    of,
                    new Observations(
                            of,
                            Observations.Source.JOURNAL,
                            from,
                            to,
                            list,
                            unreadable.getOrDefault(of, 0),
                            truncated,
                            null,
                            LagView.UNKNOWN)));
            return observations;
        }

        private static Optional<Rebalance> parse(Entry entry) {
            try {
                return Optional.of(Rebalance.fromJson(entry.json()));
            } catch (IllegalArgumentException e) {
                // Counted, and told with the diagnosis.
                return Optional.empty();
            }
        }
    }
}
