package io.tidemill.kafka;

import io.tidemill.api.Topic;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicDescription;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.jspecify.annotations.Nullable;

/** Says where things are: all here. */
final class MetadataHandler {
    private static final byte COORDINATOR_OF_GROUP = 0;
    private static final byte COORDINATOR_OF_TRANSACTION = 1;

    private final Broker broker;

    MetadataHandler(Broker broker) {
        this.broker = broker;
    }

    void metadata(Call call) {
        MetadataRequestData request = (MetadataRequestData) call.body();
        // Version 0 has no way to ask for no topics, and asks for all of them that way.
        if (request.topics() == null || (call.version() == 0 && request.topics().isEmpty())) {
            answer(call, visible(call));
            return;
        }
        if (mayCreate(call, request)) {
            broker.answerFromCoordinator(call, () -> response(named(call, request.topics(), true)));
        } else {
            answer(call, named(call, request.topics(), false));
        }
    }

    private void answer(Call call, List<MetadataResponseTopic> topics) {
        call.answer(response(topics));
    }

    private MetadataResponseData response(List<MetadataResponseTopic> topics) {
        MetadataResponseData response =
                new MetadataResponseData().setClusterId(broker.clusterId()).setControllerId(broker.nodeId());
        response.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(broker.nodeId())
                        .setHost(broker.advertisedHost())
                        .setPort(broker.advertisedPort()));
        topics.forEach(response.topics()::add);
        return response;
    }

    private List<MetadataResponseTopic> visible(Call call) {
        return broker.topics().all().stream()
                .filter(topic -> broker.maySee(call, Resource.TOPIC, topic.name()))
                .map(this::describe)
                .toList();
    }

    private boolean mayCreate(Call call, MetadataRequestData request) {
        boolean wanted = call.version() < 4 || request.allowAutoTopicCreation();
        return wanted
                && broker.options().autoCreateTopics()
                && request.topics().stream()
                        .anyMatch(
                                topic -> topic.name() != null && broker.topics().byName(topic.name()) == null);
    }

    private List<MetadataResponseTopic> named(Call call, List<MetadataRequestTopic> wanted, boolean create) {
        Set<Object> seen = new LinkedHashSet<>();
        List<MetadataResponseTopic> topics = new ArrayList<>();
        for (MetadataRequestTopic topic : wanted) {
            boolean byId = isById(topic);
            if (seen.add(byId ? topic.topicId() : String.valueOf(topic.name()))) {
                topics.add(byId ? byId(call, topic.topicId()) : byName(call, String.valueOf(topic.name()), create));
            }
        }
        return topics;
    }

    /** Clients that ask by id send an empty name or none. */
    private static boolean isById(MetadataRequestTopic topic) {
        return !topic.topicId().equals(Uuid.ZERO_UUID);
    }

    private MetadataResponseTopic byId(Call call, Uuid id) {
        TopicDescription topic = broker.topics().byId(Broker.java(id));
        if (topic == null || !broker.maySee(call, Resource.TOPIC, topic.name())) {
            return new MetadataResponseTopic()
                    .setErrorCode(ErrorCode.UNKNOWN_TOPIC_ID)
                    .setName(null)
                    .setTopicId(id);
        }
        return describe(topic);
    }

    private MetadataResponseTopic byName(Call call, String name, boolean create) {
        if (!broker.maySee(call, Resource.TOPIC, name)) {
            return failed(name, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        }
        TopicDescription topic = broker.topics().byName(name);
        if (topic == null && create && broker.mayAdministrate(call, Resource.TOPIC, name)) {
            topic = created(name);
        }
        if (topic != null) {
            return describe(topic);
        }
        return failed(name, isLegal(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    private @Nullable TopicDescription created(String name) {
        try {
            if (isLegal(name)) {
                broker.log()
                        .createTopic(
                                name, TopicProperties.defaults(broker.options().defaultPartitions()));
            }
        } catch (LogException e) {
            if (e.code() != LogException.Code.TOPIC_EXISTS) {
                throw e;
            }
        }
        return broker.topics().byName(name);
    }

    static boolean isLegal(String name) {
        try {
            Topic.requireLegalName(name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static MetadataResponseTopic failed(String name, short code) {
        return new MetadataResponseTopic().setErrorCode(code).setName(name);
    }

    private MetadataResponseTopic describe(TopicDescription topic) {
        List<Integer> replicas = List.of(broker.nodeId());
        List<MetadataResponsePartition> partitions = new ArrayList<>();
        for (int i = 0; i < topic.config().partitions(); i++) {
            partitions.add(new MetadataResponsePartition()
                    .setPartitionIndex(i)
                    .setLeaderId(broker.nodeId())
                    .setLeaderEpoch(Broker.LEADER_EPOCH)
                    .setReplicaNodes(replicas)
                    .setIsrNodes(replicas));
        }
        return new MetadataResponseTopic()
                .setName(topic.name())
                .setTopicId(Broker.kafka(topic.id()))
                .setIsInternal(Broker.isInternal(topic.name()))
                .setPartitions(partitions);
    }

    void describeCluster(Call call) {
        DescribeClusterRequestData request = (DescribeClusterRequestData) call.body();
        if (request.endpointType() != 1) {
            // Controllers are asked for elsewhere, and there are none to be asked.
            call.answer(new DescribeClusterResponseData()
                    .setErrorCode(ErrorCode.UNSUPPORTED_VERSION)
                    .setErrorMessage("there are no controllers apart from the broker"));
            return;
        }
        DescribeClusterResponseData response = new DescribeClusterResponseData()
                .setClusterId(broker.clusterId())
                .setControllerId(broker.nodeId());
        response.brokers()
                .add(new DescribeClusterBroker()
                        .setBrokerId(broker.nodeId())
                        .setHost(broker.advertisedHost())
                        .setPort(broker.advertisedPort()));
        call.answer(response);
    }

    void findCoordinator(Call call) {
        FindCoordinatorRequestData request = (FindCoordinatorRequestData) call.body();
        if (call.version() < 4) {
            Coordinator found = coordinator(call, request.keyType(), request.key());
            call.answer(new FindCoordinatorResponseData()
                    .setErrorCode(found.errorCode())
                    .setErrorMessage(found.errorMessage())
                    .setNodeId(found.nodeId())
                    .setHost(found.host())
                    .setPort(found.port()));
            return;
        }
        call.answer(new FindCoordinatorResponseData()
                .setCoordinators(request.coordinatorKeys().stream()
                        .map(key -> coordinator(call, request.keyType(), key))
                        .toList()));
    }

    private Coordinator coordinator(Call call, byte type, String key) {
        Coordinator found =
                new Coordinator().setKey(key).setNodeId(-1).setHost("").setPort(-1);
        if (type != COORDINATOR_OF_GROUP && type != COORDINATOR_OF_TRANSACTION) {
            return found.setErrorCode(ErrorCode.INVALID_REQUEST);
        }
        boolean ofGroup = type == COORDINATOR_OF_GROUP;
        if (!broker.maySee(call, ofGroup ? Resource.GROUP : Resource.TRANSACTIONAL_ID, key)) {
            return found.setErrorCode(
                    ofGroup ? ErrorCode.GROUP_AUTHORIZATION_FAILED : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        return found.setNodeId(broker.nodeId()).setHost(broker.advertisedHost()).setPort(broker.advertisedPort());
    }
}
