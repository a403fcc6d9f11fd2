package io.tidemill.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TransactionsTest {
    private static final Map<String, Object> COMMITTED = Map.of("isolation.level", "read_committed");

    @TempDir
    Path directory;

    TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(directory);
        server.createTopic("in", 1);
        server.createTopic("out", 1);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private KafkaProducer<String, String> begun(String id) {
        KafkaProducer<String, String> producer = server.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<String, String> producer, String value) {
        var unused = producer.send(new ProducerRecord<>("out", 0, "k", value));
    }

    @Test
    void readersOfCommittedRecordsSeeNoAbortedOnes() {
        try (KafkaProducer<String, String> producer = begun("tx")) {
            for (int i = 0; i < 6; i++) {
                producer.beginTransaction();
                send(producer, "v" + i);
                producer.flush();
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        assertThat(server.values("out", 0, 3, COMMITTED)).containsExactly("v0", "v2", "v4");
        assertThat(server.values("out", 0, 6, Map.of())).containsExactly("v0", "v1", "v2", "v3", "v4", "v5");
    }

    @Test
    void offsetsAreUnstableUntilTheTransactionEnds() throws Exception {
        TopicPartition in = new TopicPartition("in", 0);
        try (KafkaProducer<String, String> producer = begun("tx");
                KafkaConsumer<String, String> consumer =
                        server.consumer(Map.of("group.id", "g", "isolation.level", "read_committed"));
                Admin admin = server.admin()) {
            producer.beginTransaction();
            send(producer, "v");
            producer.sendOffsetsToTransaction(Map.of(in, new OffsetAndMetadata(7)), consumer.groupMetadata());
            // Kafka's consumer asks again until the offsets are stable.
            assertThatThrownBy(() -> consumer.committed(Set.of(in), Duration.ofSeconds(1)))
                    .isInstanceOf(org.apache.kafka.common.errors.TimeoutException.class);
            assertThat(admin.describeTransactions(List.of("tx"))
                            .description("tx")
                            .get(30, TimeUnit.SECONDS)
                            .state())
                    .isEqualTo(TransactionState.ONGOING);
            assertThat(admin.listTransactions().all().get(30, TimeUnit.SECONDS)).hasSize(1);
            TopicPartition out = new TopicPartition("out", 0);
            var producers = admin.describeProducers(List.of(out)).all().get(30, TimeUnit.SECONDS);
            assertThat(requireNonNull(producers.get(out)).activeProducers()).hasSize(1);
            producer.commitTransaction();
            assertThat(requireNonNull(consumer.committed(Set.of(in)).get(in)).offset())
                    .isEqualTo(7);
        }
        server.restart();
        assertThat(server.values("out", 0, 1, COMMITTED)).containsExactly("v");
    }

    @Test
    void aNewProducerFencesTheOldOneAndAbortsWhatItBegan() {
        try (KafkaProducer<String, String> old = begun("tx")) {
            old.beginTransaction();
            send(old, "lost");
            old.flush();
            try (KafkaProducer<String, String> young = begun("tx")) {
                young.beginTransaction();
                send(young, "kept");
                young.commitTransaction();
            }
            assertThatThrownBy(() -> {
                        send(old, "late");
                        old.commitTransaction();
                    })
                    .satisfiesAnyOf(
                            e -> assertThat(e).isInstanceOf(ProducerFencedException.class),
                            e -> assertThat(e).isInstanceOf(InvalidProducerEpochException.class),
                            e -> assertThat(e).hasRootCauseInstanceOf(ProducerFencedException.class),
                            e -> assertThat(e).hasRootCauseInstanceOf(InvalidProducerEpochException.class));
        }
        assertThat(server.values("out", 0, 1, COMMITTED)).containsExactly("kept");
    }
}
