package io.tidemill.kafka;

import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.Commit;
import io.tidemill.log.LogException;
import io.tidemill.log.PartitionStatus;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.jspecify.annotations.Nullable;

/** Makes, changes and removes topics. */
final class TopicsHandler {
    /** Stands for the path of the data directory, which is nobody's business on the network. */
    private static final String LOG_DIR = "/tidemill";

    private static final int DEFAULT = -1;
    private static final long TO_THE_END = -1;

    private final Broker broker;

    TopicsHandler(Broker broker) {
        this.broker = broker;
    }

    /** Something is not done, and why. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1;
        final short code;

        RefusedException(short code, @Nullable String message) {
            super(message);
            this.code = code;
        }
    }

    /** What {@code action} gives, or how it was refused. */
    private static RefusedException refusal(Runnable action) {
        try {
            action.run();
            return new RefusedException(ErrorCode.NONE, null);
        } catch (RefusedException e) {
            return e;
        } catch (LogException e) {
            return new RefusedException(Broker.code(e), e.getMessage());
        }
    }

    // ---- create ----

    void create(Call call) {
        CreateTopicsRequestData request = (CreateTopicsRequestData) call.body();
        if (request.topics().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        broker.answerFromCoordinator(call, () -> {
            CreateTopicsResponseData response = new CreateTopicsResponseData();
            for (CreatableTopic topic : request.topics()) {
                response.topics().add(create(call, topic, request));
            }
            return response;
        });
    }

    private CreatableTopicResult create(Call call, CreatableTopic topic, CreateTopicsRequestData request) {
        CreatableTopicResult result = new CreatableTopicResult()
                .setName(topic.name())
                .setNumPartitions(DEFAULT)
                .setReplicationFactor((short) DEFAULT);
        RefusedException refusal = refusal(() -> {
            if (request.topics().findAll(topic.name()).size() > 1) {
                throw new RefusedException(ErrorCode.INVALID_REQUEST, "the topic is named twice");
            }
            create(call, topic, request.validateOnly(), result);
        });
        return result.setErrorCode(refusal.code).setErrorMessage(refusal.getMessage());
    }

    private void create(Call call, CreatableTopic topic, boolean validateOnly, CreatableTopicResult result) {
        if (!broker.mayAdministrate(call, Resource.TOPIC, topic.name())) {
            throw new RefusedException(ErrorCode.TOPIC_AUTHORIZATION_FAILED, "not allowed");
        }
        requireLegal(topic.name());
        if (broker.topics().byName(topic.name()) != null) {
            throw new RefusedException(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + topic.name() + "' already exists.");
        }
        int partitions = partitions(topic);
        TopicConfig config = config(topic, partitions);
        if (!validateOnly) {
            TopicDescription created = broker.log().createTopic(topic.name(), config);
            result.setTopicId(Broker.kafka(created.id()));
        }
        result.setNumPartitions(partitions)
                .setReplicationFactor((short) 1)
                .setConfigs(ConfigsHandler.ofCreatedTopic(config));
    }

    private static void requireLegal(String name) {
        if (!MetadataHandler.isLegal(name)) {
            throw new RefusedException(
                    ErrorCode.INVALID_TOPIC_EXCEPTION,
                    "a topic's name has 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'");
        }
    }

    private int partitions(CreatableTopic topic) {
        if (!topic.assignments().isEmpty()) {
            return assigned(topic);
        }
        if (topic.replicationFactor() != DEFAULT && topic.replicationFactor() != 1) {
            throw new RefusedException(
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "there is one node, so the replication factor is 1, not " + topic.replicationFactor());
        }
        int partitions =
                topic.numPartitions() == DEFAULT ? broker.options().defaultPartitions() : topic.numPartitions();
        requirePartitions(partitions);
        return partitions;
    }

    private static void requirePartitions(int partitions) {
        if (partitions < 1 || partitions > TopicConfig.PARTITIONS_MAX) {
            throw new RefusedException(
                    ErrorCode.INVALID_PARTITIONS,
                    "a topic has 1 to " + TopicConfig.PARTITIONS_MAX + " partitions, not " + partitions);
        }
    }

    /** An assignment by hand can only say one thing; clients that say it are right. */
    private int assigned(CreatableTopic topic) {
        if (topic.numPartitions() != DEFAULT || topic.replicationFactor() != DEFAULT) {
            throw new RefusedException(
                    ErrorCode.INVALID_REQUEST, "either an assignment or numbers of partitions and replicas");
        }
        TreeSet<Integer> partitions = new TreeSet<>();
        for (CreatableReplicaAssignment one : topic.assignments()) {
            requireHere(one.brokerIds());
            partitions.add(one.partitionIndex());
        }
        if (partitions.first() != 0 || partitions.last() != topic.assignments().size() - 1) {
            throw new RefusedException(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT, "partitions are numbered from 0, without gaps");
        }
        requirePartitions(topic.assignments().size());
        return topic.assignments().size();
    }

    private void requireHere(List<Integer> brokerIds) {
        if (!brokerIds.equals(List.of(broker.nodeId()))) {
            throw new RefusedException(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT, "the only node is " + broker.nodeId() + ", not " + brokerIds);
        }
    }

    private static TopicConfig config(CreatableTopic topic, int partitions) {
        Map<String, String> said = new HashMap<>();
        for (CreatableTopicConfig one : topic.configs()) {
            if (one.value() == null) {
                throw new RefusedException(
                        ErrorCode.INVALID_CONFIG, "Null value not supported for topic configs: " + one.name());
            }
            said.put(one.name(), one.value());
        }
        return sound(() -> TopicProperties.config(partitions, said));
    }

    static TopicConfig sound(Supplier<TopicConfig> config) {
        try {
            return config.get();
        } catch (IllegalArgumentException e) {
            throw new RefusedException(ErrorCode.INVALID_CONFIG, e.getMessage());
        }
    }

    // ---- delete ----

    void delete(Call call) {
        DeleteTopicsRequestData request = (DeleteTopicsRequestData) call.body();
        List<DeleteTopicState> states = call.version() >= 6
                ? request.topics()
                : request.topicNames().stream()
                        .map(name -> new DeleteTopicState().setName(name))
                        .toList();
        if (states.size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        broker.answerFromCoordinator(call, () -> {
            DeleteTopicsResponseData response = new DeleteTopicsResponseData();
            for (DeleteTopicState state : states) {
                response.responses().add(delete(call, state));
            }
            return response;
        });
    }

    private DeletableTopicResult delete(Call call, DeleteTopicState state) {
        DeletableTopicResult result =
                new DeletableTopicResult().setName(state.name()).setTopicId(state.topicId());
        RefusedException refusal = refusal(() -> {
            TopicDescription topic = toDelete(call, state);
            broker.log().deleteTopic(topic.name());
            result.setName(topic.name()).setTopicId(Broker.kafka(topic.id()));
        });
        return result.setErrorCode(refusal.code).setErrorMessage(refusal.getMessage());
    }

    private TopicDescription toDelete(Call call, DeleteTopicState state) {
        boolean byName = state.name() != null;
        TopicDescription topic =
                byName ? broker.topics().byName(state.name()) : broker.topics().byId(Broker.java(state.topicId()));
        String name = topic == null ? state.name() : topic.name();
        if (name != null && !broker.mayAdministrate(call, Resource.TOPIC, name)) {
            // By its id, a topic that must not be seen does not exist.
            throw new RefusedException(
                    byName ? ErrorCode.TOPIC_AUTHORIZATION_FAILED : ErrorCode.UNKNOWN_TOPIC_ID, "not allowed");
        }
        if (topic == null) {
            throw new RefusedException(
                    byName ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID,
                    "This server does not host this topic-partition.");
        }
        if (Broker.isInternal(topic.name())) {
            throw new RefusedException(ErrorCode.INVALID_TOPIC_EXCEPTION, "the topic is the broker's own");
        }
        return topic;
    }

    // ---- partitions ----

    void createPartitions(Call call) {
        CreatePartitionsRequestData request = (CreatePartitionsRequestData) call.body();
        if (request.topics().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        broker.answerFromCoordinator(call, () -> {
            CreatePartitionsResponseData response = new CreatePartitionsResponseData();
            for (CreatePartitionsTopic topic : request.topics()) {
                RefusedException refusal = refusal(() -> createPartitions(call, topic, request.validateOnly()));
                response.results()
                        .add(new CreatePartitionsTopicResult()
                                .setName(topic.name())
                                .setErrorCode(refusal.code)
                                .setErrorMessage(refusal.getMessage()));
            }
            return response;
        });
    }

    private void createPartitions(Call call, CreatePartitionsTopic wanted, boolean validateOnly) {
        TopicDescription topic = requireAdministrable(call, wanted.name());
        int now = topic.config().partitions();
        if (wanted.count() <= now) {
            throw new RefusedException(
                    ErrorCode.INVALID_PARTITIONS,
                    "The topic " + topic.name() + " currently has " + now + " partition(s); " + wanted.count()
                            + " would not be an increase.");
        }
        requirePartitions(wanted.count());
        if (wanted.assignments() != null) {
            if (wanted.assignments().size() != wanted.count() - now) {
                throw new RefusedException(
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT, "one assignment for each new partition");
            }
            for (CreatePartitionsAssignment one : wanted.assignments()) {
                requireHere(one.brokerIds());
            }
        }
        if (!validateOnly) {
            broker.log().createPartitions(topic.name(), wanted.count());
        }
    }

    private TopicDescription requireAdministrable(Call call, String name) {
        if (!broker.mayAdministrate(call, Resource.TOPIC, name)) {
            throw new RefusedException(ErrorCode.TOPIC_AUTHORIZATION_FAILED, "not allowed");
        }
        TopicDescription topic = broker.topics().byName(name);
        if (topic == null) {
            throw new RefusedException(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.");
        }
        if (Broker.isInternal(name)) {
            throw new RefusedException(ErrorCode.INVALID_TOPIC_EXCEPTION, "the topic is the broker's own");
        }
        return topic;
    }

    // ---- records ----

    void deleteRecords(Call call) {
        DeleteRecordsRequestData request = (DeleteRecordsRequestData) call.body();
        DeleteRecordsResponseData response = new DeleteRecordsResponseData();
        Commit.Builder commit = Commit.builder();
        for (DeleteRecordsTopic topic : request.topics()) {
            DeleteRecordsTopicResult ofTopic = new DeleteRecordsTopicResult().setName(topic.name());
            for (DeleteRecordsPartition partition : topic.partitions()) {
                ofTopic.partitions().add(trim(call, topic.name(), partition, commit));
            }
            response.topics().add(ofTopic);
        }
        if (commit.isEmpty()) {
            call.answer(response);
            return;
        }
        broker.answerWhenDurable(call, broker.log().write(commit.build()).sequence(), response);
    }

    private static boolean isOnlyCompacted(TopicConfig config) {
        return config.compacted() && config.retention() == null && config.retentionBytes() == null;
    }

    private DeleteRecordsPartitionResult trim(
            Call call, String topic, DeleteRecordsPartition asked, Commit.Builder commit) {
        DeleteRecordsPartitionResult result = new DeleteRecordsPartitionResult()
                .setPartitionIndex(asked.partitionIndex())
                .setLowWatermark(-1);
        RefusedException refusal = refusal(() -> {
            if (!broker.allows(call, Operation.ADMIN, Resource.TOPIC, topic)) {
                throw new RefusedException(ErrorCode.TOPIC_AUTHORIZATION_FAILED, null);
            }
            if (!broker.topics().has(topic, asked.partitionIndex())) {
                throw new RefusedException(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
            }
            if (Broker.isInternal(topic)) {
                throw new RefusedException(ErrorCode.INVALID_TOPIC_EXCEPTION, null);
            }
            TopicDescription description = broker.topics().byName(topic);
            if (description != null && isOnlyCompacted(description.config())) {
                throw new RefusedException(ErrorCode.POLICY_VIOLATION, null);
            }
            TopicPartition partition = new TopicPartition(topic, asked.partitionIndex());
            PartitionStatus status = broker.log().partitionStatus(partition);
            long to = asked.offset() == TO_THE_END ? status.end() : asked.offset();
            if (to < 0 || to > status.end()) {
                throw new RefusedException(ErrorCode.OFFSET_OUT_OF_RANGE, null);
            }
            if (to > status.start()) {
                commit.trim(partition, to);
            }
            result.setLowWatermark(Math.max(to, status.start()));
        });
        return result.setErrorCode(refusal.code);
    }

    // ---- sizes ----

    void describeLogDirs(Call call) {
        DescribeLogDirsRequestData request = (DescribeLogDirsRequestData) call.body();
        if (!broker.mayAdministrateCluster(call)) {
            call.answer(new DescribeLogDirsResponseData().setErrorCode(ErrorCode.CLUSTER_AUTHORIZATION_FAILED));
            return;
        }
        List<DescribeLogDirsTopic> topics = new ArrayList<>();
        if (request.topics() == null) {
            for (TopicDescription topic : broker.topics().all()) {
                topics.add(sizes(
                        topic.name(),
                        java.util.stream.IntStream.range(0, topic.config().partitions())
                                .boxed()
                                .toList()));
            }
        } else {
            for (DescribableLogDirTopic topic : request.topics()) {
                topics.add(sizes(topic.topic(), topic.partitions()));
            }
        }
        DescribeLogDirsResult directory =
                new DescribeLogDirsResult().setLogDir(LOG_DIR).setTopics(topics);
        call.answer(new DescribeLogDirsResponseData().setResults(List.of(directory)));
    }

    private DescribeLogDirsTopic sizes(String topic, List<Integer> partitions) {
        DescribeLogDirsTopic sizes = new DescribeLogDirsTopic().setName(topic);
        for (int partition : partitions) {
            if (broker.topics().has(topic, partition)) {
                sizes.partitions()
                        .add(new DescribeLogDirsPartition()
                                .setPartitionIndex(partition)
                                .setPartitionSize(broker.log().partitionBytes(new TopicPartition(topic, partition))));
            }
        }
        return sizes;
    }
}
