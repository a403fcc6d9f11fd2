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
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ProduceAndFetchTest {
    @TempDir
    Path directory;

    TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(i -> "value-" + i).toList();
    }

    private void produce(String topic, List<String> values, Map<String, Object> more) throws Exception {
        try (KafkaProducer<String, String> producer = server.producer(more)) {
            for (String value : values) {
                var unused = producer.send(new ProducerRecord<>(topic, 0, "key", value));
            }
            producer.flush();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void recordsComeBackInOrderWhateverTheirCompression(String compression) throws Exception {
        server.createTopic("t", 1);
        produce("t", numbered(1_000), Map.of("compression.type", compression));
        assertThat(server.values("t", 0, 1_000, Map.of())).isEqualTo(numbered(1_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void recordsComeBackWhateverTheAcks(String acks) throws Exception {
        server.createTopic("t", 1);
        produce("t", numbered(100), Map.of("acks", acks, "enable.idempotence", acks.equals("all")));
        assertThat(server.values("t", 0, 100, Map.of())).isEqualTo(numbered(100));
    }

    @Test
    void acknowledgedRecordsSurviveARestartAndTheClusterKeepsItsId() throws Exception {
        server.createTopic("t", 1);
        produce("t", numbered(10), Map.of());
        String clusterId = server.server.clusterId();
        server.restart();
        assertThat(server.values("t", 0, 10, Map.of())).isEqualTo(numbered(10));
        assertThat(server.server.clusterId()).isEqualTo(clusterId).hasSize(22);
    }

    @Test
    void pollingAnEmptyPartitionIsNoBusyLoop() throws Exception {
        server.createTopic("t", 1);
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaConsumer<String, String> consumer = server.consumer(Map.of("fetch.max.wait.ms", 1_000))) {
            consumer.assign(Set.of(partition));
            consumer.seekToBeginning(Set.of(partition));
            assertThat(consumer.poll(Duration.ofMillis(300))).isEmpty();
            long requestsBefore = server.server.statistics().requests();
            assertThat(consumer.poll(Duration.ofMillis(500))).isEmpty();
            // Looking up offsets and metadata takes a few, also where that came late; asking again at once would take
            // hundreds.
            assertThat(server.server.statistics().requests() - requestsBefore).isLessThanOrEqualTo(20);
        }
    }

    @Test
    void aRecordWithoutAKeyIsRefusedByACompactedTopic() throws Exception {
        server.createTopic("t", 1, Map.of("cleanup.policy", "compact"));
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", 0, null, "v"))
                            .get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(InvalidRecordException.class);
            assertThat(producer.send(new ProducerRecord<>("t", 0, "k", "v"))
                            .get(30, TimeUnit.SECONDS)
                            .offset())
                    .isZero();
        }
    }

    @Test
    void aTimestampTooFarAheadIsRefused() throws Exception {
        server.createTopic("t", 1);
        long ahead = System.currentTimeMillis() + Duration.ofHours(3).toMillis();
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", 0, ahead, "k", "v"))
                            .get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(InvalidTimestampException.class);
        }
    }

    @Test
    void offsetsAreFoundByTimeAndAtBothEnds() throws Exception {
        server.createTopic("t", 1);
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("t", 0, 1_000L * i, "k", "v" + i))
                        .get(10, TimeUnit.SECONDS);
            }
        }
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaConsumer<String, String> consumer = server.consumer(Map.of())) {
            assertThat(consumer.beginningOffsets(Set.of(partition))).containsEntry(partition, 0L);
            assertThat(consumer.endOffsets(Set.of(partition))).containsEntry(partition, 10L);
            assertThat(requireNonNull(consumer.offsetsForTimes(Map.of(partition, 4_500L))
                                    .get(partition))
                            .offset())
                    .isEqualTo(5);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 99_000L))).containsEntry(partition, null);
        }
    }
}
