package io.tidemill.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes and reads topics, and waits. */
final class Records {
    private Records() {}

    static Map<String, Object> client() {
        return new HashMap<>(Map.of("bootstrap.servers", Services.broker(), "metadata.max.age.ms", 1_000));
    }

    /** Values 0 to count - 1, dealt to partitions in turn; a record's key is its number modulo the number of keys. */
    static void produce(String topic, int partitions, int keys, int count) throws Exception {
        produce(topic, partitions, keys, count, 0);
    }

    static void produce(String topic, int partitions, int keys, int count, int padding) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int key = i % keys;
                sent.add(producer.send(new ProducerRecord<>(
                        topic,
                        key % partitions,
                        String.valueOf(key).getBytes(UTF_8),
                        (i + ":" + "x".repeat(padding)).getBytes(UTF_8))));
            }
            for (Future<?> one : sent) {
                one.get();
            }
        }
    }

    static KafkaProducer<byte[], byte[]> producer() {
        Map<String, Object> properties = client();
        // one at a time: a retry of the first batch of a new topic must not come after later ones
        properties.put("max.in.flight.requests.per.connection", 1);
        properties.put("batch.size", 256 << 10);
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static int number(ConsumerRecord<byte[], byte[]> record) {
        String text = new String(record.value(), UTF_8);
        return Integer.parseInt(text.substring(0, text.indexOf(':')));
    }

    /** All that is committed in a topic. */
    static List<ConsumerRecord<byte[], byte[]>> readAll(String topic) {
        Map<String, Object> properties = client();
        properties.put("isolation.level", "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("reading " + topic + " takes too long");
                }
            }
            return all;
        }
    }

    /** Waits until it holds; the bound is for what never comes. */
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(150).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited too long until " + what);
            }
            Thread.sleep(5);
        }
    }

    /** Waits until all is handled and committed. */
    static void awaitCaughtUp(RunningConsumer consumer) throws InterruptedException {
        await("caught up", () -> {
            ConsumerStatus status = consumer.status();
            status.failure().ifPresent(failure -> {
                throw new AssertionError("it failed", failure);
            });
            return !status.partitions().isEmpty()
                    && status.recordsInFlight() == 0
                    && status.lag() == 0
                    && status.partitions().values().stream().allMatch(p -> p.position() >= 0);
        });
    }
}
