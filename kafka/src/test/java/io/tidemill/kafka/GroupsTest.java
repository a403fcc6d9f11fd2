package io.tidemill.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class GroupsTest {
    @TempDir
    Path directory;

    TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(directory);
        server.createTopic("t", 2);
        produce(0, 10);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void produce(int from, int to) {
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            for (int i = from; i < to; i++) {
                var unused = producer.send(new ProducerRecord<>("t", i % 2, "k", "v" + i));
            }
        }
    }

    private static Map<String, Object> group(String protocol, String id) {
        return Map.of("group.id", id, "group.protocol", protocol, "enable.auto.commit", false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void aGroupGoesOnWhereItCommittedAlsoAfterARestart(String protocol) throws Exception {
        try (KafkaConsumer<String, String> consumer = server.consumer(group(protocol, "g"))) {
            consumer.subscribe(List.of("t"));
            assertThat(TestServer.poll(consumer, 10)).hasSize(10);
            consumer.commitSync();
        }
        server.restart();
        produce(10, 14);
        try (KafkaConsumer<String, String> consumer = server.consumer(group(protocol, "g"))) {
            consumer.subscribe(List.of("t"));
            assertThat(TestServer.poll(consumer, 4))
                    .extracting(ConsumerRecord::value)
                    .containsExactlyInAnyOrder("v10", "v11", "v12", "v13");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void twoMembersShareThePartitionsAndTheOtherTakesOver(String protocol) {
        KafkaConsumer<String, String> leaver = server.consumer(group(protocol, "g"));
        try (KafkaConsumer<String, String> stayer = server.consumer(group(protocol, "g"))) {
            stayer.subscribe(List.of("t"));
            leaver.subscribe(List.of("t"));
            TestServer.await(() -> {
                stayer.poll(java.time.Duration.ofMillis(50));
                leaver.poll(java.time.Duration.ofMillis(50));
                return stayer.assignment().size() == 1 && leaver.assignment().size() == 1;
            });
            leaver.close();
            TestServer.await(() -> {
                stayer.poll(java.time.Duration.ofMillis(50));
                return stayer.assignment().size() == 2;
            });
        } finally {
            leaver.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void administratorsSeeMoveAndDeleteGroups(String protocol) throws Exception {
        TopicPartition partition = new TopicPartition("t", 0);
        try (Admin admin = server.admin()) {
            try (KafkaConsumer<String, String> consumer = server.consumer(group(protocol, "g"))) {
                consumer.subscribe(List.of("t"));
                assertThat(TestServer.poll(consumer, 10)).hasSize(10);
                consumer.commitSync();
                var described = requireNonNull(admin.describeConsumerGroups(List.of("g"))
                        .all()
                        .get(30, TimeUnit.SECONDS)
                        .get("g"));
                assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
                assertThat(described.members()).hasSize(1);
                assertThat(described.members().iterator().next().assignment().topicPartitions())
                        .hasSize(2);
                assertThat(described.type().toString()).isEqualToIgnoringCase(protocol);
            }
            assertThat(admin.listGroups().all().get(30, TimeUnit.SECONDS))
                    .extracting(group -> group.groupId())
                    .containsExactly("g");
            assertThat(admin.listConsumerGroupOffsets("g")
                            .partitionsToOffsetAndMetadata()
                            .get(30, TimeUnit.SECONDS))
                    .containsEntry(partition, new OffsetAndMetadata(5));
            admin.alterConsumerGroupOffsets("g", Map.of(partition, new OffsetAndMetadata(2, "moved")))
                    .all()
                    .get(30, TimeUnit.SECONDS);
            assertThat(requireNonNull(admin.listConsumerGroupOffsets("g")
                                    .partitionsToOffsetAndMetadata()
                                    .get(30, TimeUnit.SECONDS)
                                    .get(partition))
                            .metadata())
                    .isEqualTo("moved");
            admin.deleteConsumerGroupOffsets("g", Set.of(partition)).all().get(30, TimeUnit.SECONDS);
            assertThat(admin.listConsumerGroupOffsets("g")
                            .partitionsToOffsetAndMetadata()
                            .get(30, TimeUnit.SECONDS))
                    .doesNotContainKey(partition);
            admin.deleteConsumerGroups(List.of("g")).all().get(30, TimeUnit.SECONDS);
            assertThat(admin.listGroups().all().get(30, TimeUnit.SECONDS)).isEmpty();
            assertThatThrownBy(() ->
                            admin.describeConsumerGroups(List.of("g")).all().get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(GroupIdNotFoundException.class);
        }
    }
}
