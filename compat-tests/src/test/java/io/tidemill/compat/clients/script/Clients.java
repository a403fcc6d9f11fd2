package io.tidemill.compat.clients.script;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Clients of one broker, with their defaults where nothing is said, but quick.
 *
 * @param protocol {@code classic} or {@code consumer}
 * @param prefix of names that are this scenario's own
 */
record Clients(String bootstrap, String protocol, String prefix) {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(100);

    String name(String suffix) {
        return prefix + suffix;
    }

    boolean isClassic() {
        return protocol.equals("classic");
    }

    Admin admin() {
        return Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap));
    }

    /** A new topic's name. */
    String topic(String suffix, int partitions) throws Exception {
        String name = name(suffix);
        try (Admin admin = admin()) {
            get(admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1)))
                    .all());
        }
        return name;
    }

    KafkaProducer<String, String> producer(Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", bootstrap, "linger.ms", 5));
        all.putAll(config);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(
                Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest", "enable.auto.commit", false));
        // Closing waits for the fetch that is under way.
        all.put("fetch.max.wait.ms", 100);
        all.putAll(config);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    /** A member of the group of that name. */
    KafkaConsumer<String, String> member(String group, Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(Map.of("group.id", name(group), "group.protocol", protocol));
        if (isClassic()) {
            // How soon members hear of a rebalance. The other protocol leaves it to the broker.
            all.put("heartbeat.interval.ms", 300);
        }
        all.putAll(config);
        return consumer(all);
    }

    /** Sends {@code v0} and so on, over all partitions in turn, and waits until all are acknowledged. */
    void produce(String topic, int partitions, int count) throws Exception {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % partitions, "k" + i, "v" + i)));
            }
            for (Future<?> each : sent) {
                get(each);
            }
        }
    }

    /** What a partition holds up to where it ends now, as a reader with that configuration sees it. */
    List<String> values(String topic, int partition, Map<String, Object> config) {
        return read(topic, partition, config).stream()
                .map(ConsumerRecord::value)
                .toList();
    }

    List<ConsumerRecord<String, String>> read(String topic, int partition, Map<String, Object> config) {
        TopicPartition only = new TopicPartition(topic, partition);
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer(config)) {
            consumer.assign(List.of(only));
            consumer.seekToBeginning(List.of(only));
            long end = Objects.requireNonNull(consumer.endOffsets(List.of(only)).get(only));
            await("the end of " + only, () -> {
                consumer.poll(POLL).forEach(records::add);
                return consumer.position(only) >= end;
            });
        }
        return records;
    }

    /** Polls until there are {@code count} records. */
    static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        await(count + " records", () -> {
            consumer.poll(POLL).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("after " + PATIENCE + " still not: " + what);
            }
        }
    }

    static <T> T get(Future<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
}
