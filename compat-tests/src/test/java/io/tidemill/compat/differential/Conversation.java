package io.tidemill.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * What a script says to one server, and what that answers. Every answer is kept in its comparable form; the script itself
 * sees it as it came, and may use it in what it says next. Not thread-safe.
 */
final class Conversation implements AutoCloseable {
    private final InetSocketAddress server;
    private final String prefix;
    private final Duration settleMax;
    private final Normalizer normalizer = new Normalizer();
    private final Map<String, WireConnection> connections = new HashMap<>();
    private final Map<String, Asked> waiting = new HashMap<>();
    private final List<String> transcript = new ArrayList<>();
    private int markerCount;

    private record Asked(ApiMessage request, int version) {}

    /**
     * @param prefix makes the script's topics and groups its own
     * @param settleMax how long the server may take until it shows what it has answered; zero for at once
     */
    Conversation(InetSocketAddress server, String prefix, Duration settleMax) {
        this.server = server;
        this.prefix = prefix;
        this.settleMax = settleMax;
    }

    /** A name that no other script uses. */
    String name(String plain) {
        return prefix + plain;
    }

    /** Asks over the connection of {@code who} and notes the answer. */
    <T extends ApiMessage> T call(String who, ApiMessage request, int version, Class<T> answer) {
        ApiMessage response = connection(who).call(request, version);
        note(who, request, version, response);
        return answer.cast(response);
    }

    /** Asks, and leaves the answer for {@link #await}. */
    void ask(String who, ApiMessage request, int version) {
        connection(who).send(request, version);
        waiting.put(who, new Asked(request, version));
    }

    <T extends ApiMessage> T await(String who, Class<T> answer) {
        Asked asked = waiting.remove(who);
        if (asked == null) {
            throw new IllegalStateException(who + " has asked nothing");
        }
        ApiMessage response = connection(who).receive(asked.request, asked.version);
        note(who, asked.request, asked.version, response);
        return answer.cast(response);
    }

    /** Asks without noting the answer: for waiting until something is so. */
    <T extends ApiMessage> T look(String who, ApiMessage request, int version, Class<T> answer) {
        return answer.cast(connection(who).call(request, version));
    }

    void disconnect(String who) {
        WireConnection connection = connections.remove(who);
        if (connection != null) {
            connection.close();
        }
    }

    private WireConnection connection(String who) {
        return connections.computeIfAbsent(who, each -> new WireConnection(server, each));
    }

    private void note(String who, ApiMessage request, int version, ApiMessage response) {
        JsonNode comparable = normalizer.normalize(response, version);
        String api = request.getClass().getSimpleName().replace("RequestData", "");
        transcript.add(who + " " + api + " v" + version + " -> "
                + comparable.toString().replace(prefix, ""));
    }

    /**
     * Waits for the leaders of a topic that has just been made or given more partitions: a broker answers, and names the
     * leaders, before they are ready.
     */
    void awaitLeaders(String topic, int partitions) {
        for (int each = 0; each < partitions; each++) {
            int partition = each;
            settle("a leader of " + topic + "-" + partition, () -> leaderError(topic, partition) == Errors.NONE);
        }
    }

    /**
     * Waits until a topic that has just been deleted is gone. A broker answers when its controller has deleted it; what
     * the broker tells of topics follows later, and the partitions after that. Until then it would take one that is made
     * anew under this name for the old one.
     */
    void awaitGone(String topic, int partitions) {
        settle("the end of " + topic, () -> topicError(topic) == Errors.UNKNOWN_TOPIC_OR_PARTITION);
        for (int each = 0; each < partitions; each++) {
            int partition = each;
            settle(
                    "the end of " + topic + "-" + partition,
                    () -> leaderError(topic, partition) == Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }

    /**
     * Waits until all that has been changed so far is in force, for changes that no answer shows to be. A broker takes up
     * what its controller has done in order, some of it at a time. One new topic may come with the change, and be ready
     * before it; the next is made when the first is ready, so it comes later, when all of the change is done.
     */
    void awaitChanges() {
        for (int i = 0; i < 2; i++) {
            String marker = name("marker-" + markerCount++);
            look("x", Requests.createTopic(marker, 1, Map.of()), 4, CreateTopicsResponseData.class);
            awaitLeaders(marker, 1);
        }
    }

    /** Throws an error, which no script survives: two servers that do not settle would give the same answers. */
    private void settle(String expected, BooleanSupplier settled) {
        long start = System.nanoTime();
        while (!settled.getAsBoolean()) {
            if (System.nanoTime() - start > settleMax.toNanos()) {
                throw new AssertionError(server + " does not show " + expected + " within " + settleMax);
            }
            Pause.briefly();
        }
    }

    private Errors topicError(String topic) {
        return Errors.forCode(look("x", Requests.metadata(topic), 12, MetadataResponseData.class)
                .topics()
                .iterator()
                .next()
                .errorCode());
    }

    private Errors leaderError(String topic, int partition) {
        return Errors.forCode(
                look("x", Requests.listOffsets(topic, partition, -1, false), 7, ListOffsetsResponseData.class)
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode());
    }

    /** Notes something that the script has found out. */
    void note(String text) {
        transcript.add(text);
    }

    List<String> transcript() {
        return List.copyOf(transcript);
    }

    @Override
    public void close() {
        connections.values().forEach(WireConnection::close);
    }
}
