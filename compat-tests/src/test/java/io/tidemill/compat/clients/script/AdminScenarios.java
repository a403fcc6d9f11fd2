package io.tidemill.compat.clients.script;

import static io.tidemill.compat.clients.script.Clients.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.quota.ClientQuotaFilter;

/** What consoles and tools ask, and change. Groups and transactions are administered in their own scenarios. */
final class AdminScenarios {
    private AdminScenarios() {}

    static Map<String, Scenario> all() {
        Map<String, Scenario> all = new LinkedHashMap<>();
        all.put("the cluster is described", AdminScenarios::cluster);
        all.put("topics are made, listed, described and deleted", AdminScenarios::topics);
        all.put("configurations are shown and changed", AdminScenarios::configs);
        all.put("partitions are added", AdminScenarios::partitions);
        all.put("records are deleted, offsets listed", AdminScenarios::records);
        all.put("what is not served is refused at once", AdminScenarios::refused);
        return all;
    }

    private static void cluster(Clients clients) throws Exception {
        try (Admin admin = clients.admin()) {
            var cluster = admin.describeCluster();
            assertThat(get(cluster.nodes()))
                    .singleElement()
                    .satisfies(
                            each -> assertThat(each.host() + ":" + each.port()).isEqualTo(clients.bootstrap()));
            assertThat(get(cluster.controller())).isNotNull();
            assertThat(get(cluster.clusterId())).isNotBlank();
            int node = get(cluster.nodes()).iterator().next().id();
            assertThat(get(admin.describeLogDirs(List.of(node)).allDescriptions()))
                    .containsKey(node);
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(node));
            assertThat(config(admin, broker).get("num.partitions").value()).isEqualTo("4");
            assertThat(get(admin.describeFeatures().featureMetadata())).isNotNull();
            assertThatThrownBy(
                            () -> get(admin.describeAcls(AclBindingFilter.ANY).values()))
                    .hasCauseInstanceOf(SecurityDisabledException.class);
        }
    }

    private static void topics(Clients clients) throws Exception {
        String name = clients.name("t");
        NewTopic topic = new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "60000"));
        try (Admin admin = clients.admin()) {
            get(admin.createTopics(List.of(topic), new CreateTopicsOptions().validateOnly(true))
                    .all());
            assertThat(get(admin.listTopics().names())).doesNotContain(name);
            var created = admin.createTopics(List.of(topic));
            get(created.all());
            assertThat(get(created.config(name)).get("retention.ms").value()).isEqualTo("60000");
            assertThat(get(admin.listTopics().names())).contains(name);
            assertThatThrownBy(() -> get(admin.createTopics(List.of(topic)).all()))
                    .hasCauseInstanceOf(TopicExistsException.class);
            TopicDescription described = Objects.requireNonNull(
                    get(admin.describeTopics(List.of(name)).allTopicNames()).get(name));
            assertThat(described.partitions()).hasSize(3).allSatisfy(each -> {
                assertThat(each.leader()).isNotNull();
                assertThat(each.isr()).hasSize(1);
            });
            assertThat(get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId())))
                            .allTopicIds()))
                    .containsKey(described.topicId());
            get(admin.deleteTopics(List.of(name)).all());
            assertThatThrownBy(() -> get(admin.describeTopics(List.of(name)).allTopicNames()))
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }

    private static void configs(Clients clients) throws Exception {
        String name = clients.name("t");
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        try (Admin admin = clients.admin()) {
            get(admin.createTopics(List.of(new NewTopic(name, Optional.empty(), Optional.empty())
                            .configs(Map.of("cleanup.policy", "compact"))))
                    .all());
            assertThat(config(admin, resource).get("cleanup.policy").value()).isEqualTo("compact");
            assertThat(config(admin, resource).get("retention.ms").isDefault()).isTrue();
            alter(admin, resource, "retention.ms", "1000", AlterConfigOp.OpType.SET);
            alter(admin, resource, "cleanup.policy", "delete", AlterConfigOp.OpType.APPEND);
            assertThat(config(admin, resource).get("retention.ms").value()).isEqualTo("1000");
            assertThat(config(admin, resource).get("cleanup.policy").value()).isEqualTo("compact,delete");
            alter(admin, resource, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT);
            alter(admin, resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
            assertThat(config(admin, resource).get("cleanup.policy").value()).isEqualTo("delete");
            assertThat(config(admin, resource).get("retention.ms").isDefault()).isTrue();
        }
    }

    private static Config config(Admin admin, ConfigResource resource) throws Exception {
        return Objects.requireNonNull(
                get(admin.describeConfigs(List.of(resource)).all()).get(resource));
    }

    private static void alter(
            Admin admin, ConfigResource resource, String name, String value, AlterConfigOp.OpType operation)
            throws Exception {
        get(admin.incrementalAlterConfigs(
                        Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(name, value), operation))))
                .all());
    }

    private static void partitions(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        try (Admin admin = clients.admin()) {
            get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3)))
                    .all());
        }
        clients.produce(topic, 3, 9);
        assertThat(clients.values(topic, 2, Map.of())).containsExactly("v2", "v5", "v8");
    }

    private static void records(Clients clients) throws Exception {
        String topic = clients.topic("t", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        clients.produce(topic, 1, 10);
        try (Admin admin = clients.admin()) {
            var deleted = Objects.requireNonNull(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
                    .lowWatermarks()
                    .get(partition));
            assertThat(get(deleted).lowWatermark()).isEqualTo(4);
            assertThat(offset(admin, partition, OffsetSpec.earliest())).isEqualTo(4);
            assertThat(offset(admin, partition, OffsetSpec.latest())).isEqualTo(10);
            assertThat(offset(admin, partition, OffsetSpec.maxTimestamp())).isBetween(4L, 9L);
            assertThat(offset(admin, partition, OffsetSpec.forTimestamp(0))).isEqualTo(4);
        }
        assertThat(clients.values(topic, 0, Map.of())).hasSize(6).startsWith("v4");
    }

    private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        return get(admin.listOffsets(Map.of(partition, spec)).partitionResult(partition))
                .offset();
    }

    private static void refused(Clients clients) {
        try (Admin admin = clients.admin()) {
            assertThatThrownBy(() -> get(
                            admin.describeClientQuotas(ClientQuotaFilter.all()).entities()))
                    .hasCauseInstanceOf(UnsupportedVersionException.class);
            assertThatThrownBy(() -> get(admin.listPartitionReassignments().reassignments()))
                    .hasCauseInstanceOf(UnsupportedVersionException.class);
            assertThatThrownBy(() ->
                            get(admin.electLeaders(ElectionType.PREFERRED, null).all()))
                    .hasCauseInstanceOf(UnsupportedVersionException.class);
            assertThatThrownBy(() -> get(admin.describeUserScramCredentials().all()))
                    .hasCauseInstanceOf(UnsupportedVersionException.class);
        }
    }
}
