package io.tidemill.kafka;

import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.TopicProperties.Known;
import io.tidemill.kafka.TopicProperties.ValueType;
import io.tidemill.kafka.TopicsHandler.RefusedException;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.jspecify.annotations.Nullable;

/** Shows and changes how topics are kept, and shows how the broker is configured. */
final class ConfigsHandler {
    private static final byte TOPIC = 2;
    private static final byte BROKER = 4;

    private static final byte SOURCE_DYNAMIC_TOPIC = 1;
    private static final byte SOURCE_STATIC_BROKER = 4;
    private static final byte SOURCE_DEFAULT = 5;

    private static final byte SET = 0;
    private static final byte DELETE = 1;
    private static final byte APPEND = 2;
    private static final byte SUBTRACT = 3;

    private final Broker broker;

    ConfigsHandler(Broker broker) {
        this.broker = broker;
    }

    // ---- show ----

    /** What a topic that was just made is told to have. */
    static List<CreatableTopicConfigs> ofCreatedTopic(TopicConfig config) {
        Map<String, String> said = TopicProperties.said(config);
        List<CreatableTopicConfigs> all = new ArrayList<>();
        for (Known known : TopicProperties.all()) {
            String value = said.get(known.name());
            all.add(new CreatableTopicConfigs()
                    .setName(known.name())
                    .setValue(value == null ? known.defaultValue() : value)
                    .setConfigSource(value == null ? SOURCE_DEFAULT : SOURCE_DYNAMIC_TOPIC));
        }
        return all;
    }

    void describe(Call call) {
        DescribeConfigsRequestData request = (DescribeConfigsRequestData) call.body();
        if (request.resources().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        DescribeConfigsResponseData response = new DescribeConfigsResponseData();
        for (DescribeConfigsResource resource : request.resources()) {
            response.results().add(describe(call, resource, request.includeSynonyms()));
        }
        call.answer(response);
    }

    private DescribeConfigsResult describe(Call call, DescribeConfigsResource resource, boolean synonyms) {
        DescribeConfigsResult result = new DescribeConfigsResult()
                .setResourceType(resource.resourceType())
                .setResourceName(resource.resourceName());
        try {
            List<DescribeConfigsResourceResult> all = switch (resource.resourceType()) {
                case TOPIC -> ofTopic(call, resource.resourceName(), synonyms);
                case BROKER -> ofBroker(call, resource.resourceName(), synonyms);
                default ->
                    throw new RefusedException(
                            ErrorCode.INVALID_REQUEST, "Unsupported resource type: " + resource.resourceType());
            };
            List<String> keys = resource.configurationKeys();
            return result.setConfigs(
                    keys == null
                            ? all
                            : all.stream()
                                    .filter(one -> keys.contains(one.name()))
                                    .toList());
        } catch (RefusedException e) {
            return result.setErrorCode(e.code).setErrorMessage(e.getMessage());
        }
    }

    private List<DescribeConfigsResourceResult> ofTopic(Call call, String name, boolean synonyms) {
        if (!broker.maySee(call, Resource.TOPIC, name)) {
            throw new RefusedException(ErrorCode.TOPIC_AUTHORIZATION_FAILED, null);
        }
        Map<String, String> said = TopicProperties.said(required(name).config());
        List<DescribeConfigsResourceResult> all = new ArrayList<>();
        for (Known known : TopicProperties.all()) {
            String value = said.get(known.name());
            DescribeConfigsResourceResult one = result(
                            known.name(), value == null ? known.defaultValue() : value, known.type())
                    .setConfigSource(value == null ? SOURCE_DEFAULT : SOURCE_DYNAMIC_TOPIC);
            if (synonyms) {
                if (value != null) {
                    one.synonyms().add(synonym(known.name(), value, SOURCE_DYNAMIC_TOPIC));
                }
                if (!known.brokerName().isEmpty()) {
                    one.synonyms().add(synonym(known.brokerName(), known.defaultValue(), SOURCE_DEFAULT));
                }
            }
            all.add(one);
        }
        return all;
    }

    private TopicDescription required(String name) {
        TopicDescription topic = broker.topics().byName(name);
        if (topic == null) {
            throw new RefusedException(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.");
        }
        return topic;
    }

    private static DescribeConfigsResourceResult result(String name, String value, ValueType type) {
        return new DescribeConfigsResourceResult().setName(name).setValue(value).setConfigType(type.code());
    }

    private static DescribeConfigsSynonym synonym(String name, String value, byte source) {
        return new DescribeConfigsSynonym().setName(name).setValue(value).setSource(source);
    }

    private List<DescribeConfigsResourceResult> ofBroker(Call call, String name, boolean synonyms) {
        if (!broker.mayAdministrateCluster(call)) {
            throw new RefusedException(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, null);
        }
        if (name.isEmpty()) {
            // The cluster's dynamic defaults, of which there are none.
            return List.of();
        }
        if (!name.equals(Integer.toString(broker.nodeId()))) {
            throw new RefusedException(
                    ErrorCode.INVALID_REQUEST,
                    "Unexpected broker id, expected " + broker.nodeId() + ", but received " + name);
        }
        List<DescribeConfigsResourceResult> all = new ArrayList<>();
        brokerProperties().forEach((property, value) -> all.add(brokerProperty(property, value, synonyms)));
        return all;
    }

    private DescribeConfigsResourceResult brokerProperty(String name, String value, boolean synonyms) {
        boolean own = name.equals("num.partitions") || name.equals("node.id") || name.equals("broker.id");
        byte source = own ? SOURCE_STATIC_BROKER : SOURCE_DEFAULT;
        DescribeConfigsResourceResult one =
                result(name, value, typeOf(value)).setReadOnly(true).setConfigSource(source);
        if (synonyms) {
            one.synonyms().add(synonym(name, value, source));
        }
        return one;
    }

    private static ValueType typeOf(String value) {
        if (value.equals("true") || value.equals("false")) {
            return ValueType.BOOLEAN;
        }
        return value.matches("-?\\d{1,9}")
                ? ValueType.INT
                : value.matches("-?\\d+") ? ValueType.LONG : ValueType.STRING;
    }

    /** What tools ask a broker for. */
    private Map<String, String> brokerProperties() {
        KafkaServerOptions options = broker.options();
        Map<String, String> all = new TreeMap<>();
        for (Known known : TopicProperties.all()) {
            if (!known.brokerName().isEmpty()) {
                all.put(known.brokerName(), known.defaultValue());
            }
        }
        all.put("auto.create.topics.enable", Boolean.toString(options.autoCreateTopics()));
        all.put("broker.id", Integer.toString(options.nodeId()));
        all.put("connections.max.idle.ms", Long.toString(options.idleTimeout().toMillis()));
        all.put("default.replication.factor", "1");
        all.put("delete.topic.enable", "true");
        all.put("fetch.max.bytes", Integer.toString(options.responseBytesMax()));
        all.put("group.initial.rebalance.delay.ms", "0");
        all.put("max.connections", Integer.toString(options.connectionsMax()));
        all.put("node.id", Integer.toString(options.nodeId()));
        all.put("num.network.threads", Integer.toString(options.networkThreads()));
        all.put("num.partitions", Integer.toString(options.defaultPartitions()));
        all.put("offsets.topic.replication.factor", "1");
        all.put("socket.request.max.bytes", Integer.toString(options.requestBytesMax()));
        all.put("transaction.max.timeout.ms", Long.toString(io.tidemill.log.Transactions.TIMEOUT_MAX.toMillis()));
        all.put("transaction.state.log.min.isr", "1");
        all.put("transaction.state.log.replication.factor", "1");
        return all;
    }

    // ---- change ----

    void alter(Call call) {
        AlterConfigsRequestData request = (AlterConfigsRequestData) call.body();
        if (request.resources().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        broker.answerFromCoordinator(call, () -> {
            AlterConfigsResponseData response = new AlterConfigsResponseData();
            for (AlterConfigsResource resource : request.resources()) {
                RefusedException refusal = refusal(() -> alter(
                        call, resource.resourceType(), resource.resourceName(), request.validateOnly(), before -> {
                            Map<String, String> after = new TreeMap<>();
                            resource.configs().forEach(one -> after.put(one.name(), value(one.name(), one.value())));
                            return after;
                        }));
                response.responses()
                        .add(new AlterConfigsResourceResponse()
                                .setResourceType(resource.resourceType())
                                .setResourceName(resource.resourceName())
                                .setErrorCode(refusal.code)
                                .setErrorMessage(refusal.getMessage()));
            }
            return response;
        });
    }

    void alterIncrementally(Call call) {
        IncrementalAlterConfigsRequestData request = (IncrementalAlterConfigsRequestData) call.body();
        if (request.resources().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        broker.answerFromCoordinator(call, () -> {
            IncrementalAlterConfigsResponseData response = new IncrementalAlterConfigsResponseData();
            for (IncrementalAlterConfigsRequestData.AlterConfigsResource resource : request.resources()) {
                RefusedException refusal = refusal(() -> alter(
                        call,
                        resource.resourceType(),
                        resource.resourceName(),
                        request.validateOnly(),
                        before -> changed(before, resource.configs())));
                response.responses()
                        .add(new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                                .setResourceType(resource.resourceType())
                                .setResourceName(resource.resourceName())
                                .setErrorCode(refusal.code)
                                .setErrorMessage(refusal.getMessage()));
            }
            return response;
        });
    }

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

    private void alter(
            Call call, byte type, String name, boolean validateOnly, UnaryOperator<Map<String, String>> change) {
        if (type != TOPIC) {
            throw new RefusedException(ErrorCode.INVALID_REQUEST, "only topics can be changed while the broker runs");
        }
        if (!broker.allows(call, Operation.ADMIN, Resource.TOPIC, name)) {
            throw new RefusedException(ErrorCode.TOPIC_AUTHORIZATION_FAILED, null);
        }
        TopicDescription topic = required(name);
        if (Broker.isInternal(name)) {
            throw new RefusedException(ErrorCode.INVALID_TOPIC_EXCEPTION, "the topic is the broker's own");
        }
        Map<String, String> after = change.apply(TopicProperties.said(topic.config()));
        TopicConfig config =
                TopicsHandler.sound(() -> TopicProperties.config(topic.config().partitions(), after));
        if (!validateOnly) {
            broker.log().alterTopic(name, config);
        }
    }

    private static String value(String name, @Nullable String value) {
        if (value == null) {
            throw new RefusedException(ErrorCode.INVALID_CONFIG, "Null value not supported for : " + name);
        }
        return value;
    }

    private static Map<String, String> changed(Map<String, String> before, Iterable<AlterableConfig> changes) {
        Map<String, String> after = new TreeMap<>(before);
        for (AlterableConfig change : changes) {
            switch (change.configOperation()) {
                case SET -> after.put(change.name(), value(change.name(), change.value()));
                case DELETE -> after.remove(change.name());
                case APPEND, SUBTRACT -> changeList(after, change);
                default ->
                    throw new RefusedException(
                            ErrorCode.INVALID_REQUEST, "Unknown operation " + change.configOperation());
            }
        }
        return after;
    }

    private static void changeList(Map<String, String> after, AlterableConfig change) {
        Known known = TopicProperties.byName(change.name());
        if (known == null || known.type() != ValueType.LIST) {
            throw new RefusedException(ErrorCode.INVALID_CONFIG, change.name() + " is no list");
        }
        Set<String> list = new LinkedHashSet<>();
        String before = after.getOrDefault(change.name(), known.defaultValue());
        if (!before.isEmpty()) {
            list.addAll(Arrays.asList(before.split(",", -1)));
        }
        List<String> operand =
                Arrays.asList(value(change.name(), change.value()).split(",", -1));
        if (change.configOperation() == APPEND) {
            list.addAll(operand);
        } else {
            operand.forEach(list::remove);
        }
        after.put(change.name(), String.join(",", list));
    }
}
