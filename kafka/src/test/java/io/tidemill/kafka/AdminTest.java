package io.tidemill.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AdminTest {
    @TempDir
    Path directory;

    TestServer server;
    Admin admin;

    @BeforeEach
    void start() {
        server = TestServer.start(directory);
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        admin.close();
        server.close();
    }

    private static <T> T get(KafkaFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    private static void assertFails(KafkaFuture<?> future, Class<? extends Throwable> why) {
        assertThatThrownBy(() -> get(future)).hasCauseInstanceOf(why);
    }

    private KafkaFuture<Void> create(NewTopic topic) {
        return admin.createTopics(List.of(topic)).all();
    }

    @Test
    void aNewTopicIsSeenAtOnceByNameAndById() throws Exception {
        var created = admin.createTopics(List.of(new NewTopic("t", 3, (short) 1)));
        get(created.all());
        assertThat(get(created.numPartitions("t"))).isEqualTo(3);
        var described = requireNonNull(
                get(admin.describeTopics(List.of("t")).allTopicNames()).get("t"));
        assertThat(described.partitions()).hasSize(3);
        assertThat(described.isInternal()).isFalse();
        assertThat(get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId())))
                        .allTopicIds()))
                .containsKey(described.topicId());
        assertThat(get(admin.listTopics().names())).containsExactly("t");
        get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(described.topicId())))
                .all());
        assertThat(get(admin.listTopics().names())).isEmpty();
        assertFails(
                admin.deleteTopics(TopicCollection.ofTopicIds(List.of(described.topicId())))
                        .all(),
                UnknownTopicIdException.class);
        assertFails(admin.deleteTopics(List.of("t")).all(), UnknownTopicOrPartitionException.class);
    }

    @Test
    void whatCannotBeMadeIsRefusedAsInKafka() throws Exception {
        get(create(new NewTopic("t", 1, (short) 1)));
        assertFails(create(new NewTopic("t", 1, (short) 1)), TopicExistsException.class);
        assertFails(create(new NewTopic("a b", 1, (short) 1)), InvalidTopicException.class);
        assertFails(create(new NewTopic("u", 0, (short) 1)), InvalidPartitionsException.class);
        assertFails(create(new NewTopic("u", 1, (short) 2)), InvalidReplicationFactorException.class);
        assertFails(create(new NewTopic("u", Map.of(0, List.of(7)))), InvalidReplicaAssignmentException.class);
        assertFails(
                create(new NewTopic("u", 1, (short) 1).configs(Map.of("no.such", "1"))),
                InvalidConfigurationException.class);
        assertFails(
                create(new NewTopic("u", 1, (short) 1).configs(Map.of("retention.ms", "soon"))),
                InvalidConfigurationException.class);
        get(admin.createTopics(List.of(new NewTopic("u", 1, (short) 1)), new CreateTopicsOptions().validateOnly(true))
                .all());
        assertThat(get(admin.listTopics().names())).containsExactly("t");
        get(create(new NewTopic("u", Map.of(0, List.of(0), 1, List.of(0)))));
        get(create(new NewTopic("v", Optional.empty(), Optional.empty())));
        assertThat(get(admin.listTopics().names())).containsExactlyInAnyOrder("t", "u", "v");
    }

    @Test
    void configurationsAreShownAndChanged() throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "t");
        get(create(new NewTopic("t", 1, (short) 1).configs(Map.of("cleanup.policy", "compact"))));
        Config config =
                requireNonNull(get(admin.describeConfigs(List.of(topic)).all()).get(topic));
        assertThat(config.get("cleanup.policy").value()).isEqualTo("compact");
        assertThat(config.get("cleanup.policy").source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(config.get("retention.ms").value()).isEqualTo("604800000");
        assertThat(config.get("retention.ms").isDefault()).isTrue();
        get(admin.incrementalAlterConfigs(Map.of(
                        topic,
                        List.of(
                                new AlterConfigOp(new ConfigEntry("retention.ms", "1000"), AlterConfigOp.OpType.SET),
                                new AlterConfigOp(
                                        new ConfigEntry("cleanup.policy", "delete"), AlterConfigOp.OpType.APPEND))))
                .all());
        config = requireNonNull(get(admin.describeConfigs(List.of(topic)).all()).get(topic));
        assertThat(config.get("cleanup.policy").value()).isEqualTo("compact,delete");
        assertThat(config.get("retention.ms").value()).isEqualTo("1000");
    }

    @Test
    void theBrokerTellsItsDefaults() throws Exception {
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "0");
        Config config =
                requireNonNull(get(admin.describeConfigs(List.of(broker)).all()).get(broker));
        assertThat(config.get("num.partitions").value()).isEqualTo("1");
        assertThat(config.get("default.replication.factor").value()).isEqualTo("1");
        var cluster = admin.describeCluster();
        assertThat(get(cluster.clusterId())).isEqualTo(server.server.clusterId());
        assertThat(get(cluster.nodes())).hasSize(1);
        assertThat(get(cluster.controller()).id()).isZero();
    }

    @Test
    void partitionsAreAddedAndRecordsDeleted() throws Exception {
        get(create(new NewTopic("t", 1, (short) 1)));
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("t", 0, "k", "v" + i)).get(10, TimeUnit.SECONDS);
            }
        }
        TopicPartition partition = new TopicPartition("t", 0);
        assertThat(get(requireNonNull(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
                                .lowWatermarks()
                                .get(partition)))
                        .lowWatermark())
                .isEqualTo(4);
        assertThat(requireNonNull(get(admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                                        .all())
                                .get(partition))
                        .offset())
                .isEqualTo(4);
        assertThat(requireNonNull(get(admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp()))
                                        .all())
                                .get(partition))
                        .offset())
                .isBetween(4L, 9L);
        get(admin.createPartitions(Map.of("t", NewPartitions.increaseTo(3))).all());
        assertThat(requireNonNull(get(admin.describeTopics(List.of("t")).allTopicNames())
                                .get("t"))
                        .partitions())
                .hasSize(3);
        assertFails(
                admin.createPartitions(Map.of("t", NewPartitions.increaseTo(2))).all(),
                InvalidPartitionsException.class);
        assertThat(get(admin.describeLogDirs(List.of(0)).allDescriptions())).containsKey(0);
    }

    @Test
    void aRecordThatIsTooLargeIsRefusedAndTheConnectionGoesOn() throws Exception {
        get(create(new NewTopic("t", 1, (short) 1).configs(Map.of("max.message.bytes", "2000"))));
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", 0, "k", "x".repeat(5_000)))
                            .get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            assertThat(producer.send(new ProducerRecord<>("t", 0, "k", "small"))
                            .get(10, TimeUnit.SECONDS)
                            .offset())
                    .isZero();
        }
    }
}
