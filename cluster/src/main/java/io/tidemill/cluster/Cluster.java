package io.tidemill.cluster;

import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/** Everything that is asked of the cluster except reading and committing. Thread-safe. */
final class Cluster implements AutoCloseable {
    private static final ListOffsetsOptions COMMITTED = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    private static final long RETRY_AFTER_MILLIS = 20;

    private final KafkaLogOptions options;
    private final Admin admin;

    Cluster(KafkaLogOptions options) {
        this.options = options;
        try {
            this.admin = Admin.create(ClientProperties.admin(options));
        } catch (RuntimeException e) {
            throw new LogException(
                    Code.INVALID,
                    "cannot make a client for " + options.bootstrapServers() + ": "
                            + Failures.unwrap(e).getMessage(),
                    e);
        }
    }

    private <T> T await(String doing, KafkaFuture<T> future) {
        try {
            return future.get(options.requestMax().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw Failures.of(doing, e);
        } catch (InterruptedException e) {
            throw Failures.of(doing, e);
        } catch (TimeoutException e) {
            throw new LogException(
                    Code.UNAVAILABLE,
                    "cannot " + doing + ": the cluster at " + options.bootstrapServers() + " did not answer within "
                            + options.requestMax(),
                    e);
        }
    }

    /** Throws {@code INVALID} if no transaction may take as long as ours. */
    void requireTransactionTimeout() {
        String doing = "connect to " + options.bootstrapServers();
        Collection<Node> nodes = await(doing, admin.describeCluster().nodes());
        if (nodes.isEmpty()) {
            throw new LogException(Code.UNAVAILABLE, "cannot " + doing + ": it has no brokers at the moment");
        }
        ConfigResource broker = new ConfigResource(
                ConfigResource.Type.BROKER, nodes.iterator().next().idString());
        Config config =
                await(doing, admin.describeConfigs(List.of(broker)).all()).getOrDefault(broker, new Config(List.of()));
        var most = config.get("transaction.max.timeout.ms");
        if (most != null
                && Long.parseLong(most.value()) < options.transactionTimeout().toMillis()) {
            throw new LogException(
                    Code.INVALID,
                    "transactionTimeout is " + options.transactionTimeout() + ", but the brokers allow "
                            + Duration.ofMillis(Long.parseLong(most.value()))
                            + ": raise transaction.max.timeout.ms on the brokers, or shorten transactionTimeout, and"
                            + " commitMax and restartMax with it");
        }
    }

    // ---- topics ----

    void create(String name, TopicConfig config) {
        NewTopic topic = new NewTopic(
                name,
                Optional.of(config.partitions()),
                options.replicationFactor() < 0 ? Optional.empty() : Optional.of(options.replicationFactor()));
        await(
                "create topic '" + name + "'",
                admin.createTopics(List.of(topic.configs(TopicSettings.of(config))))
                        .all());
    }

    void delete(String name) {
        await("delete topic '" + name + "'", admin.deleteTopics(List.of(name)).all());
    }

    /** Asks until the answer is as {@code wanted}: brokers learn of a change one after the other. */
    <T> T until(String doing, Function<Cluster, Optional<T>> wanted) {
        long deadline = System.nanoTime() + options.requestMax().toNanos();
        while (true) {
            Optional<T> found = wanted.apply(this);
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() > deadline) {
                throw new LogException(
                        Code.UNAVAILABLE, "cannot " + doing + ": not all brokers know of it yet; try again");
            }
            pause(doing);
        }
    }

    private static void pause(String doing) {
        try {
            TimeUnit.MILLISECONDS.sleep(RETRY_AFTER_MILLIS);
        } catch (InterruptedException e) {
            throw Failures.of(doing, e);
        }
    }

    List<String> topicNames() {
        return await("list the topics", admin.listTopics().names()).stream()
                .sorted()
                .toList();
    }

    /** A topic with what the cluster says of it. */
    record Found(TopicDescription description, int replication, boolean hasLeaders, Map<String, String> settings) {}

    /** Those that exist, by name. */
    Map<String, Found> describe(Collection<String> names) {
        Map<String, Found> found = new TreeMap<>();
        Map<String, KafkaFuture<org.apache.kafka.clients.admin.TopicDescription>> topics =
                admin.describeTopics(names).topicNameValues();
        Map<ConfigResource, KafkaFuture<Config>> configs = admin.describeConfigs(
                        names.stream().map(Cluster::resource).toList())
                .values();
        for (String name : names) {
            try {
                String doing = "describe topic '" + name + "'";
                found.put(
                        name,
                        found(
                                await(doing, required(topics.get(name))),
                                await(doing, required(configs.get(resource(name))))));
            } catch (LogException e) {
                if (e.code() != Code.UNKNOWN_TOPIC) {
                    throw e;
                }
            }
        }
        return found;
    }

    private static <T> T required(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the client did not answer all that it was asked");
        }
        return value;
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private static Found found(org.apache.kafka.clients.admin.TopicDescription topic, Config config) {
        Map<String, String> settings = new HashMap<>();
        config.entries().forEach(entry -> {
            if (entry.value() != null) {
                settings.put(entry.name(), entry.value());
            }
        });
        List<TopicPartitionInfo> partitions = topic.partitions();
        Uuid id = topic.topicId();
        return new Found(
                new TopicDescription(
                        topic.name(),
                        new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()),
                        TopicSettings.read(partitions.size(), settings)),
                partitions.stream()
                        .mapToInt(each -> each.replicas().size())
                        .min()
                        .orElse(0),
                partitions.stream().allMatch(each -> each.leader() != null),
                settings);
    }

    // ---- offsets ----

    /** Ends are those of what is committed. */
    Map<TopicPartition, OffsetRange> ranges(Collection<TopicPartition> partitions) {
        String doing = "find the offsets of " + partitions;
        ListOffsetsResult starts = listOffsets(partitions, OffsetSpec.earliest());
        ListOffsetsResult ends = listOffsets(partitions, OffsetSpec.latest());
        Map<TopicPartition, OffsetRange> ranges = new HashMap<>();
        for (TopicPartition partition : partitions) {
            ranges.put(
                    partition,
                    new OffsetRange(
                            await(doing, starts.partitionResult(kafka(partition)))
                                    .offset(),
                            await(doing, ends.partitionResult(kafka(partition))).offset()));
        }
        return ranges;
    }

    private ListOffsetsResult listOffsets(Collection<TopicPartition> partitions, OffsetSpec spec) {
        Map<org.apache.kafka.common.TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(each -> asked.put(kafka(each), spec));
        return admin.listOffsets(asked, COMMITTED);
    }

    OptionalLong offsetAtOrAfter(TopicPartition partition, long timestampMillis) {
        ListOffsetsResult found = listOffsets(List.of(partition), OffsetSpec.forTimestamp(timestampMillis));
        long offset = await("search " + partition, found.partitionResult(kafka(partition)))
                .offset();
        return offset < 0 ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    /** Returns at once; {@code refused} is told why not, if it was not done. */
    void deleteBefore(Map<TopicPartition, Long> firstNeeded, BiConsumer<TopicPartition, Throwable> refused) {
        Map<org.apache.kafka.common.TopicPartition, RecordsToDelete> asked = new HashMap<>();
        firstNeeded.forEach((partition, offset) -> asked.put(kafka(partition), RecordsToDelete.beforeOffset(offset)));
        admin.deleteRecords(asked)
                .lowWatermarks()
                .forEach((partition, future) -> tell(future, failure -> refused.accept(ours(partition), failure)));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the same future; nobody waits for it
    private static void tell(KafkaFuture<?> future, Consumer<Throwable> refused) {
        future.whenComplete((done, failure) -> {
            if (failure != null) {
                refused.accept(failure);
            }
        });
    }

    // ---- groups ----

    Map<String, Map<TopicPartition, Long>> groups() {
        List<String> names = new ArrayList<>();
        for (GroupListing group : await(
                "list the groups", admin.listGroups(new ListGroupsOptions()).all())) {
            GroupType type = group.type().orElse(GroupType.CLASSIC);
            if (type == GroupType.CLASSIC || type == GroupType.CONSUMER) {
                names.add(group.groupId());
            }
        }
        Map<String, Map<TopicPartition, Long>> groups = new TreeMap<>();
        names.forEach(each -> groups.put(each, committed(each, new ListConsumerGroupOffsetsSpec())));
        groups.values().removeIf(Map::isEmpty);
        return groups;
    }

    OptionalLong committed(String group, TopicPartition partition) {
        Long offset = committed(group, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(kafka(partition))))
                .get(partition);
        return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    private Map<TopicPartition, Long> committed(String group, ListConsumerGroupOffsetsSpec spec) {
        Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> found = await(
                "read the offsets of group '" + group + "'",
                admin.listConsumerGroupOffsets(
                                Map.of(group, spec), new ListConsumerGroupOffsetsOptions().requireStable(true))
                        .partitionsToOffsetAndMetadata(group));
        Map<TopicPartition, Long> offsets = new TreeMap<>();
        found.forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(ours(partition), offset.offset());
            }
        });
        return offsets;
    }

    static org.apache.kafka.common.TopicPartition kafka(TopicPartition partition) {
        return new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition());
    }

    static TopicPartition ours(org.apache.kafka.common.TopicPartition partition) {
        return new TopicPartition(partition.topic(), partition.partition());
    }

    @Override
    public void close() {
        admin.close(CLOSE_MAX);
    }
}
