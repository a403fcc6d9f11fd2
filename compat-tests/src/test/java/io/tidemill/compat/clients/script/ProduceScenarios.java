package io.tidemill.compat.clients.script;

import static io.tidemill.compat.clients.script.Clients.get;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Records go in and come out, without groups. */
final class ProduceScenarios {
    private static final int RECORD_COUNT = 300;

    private ProduceScenarios() {}

    static Map<String, Scenario> all() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        for (String compression : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            all.put(
                    "idempotent producer, compression " + compression,
                    clients -> roundTrip(clients, Map.of("compression.type", compression)));
        }
        all.put(
                "producer without idempotence, acks=1",
                clients -> roundTrip(clients, Map.of("enable.idempotence", false, "acks", "1")));
        all.put("producer that waits for no answer, acks=0", ProduceScenarios::withoutAnswers);
        all.put("records by key over several partitions", ProduceScenarios::byKey);
        all.put("records of 900 kB", ProduceScenarios::large);
        all.put("offsets by time, beginning and end", ProduceScenarios::offsets);
        all.put("small fetches", ProduceScenarios::smallFetches);
        return all;
    }

    /** What brokers can do however old they are. */
    static Map<String, Scenario> basic() {
        return Map.of(
                "idempotent producer, compression lz4",
                clients -> roundTrip(clients, Map.of("compression.type", "lz4")),
                "offsets by time, beginning and end",
                ProduceScenarios::offsets);
    }

    private static void roundTrip(Clients clients, Map<String, Object> config) throws Exception {
        String topic = clients.topic("t", 1);
        List<ProducerRecord<String, String>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = clients.producer(config)) {
            List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
            for (int i = 0; i < RECORD_COUNT; i++) {
                ProducerRecord<String, String> each = record(topic, i);
                sent.add(each);
                acknowledged.add(producer.send(each));
            }
            for (int i = 0; i < RECORD_COUNT; i++) {
                assertThat(get(acknowledged.get(i)).offset()).isEqualTo(i);
            }
        }
        List<ConsumerRecord<String, String>> read = clients.read(topic, 0, Map.of());
        assertThat(read).hasSize(RECORD_COUNT);
        for (int i = 0; i < RECORD_COUNT; i++) {
            assertSame(sent.get(i), read.get(i));
            assertThat(read.get(i).offset()).isEqualTo(i);
        }
    }

    private static ProducerRecord<String, String> record(String topic, int i) {
        String key = i % 3 == 0 ? null : "key " + i;
        String value = i % 5 == 0 ? null : "value " + "x".repeat(i) + i;
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, 0, 1_600_000_000_000L + i, key, value);
        for (int h = 0; h < i % 4; h++) {
            record.headers().add("h" + h, ("header " + i).getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    private static void assertSame(ProducerRecord<String, String> sent, ConsumerRecord<String, String> read) {
        assertThat(read.key()).isEqualTo(sent.key());
        assertThat(read.value()).isEqualTo(sent.value());
        assertThat(read.timestamp()).isEqualTo(sent.timestamp());
        assertThat(read.headers().toArray()).isEqualTo(sent.headers().toArray());
    }

    private static void withoutAnswers(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        try (KafkaProducer<String, String> producer =
                clients.producer(Map.of("enable.idempotence", false, "acks", "0"))) {
            for (int i = 0; i < RECORD_COUNT; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, "v" + i));
            }
            producer.flush();
            // Nobody was told that they are there: reading waits for them.
            try (KafkaConsumer<String, String> consumer = clients.consumer(Map.of())) {
                consumer.assign(List.of(new TopicPartition(topic, 0)));
                assertThat(Clients.poll(consumer, RECORD_COUNT)).hasSize(RECORD_COUNT);
            }
        }
    }

    private static void byKey(Clients clients) throws Exception {
        String topic = clients.topic("t", 4);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            assertThat(producer.partitionsFor(topic)).hasSize(4);
            for (int i = 0; i < RECORD_COUNT; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, "k" + i % 20, "v" + i));
            }
        }
        try (KafkaConsumer<String, String> consumer = clients.consumer(Map.of())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(each -> new TopicPartition(topic, each.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<String, Integer> last = new LinkedHashMap<>();
            for (ConsumerRecord<String, String> each : Clients.poll(consumer, RECORD_COUNT)) {
                int number = Integer.parseInt(each.value().substring(1));
                Integer before = last.put(each.key(), number);
                assertThat(before == null || before < number).isTrue();
            }
            assertThat(last).hasSize(20);
        }
    }

    private static void large(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            for (int i = 0; i < 5; i++) {
                get(producer.send(new ProducerRecord<>(topic, i + "x".repeat(900_000))));
            }
        }
        assertThat(clients.values(topic, 0, Map.of()))
                .hasSize(5)
                .allSatisfy(each -> assertThat(each).hasSize(900_001));
    }

    private static void offsets(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                get(producer.send(new ProducerRecord<>(topic, 0, 1_000_000L + i * 1_000L, "k", "v" + i)));
            }
        }
        try (KafkaConsumer<String, String> consumer = clients.consumer(Map.of())) {
            assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 10L);
            var found = Objects.requireNonNull(
                    consumer.offsetsForTimes(Map.of(partition, 1_004_500L)).get(partition));
            assertThat(found.offset()).isEqualTo(5);
            assertThat(found.timestamp()).isEqualTo(1_005_000L);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 2_000_000L)).get(partition))
                    .isNull();
            consumer.assign(List.of(partition));
            consumer.seek(partition, 7);
            assertThat(Clients.poll(consumer, 3))
                    .extracting(ConsumerRecord::value)
                    .containsExactly("v7", "v8", "v9");
            // Beyond the end: the reset policy says where to go on.
            consumer.seek(partition, 1_000);
            assertThat(Clients.poll(consumer, 10)).hasSize(10);
        }
    }

    private static void smallFetches(Clients clients) throws Exception {
        String topic = clients.topic("t", 2);
        clients.produce(topic, 2, RECORD_COUNT);
        Map<String, Object> config =
                Map.of("max.poll.records", 7, "fetch.max.bytes", 500, "max.partition.fetch.bytes", 300);
        assertThat(clients.values(topic, 0, config)).hasSize(RECORD_COUNT / 2);
        assertThat(clients.values(topic, 1, config)).hasSize(RECORD_COUNT / 2);
    }
}
