package io.tidemill.compat.doctor;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** A consumer of a group, with its poll loop on a thread of its own. */
final class Worker implements AutoCloseable {
    private static final Duration JOIN = Duration.ofSeconds(20);

    /** Milliseconds that processing what one poll gave takes. */
    final AtomicLong processingMillis = new AtomicLong();

    /** Milliseconds that giving up partitions takes. */
    final AtomicLong revokingMillis = new AtomicLong();

    final AtomicInteger records = new AtomicInteger();
    volatile Collection<TopicPartition> assigned = List.of();
    volatile @Nullable KafkaException failure;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private volatile @Nullable List<String> subscribe;
    private volatile boolean stops;
    private volatile Duration closeWithin = Duration.ofSeconds(5);

    Worker(String bootstrap, String group, String client, Map<String, Object> more, String... topics) {
        consumer = new KafkaConsumer<>(
                settings(bootstrap, group, client, more), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        subscribe = List.of(topics);
        thread = new Thread(this::run, "worker-" + client);
        thread.setDaemon(true);
        thread.start();
    }

    static Map<String, Object> settings(String bootstrap, String group, String client, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "bootstrap.servers",
                bootstrap,
                "group.id",
                group,
                "client.id",
                client,
                "auto.offset.reset",
                "earliest",
                "max.poll.records",
                1,
                "auto.commit.interval.ms",
                500,
                "metadata.max.age.ms",
                500));
        all.putAll(more);
        if (!"consumer".equals(all.get("group.protocol"))) {
            all.putIfAbsent("session.timeout.ms", 3_000);
            all.putIfAbsent("heartbeat.interval.ms", 300);
        }
        return all;
    }

    /** From the next poll on. */
    void subscribe(String... topics) {
        subscribe = List.of(topics);
    }

    private void run() {
        try {
            while (!stops) {
                step();
            }
        } catch (WakeupException e) {
            // it is to stop
        } catch (KafkaException e) {
            failure = e;
        } finally {
            consumer.close(CloseOptions.timeout(closeWithin));
        }
    }

    private void step() {
        List<String> topics = subscribe;
        if (topics != null) {
            subscribe = null;
            consumer.subscribe(topics, new Revoking());
        }
        int count = poll();
        assigned = List.copyOf(consumer.assignment());
        records.addAndGet(count);
        if (count > 0) {
            pause(processingMillis.get());
        }
    }

    private int poll() {
        try {
            return consumer.poll(Duration.ofMillis(100)).count();
        } catch (UnknownMemberIdException e) {
            // A member of KIP-848 that was stopped while it asked for its positions is told that it is out; the client
            // joins again.
            return 0;
        }
    }

    private void pause(long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        while (!stops && System.nanoTime() < until) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private final class Revoking implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!stops) {
                pause(revokingMillis.get());
            }
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
    }

    /** Stops without a word to the coordinator. */
    void vanish() {
        closeWithin = Duration.ZERO;
        close();
    }

    @Override
    public void close() {
        stops = true;
        consumer.wakeup();
        try {
            thread.join(JOIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
