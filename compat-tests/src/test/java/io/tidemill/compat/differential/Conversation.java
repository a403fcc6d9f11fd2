package io.tidemill.compat.differential;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * What a script says to one server, and what that answers. Every answer is kept in its comparable form; the script itself
 * sees it as it came, and may use it in what it says next. Not thread-safe.
 */
final class Conversation implements AutoCloseable {
    private final InetSocketAddress server;
    private final String prefix;
    private final Normalizer normalizer = new Normalizer();
    private final Map<String, WireConnection> connections = new HashMap<>();
    private final Map<String, Asked> waiting = new HashMap<>();
    private final List<String> transcript = new ArrayList<>();

    private record Asked(ApiMessage request, int version) {}

    /** @param prefix makes the script's topics and groups its own */
    Conversation(InetSocketAddress server, String prefix) {
        this.server = server;
        this.prefix = prefix;
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

    /** Waits for the leaders of a topic that has just been made: a broker names them before they are ready. */
    void awaitLeaders(String topic, int partitions) {
        long until = System.nanoTime() + 10_000_000_000L;
        for (int partition = 0; partition < partitions; partition++) {
            int ready = 0;
            while (ready < 1 && System.nanoTime() < until) {
                short error = look(
                                "x",
                                Requests.listOffsets(topic, partition, -1, false),
                                7,
                                ListOffsetsResponseData.class)
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode();
                if (error == 0) {
                    ready++;
                } else {
                    Pause.briefly();
                }
            }
        }
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
