package io.tidemill.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Makes answers of two servers comparable: what each makes up for itself (member and producer ids, topic ids) becomes the
 * number of its first appearance, what depends on time or place is left out, and lists without an order are sorted.
 */
final class Normalizer {
    /** Not part of what is promised: clocks, addresses, words for people. */
    private static final Set<String> LEFT_OUT = Set.of(
            "throttleTimeMs",
            "errorMessage",
            "batchIndexErrorMessage",
            "host",
            "port",
            "clusterId",
            "rack",
            "endpointType",
            "logAppendTimeMs",
            "lastTimestamp",
            "clientHost",
            "transactionStartTimeMs",
            "currentTxnStartOffset",
            "records",
            // Bytes that hold names of this script's topics.
            "memberMetadata",
            // Of a topic that is created: all settings that a broker knows. TopicScripts compares those that matter.
            "configs",
            "aggregateHash",
            "authorizedOperations",
            "topicAuthorizedOperations",
            "clusterAuthorizedOperations");

    /** Made up by each server. */
    private static final Map<String, String> NAMED = Map.of(
            "memberId", "member",
            "leader", "member",
            "producerId", "producer",
            "topicId", "topicId");

    private final Map<String, Map<String, String>> names = new HashMap<>();

    JsonNode normalize(ApiMessage message, int version) {
        return rewrite("", json(message, version));
    }

    private static JsonNode json(ApiMessage message, int version) {
        try {
            Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
            return (JsonNode) converter
                    .getMethod("write", message.getClass(), short.class)
                    .invoke(null, message, (short) version);
        } catch (ClassNotFoundException
                | NoSuchMethodException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }

    private JsonNode rewrite(String field, JsonNode node) {
        if (node instanceof ObjectNode object) {
            List<String> fields = new ArrayList<>();
            object.fieldNames().forEachRemaining(fields::add);
            for (String each : fields) {
                JsonNode value = object.get(each);
                if (LEFT_OUT.contains(each)) {
                    object.remove(each);
                } else if (NAMED.containsKey(each) && value.isValueNode()) {
                    object.put(each, name(NAMED.get(each), value.asText()));
                } else {
                    object.set(each, rewrite(each, value));
                }
            }
            return object;
        } else if (node instanceof ArrayNode array) {
            List<JsonNode> elements = new ArrayList<>();
            array.forEach(each -> elements.add(rewrite(field, each)));
            if (!elements.isEmpty() && elements.get(0).isObject()) {
                elements.sort(Comparator.comparing(JsonNode::toString));
            }
            array.removeAll();
            elements.forEach(array::add);
            return array;
        }
        return node;
    }

    /** Ids that stand for nothing stay what they are. */
    private String name(String kind, String id) {
        if (id.isEmpty() || id.equals("-1") || id.equals("0") || id.equals("AAAAAAAAAAAAAAAAAAAAAA")) {
            return id;
        }
        Map<String, String> known = names.computeIfAbsent(kind, each -> new HashMap<>());
        return known.computeIfAbsent(id, each -> kind + "-" + (known.size() + 1));
    }
}
