package io.tidemill.kafka;

import io.tidemill.log.Commit;
import io.tidemill.log.CommittedOffset;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what groups commit into the topic in which brokers keep it, for tools that read that topic: no call of the protocol
 * tells when a group last committed. It is a copy that follows within a second or so; the offsets themselves are the log's.
 * Keys and values are what Kafka's schemas OffsetCommitKey (version 1) and OffsetCommitValue (version 3) say.
 */
final class OffsetsMirror {
    static final String TOPIC = "__consumer_offsets";

    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaServer.class);
    private static final Duration DELAY = Duration.ofSeconds(1);
    private static final int BATCH_BYTES_MAX = 512 << 10;
    private static final short KEY_VERSION = 1;
    private static final short VALUE_VERSION = 3;

    private final Broker broker;
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** What was written, as far as it is known; used on the coordinator's thread. */
    private final Map<String, Map<TopicPartition, CommittedOffset>> written = new HashMap<>();

    private BatchBuilder batch = new BatchBuilder();

    OffsetsMirror(Broker broker) {
        this.broker = broker;
    }

    /** On the thread that made it visible: only takes note. */
    void changed(Set<String> groups) {
        changed.addAll(groups);
        if (scheduled.compareAndSet(false, true)) {
            broker.coordinator().schedule(DELAY, this::write);
        }
    }

    private void write() {
        scheduled.set(false);
        Set<String> groups = new HashSet<>(changed);
        changed.removeAll(groups);
        try {
            if (broker.log().topic(TOPIC).isEmpty()) {
                broker.log().createTopic(TOPIC, TopicConfig.compacted(1));
            }
            groups.forEach(this::write);
            flush();
        } catch (LogException e) {
            LOGGER.warn("could not copy committed offsets to {}: {}", TOPIC, e.getMessage());
            written.keySet().removeAll(groups);
            batch = new BatchBuilder();
            changed(groups);
        }
    }

    private void write(String group) {
        Map<TopicPartition, CommittedOffset> now = broker.log().committedOffsets(group);
        Map<TopicPartition, CommittedOffset> before = written.getOrDefault(group, Map.of());
        Set<TopicPartition> partitions = new TreeSet<>(before.keySet());
        partitions.addAll(now.keySet());
        for (TopicPartition partition : partitions) {
            CommittedOffset offset = now.get(partition);
            if (offset == null || !offset.equals(before.get(partition))) {
                add(group, partition, offset);
            }
        }
        if (now.isEmpty()) {
            written.remove(group);
        } else {
            written.put(group, now);
        }
    }

    private void add(String group, TopicPartition partition, @Nullable CommittedOffset offset) {
        long timestamp = offset == null ? broker.clock().millis() : offset.commitTimeMillis();
        batch.add(timestamp, key(group, partition), offset == null ? null : value(offset), List.of());
        if (batch.sizeInBytes() > BATCH_BYTES_MAX) {
            flush();
        }
    }

    private void flush() {
        if (batch.count() > 0) {
            broker.log()
                    .commit(Commit.builder()
                            .append(new TopicPartition(TOPIC, 0), batch.build())
                            .build());
            batch = new BatchBuilder();
        }
    }

    private static byte[] key(String group, TopicPartition partition) {
        return bytes(out -> {
            out.writeShort(KEY_VERSION);
            writeText(group, out);
            writeText(partition.topic(), out);
            out.writeInt(partition.partition());
        });
    }

    private static byte[] value(CommittedOffset offset) {
        return bytes(out -> {
            out.writeShort(VALUE_VERSION);
            out.writeLong(offset.offset());
            out.writeInt(offset.leaderEpoch());
            writeText(offset.metadata(), out);
            out.writeLong(offset.commitTimeMillis());
        });
    }

    private static void writeText(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writer writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writer.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
