package io.tidemill.compat.clients.script;

import static io.tidemill.compat.clients.script.Clients.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** All or nothing, and who sees what of it. */
final class TransactionScenarios {
    private static final Map<String, Object> COMMITTED = Map.of("isolation.level", "read_committed");
    private static final Map<String, Object> UNCOMMITTED = Map.of("isolation.level", "read_uncommitted");

    private TransactionScenarios() {}

    static Map<String, Scenario> all() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("committed is seen, aborted is not", TransactionScenarios::isolation);
        all.put("an open transaction holds back who reads committed", TransactionScenarios::open);
        all.put("offsets and records in one transaction", TransactionScenarios::offsets);
        all.put("compressed batches in transactions", TransactionScenarios::compressed);
        all.put("a zombie is fenced", TransactionScenarios::zombie);
        all.put("a transaction that takes too long is aborted", TransactionScenarios::tooLong);
        all.put("transactions and producers are described, and producers fenced", TransactionScenarios::administered);
        return all;
    }

    /** What brokers can do however old they are. */
    static Map<String, Scenario> basic() {
        return Map.of(
                "committed is seen, aborted is not", TransactionScenarios::isolation,
                "a zombie is fenced", TransactionScenarios::zombie);
    }

    private static KafkaProducer<String, String> producer(Clients clients, Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(config);
        all.put("transactional.id", clients.name("id"));
        KafkaProducer<String, String> producer = clients.producer(all);
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<String, String> producer, String topic, String... values) throws Exception {
        for (String each : values) {
            get(producer.send(new ProducerRecord<>(topic, 0, "k", each)));
        }
    }

    private static void isolation(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        try (KafkaProducer<String, String> producer = producer(clients, Map.of())) {
            producer.beginTransaction();
            send(producer, topic, "a", "b");
            producer.commitTransaction();
            producer.beginTransaction();
            send(producer, topic, "never", "nor this");
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, topic, "c");
            producer.commitTransaction();
            // Nothing in it, either way.
            producer.beginTransaction();
            producer.commitTransaction();
            producer.beginTransaction();
            producer.abortTransaction();
        }
        assertThat(clients.values(topic, 0, COMMITTED)).containsExactly("a", "b", "c");
        assertThat(clients.values(topic, 0, UNCOMMITTED)).containsExactly("a", "b", "never", "nor this", "c");
    }

    private static void open(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer(clients, Map.of());
                KafkaConsumer<String, String> consumer = clients.consumer(COMMITTED)) {
            clients.produce(topic, 1, 2);
            producer.beginTransaction();
            send(producer, topic, "held back");
            clients.produce(topic, 1, 1);
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 2L);
            assertThat(clients.values(topic, 0, COMMITTED)).containsExactly("v0", "v1");
            assertThat(clients.values(topic, 0, UNCOMMITTED)).containsExactly("v0", "v1", "held back", "v0");
            // Who waits sees it when it is committed.
            consumer.assign(List.of(partition));
            Clients.poll(consumer, 2);
            producer.commitTransaction();
            assertThat(Clients.poll(consumer, 2))
                    .extracting(ConsumerRecord::value)
                    .containsExactly("held back", "v0");
        }
    }

    private static void offsets(Clients clients) throws Exception {
        String from = clients.topic("from", 1);
        String to = clients.topic("to", 1);
        TopicPartition partition = new TopicPartition(from, 0);
        clients.produce(from, 1, 20);
        Map<String, Object> few = new HashMap<>(COMMITTED);
        few.put("max.poll.records", 10);
        try (KafkaProducer<String, String> producer = producer(clients, Map.of())) {
            try (KafkaConsumer<String, String> consumer = clients.member("g", few)) {
                consumer.subscribe(List.of(from));
                step(consumer, producer, to, partition, false);
                assertThat(consumer.committed(Set.of(partition)).get(partition)).isNull();
                consumer.seek(partition, 0);
                step(consumer, producer, to, partition, true);
                assertThat(Objects.requireNonNull(
                                        consumer.committed(Set.of(partition)).get(partition))
                                .offset())
                        .isEqualTo(10);
            }
            // Another one goes on behind what was committed.
            try (KafkaConsumer<String, String> consumer = clients.member("g", few)) {
                consumer.subscribe(List.of(from));
                step(consumer, producer, to, partition, true);
            }
        }
        assertThat(clients.values(to, 0, COMMITTED)).hasSize(20).doesNotHaveDuplicates();
        assertThat(clients.values(to, 0, UNCOMMITTED)).hasSize(30);
    }

    /** Ten records from one topic to the other. */
    private static void step(
            KafkaConsumer<String, String> consumer,
            KafkaProducer<String, String> producer,
            String to,
            TopicPartition from,
            boolean commit)
            throws Exception {
        List<ConsumerRecord<String, String>> records = Clients.poll(consumer, 10);
        producer.beginTransaction();
        for (ConsumerRecord<String, String> each : records) {
            send(producer, to, each.value());
        }
        long next = records.get(records.size() - 1).offset() + 1;
        producer.sendOffsetsToTransaction(Map.of(from, new OffsetAndMetadata(next)), consumer.groupMetadata());
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    private static void compressed(Clients clients) throws Exception {
        String topic = clients.topic("t", 3);
        int count = 0;
        for (String compression : List.of("gzip", "snappy", "lz4", "zstd")) {
            try (KafkaProducer<String, String> producer = producer(clients, Map.of("compression.type", compression))) {
                for (boolean commit : new boolean[] {true, false, true}) {
                    producer.beginTransaction();
                    for (int i = 0; i < 60; i++) {
                        var unused = producer.send(new ProducerRecord<>(topic, i % 3, "k", "v" + i));
                    }
                    if (commit) {
                        producer.commitTransaction();
                        count += 60;
                    } else {
                        producer.flush();
                        producer.abortTransaction();
                    }
                }
            }
        }
        int read = 0;
        for (int i = 0; i < 3; i++) {
            read += clients.values(topic, i, COMMITTED).size();
        }
        assertThat(read).isEqualTo(count);
    }

    private static void zombie(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        try (KafkaProducer<String, String> zombie = producer(clients, Map.of())) {
            zombie.beginTransaction();
            send(zombie, topic, "never");
            try (KafkaProducer<String, String> successor = producer(clients, Map.of())) {
                successor.beginTransaction();
                send(successor, topic, "seen");
                assertThatThrownBy(() -> {
                            send(zombie, topic, "nor this");
                            zombie.commitTransaction();
                        })
                        .satisfiesAnyOf(
                                e -> assertThat(e).isInstanceOf(KafkaException.class),
                                e -> assertThat(e).hasCauseInstanceOf(KafkaException.class));
                successor.commitTransaction();
            }
        }
        assertThat(clients.values(topic, 0, COMMITTED)).containsExactly("seen");
    }

    private static void tooLong(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        try (KafkaProducer<String, String> producer = producer(clients, Map.of("transaction.timeout.ms", 500));
                KafkaConsumer<String, String> consumer = clients.consumer(COMMITTED)) {
            producer.beginTransaction();
            send(producer, topic, "never");
            clients.produce(topic, 1, 1);
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            assertThat(Clients.poll(consumer, 1))
                    .singleElement()
                    .satisfies(each -> assertThat(each.value()).isEqualTo("v0"));
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
        }
        try (KafkaProducer<String, String> producer = producer(clients, Map.of())) {
            producer.beginTransaction();
            send(producer, topic, "later");
            producer.commitTransaction();
        }
        assertThat(clients.values(topic, 0, COMMITTED)).containsExactly("v0", "later");
    }

    private static void administered(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        String id = clients.name("id");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = clients.admin();
                KafkaProducer<String, String> producer = producer(clients, Map.of())) {
            producer.beginTransaction();
            send(producer, topic, "never");
            assertThat(get(admin.listTransactions().all()))
                    .filteredOn(each -> each.transactionalId().equals(id))
                    .singleElement()
                    .satisfies(each -> assertThat(each.state()).hasToString("Ongoing"));
            var described = get(admin.describeTransactions(List.of(id)).description(id));
            assertThat(described.topicPartitions()).containsExactly(partition);
            assertThat(described.transactionStartTimeMs()).isPresent();
            assertThat(get(admin.describeProducers(List.of(partition)).partitionResult(partition))
                            .activeProducers())
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.producerId()).isEqualTo(described.producerId());
                        assertThat(each.currentTransactionStartOffset()).hasValue(0);
                    });
            get(admin.fenceProducers(List.of(id)).all());
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(ProducerFencedException.class);
        }
        assertThat(clients.values(topic, 0, COMMITTED)).isEmpty();
    }
}
