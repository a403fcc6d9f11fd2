package io.tidemill.kafka;

import io.tidemill.groups.GroupOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a server listens, and what it takes in.
 *
 * @param host the address to listen on. Other than loopback it needs {@code security} with TLS and SASL
 * @param port the port to listen on; 0 for any that is free
 * @param advertisedHost the name that clients are told to connect to; null for {@code host}
 * @param nodeId the number of this broker, 0 or more
 * @param networkThreads how many threads serve connections, 1 to 64
 * @param connectionsMax how many connections may be open; a further one is closed at once
 * @param requestBytesMax the largest request, 64 KiB to 1 GiB; only producing may need more than 8 MiB
 * @param requestMemoryBytesMax what the requests of all connections may take together while they are read and handled; at
 *     least {@code requestBytesMax}
 * @param responseMemoryBytesMax what the answers of all connections may take together until they are sent; exceeded by no
 *     more than one batch for each connection that is behind
 * @param responseBytesMax the most that one answer to a fetch holds, unless its first batch is larger
 * @param idleTimeout after which a connection that sends nothing is closed
 * @param stallTimeout after which a connection is closed that takes nothing of its answer, has not sent the rest of its
 *     request, or has not authenticated
 * @param autoCreateTopics whether a client that asks for a topic by name makes it exist
 * @param defaultPartitions of topics for which the client does not say how many
 * @param security TLS and SASL; null for neither
 * @param access who may do what
 * @param groups how groups are coordinated
 */
public record KafkaServerOptions(
        String host,
        int port,
        @Nullable String advertisedHost,
        int nodeId,
        int networkThreads,
        int connectionsMax,
        int requestBytesMax,
        long requestMemoryBytesMax,
        long responseMemoryBytesMax,
        int responseBytesMax,
        Duration idleTimeout,
        Duration stallTimeout,
        boolean autoCreateTopics,
        int defaultPartitions,
        @Nullable Security security,
        AccessRules access,
        GroupOptions groups) {
    public static final int PORT_DEFAULT = 9092;
    public static final int CONNECTIONS_MAX_DEFAULT = 2_000;
    /** A record of 64 MiB, and what is around it. */
    public static final int REQUEST_BYTES_MAX_DEFAULT = (64 << 20) + (1 << 20);

    public static final int RESPONSE_BYTES_MAX_DEFAULT = 4 << 20;
    public static final Duration IDLE_TIMEOUT_DEFAULT = Duration.ofMinutes(10);
    public static final Duration STALL_TIMEOUT_DEFAULT = Duration.ofSeconds(30);

    public KafkaServerOptions {
        List<String> mistakes = new ArrayList<>();
        require(port >= 0 && port <= 65_535, "port is 0 to 65535, not " + port, mistakes);
        require(nodeId >= 0, "nodeId is 0 or more, not " + nodeId, mistakes);
        require(
                networkThreads >= 1 && networkThreads <= 64,
                "networkThreads is 1 to 64, not " + networkThreads,
                mistakes);
        require(
                connectionsMax >= 1 && connectionsMax <= 100_000,
                "connectionsMax is 1 to 100000, not " + connectionsMax,
                mistakes);
        require(
                requestBytesMax >= 64 << 10 && requestBytesMax <= 1 << 30,
                "requestBytesMax is 64 KiB to 1 GiB, not " + requestBytesMax,
                mistakes);
        require(
                requestMemoryBytesMax >= requestBytesMax,
                "requestMemoryBytesMax is at least requestBytesMax (" + requestBytesMax + "), not "
                        + requestMemoryBytesMax,
                mistakes);
        require(
                responseBytesMax >= 64 << 10 && responseBytesMax <= 1 << 30,
                "responseBytesMax is 64 KiB to 1 GiB, not " + responseBytesMax,
                mistakes);
        require(
                responseMemoryBytesMax >= responseBytesMax,
                "responseMemoryBytesMax is at least responseBytesMax (" + responseBytesMax + "), not "
                        + responseMemoryBytesMax,
                mistakes);
        require(idleTimeout.toMillis() >= 1_000, "idleTimeout is 1 s or more, not " + idleTimeout, mistakes);
        require(stallTimeout.toMillis() >= 100, "stallTimeout is 100 ms or more, not " + stallTimeout, mistakes);
        require(
                defaultPartitions >= 1 && defaultPartitions <= 10_000,
                "defaultPartitions is 1 to 10000, not " + defaultPartitions,
                mistakes);
        requireSafe(host, security, access, mistakes);
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    private static void requireSafe(
            String host, @Nullable Security security, AccessRules access, List<String> mistakes) {
        try {
            boolean loopback = InetAddress.getByName(host).isLoopbackAddress();
            require(
                    loopback || security != null,
                    "host " + host
                            + " can be reached from other machines: give it TLS and SASL (security), or listen on"
                            + " 127.0.0.1",
                    mistakes);
        } catch (UnknownHostException e) {
            mistakes.add("host " + host + " is not known: " + e.getMessage());
        }
        require(
                !access.enforced() || security != null,
                "access rules name users, and without SASL (security) nobody has a name",
                mistakes);
    }

    private static void require(boolean holds, String mistake, List<String> mistakes) {
        if (!holds) {
            mistakes.add(mistake);
        }
    }

    /**
     * Loopback, a free port, no topics made unasked, one partition. Memory follows the heap: a quarter of it each for requests
     * and for answers, but not more than 256 and 64 MiB.
     */
    public static KafkaServerOptions defaults() {
        long quarter = Runtime.getRuntime().maxMemory() / 4;
        long responseMemory = Math.max(1 << 20, Math.min(64 << 20, quarter));
        int requestBytes = (int) Math.max(1 << 20, Math.min(REQUEST_BYTES_MAX_DEFAULT, quarter));
        return new KafkaServerOptions(
                "127.0.0.1",
                0,
                null,
                0,
                Math.max(1, Runtime.getRuntime().availableProcessors() / 4),
                CONNECTIONS_MAX_DEFAULT,
                requestBytes,
                Math.max(requestBytes, Math.min(256 << 20, quarter)),
                responseMemory,
                (int) Math.min(RESPONSE_BYTES_MAX_DEFAULT, responseMemory / 4 + (64 << 10)),
                IDLE_TIMEOUT_DEFAULT,
                STALL_TIMEOUT_DEFAULT,
                false,
                1,
                null,
                AccessRules.NONE,
                GroupOptions.defaults());
    }

    public KafkaServerOptions listen(String newHost, int newPort) {
        return with(draft -> {
            draft.host = newHost;
            draft.port = newPort;
        });
    }

    /** Both the largest request and the room for all of them. */
    public KafkaServerOptions requests(int newBytesMax, long newMemoryBytesMax) {
        return with(draft -> {
            draft.requestBytesMax = newBytesMax;
            draft.requestMemoryBytesMax = newMemoryBytesMax;
        });
    }

    /** Both the largest answer to a fetch and the room for all of them. */
    public KafkaServerOptions responses(int newBytesMax, long newMemoryBytesMax) {
        return with(draft -> {
            draft.responseMemoryBytesMax = newMemoryBytesMax;
            draft.responseBytesMax = newBytesMax;
        });
    }

    /** Who may connect, and what they may do then. */
    public KafkaServerOptions secured(Security newSecurity, AccessRules newAccess) {
        return with(draft -> {
            draft.security = newSecurity;
            draft.access = newAccess;
        });
    }

    public KafkaServerOptions advertisedHost(@Nullable String value) {
        return with(draft -> {
            draft.advertisedHost = value;
        });
    }

    public KafkaServerOptions nodeId(int value) {
        return with(draft -> {
            draft.nodeId = value;
        });
    }

    public KafkaServerOptions networkThreads(int value) {
        return with(draft -> {
            draft.networkThreads = value;
        });
    }

    public KafkaServerOptions connectionsMax(int value) {
        return with(draft -> {
            draft.connectionsMax = value;
        });
    }

    public KafkaServerOptions idleTimeout(Duration value) {
        return with(draft -> {
            draft.idleTimeout = value;
        });
    }

    public KafkaServerOptions stallTimeout(Duration value) {
        return with(draft -> {
            draft.stallTimeout = value;
        });
    }

    public KafkaServerOptions autoCreateTopics(boolean value) {
        return with(draft -> {
            draft.autoCreateTopics = value;
        });
    }

    public KafkaServerOptions defaultPartitions(int value) {
        return with(draft -> {
            draft.defaultPartitions = value;
        });
    }

    public KafkaServerOptions groups(GroupOptions value) {
        return with(draft -> {
            draft.groups = value;
        });
    }

    /** These options with what {@code change} makes of them. */
    private KafkaServerOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options on their way to others: each field is named in one place instead of in each method above. */
    private static final class Draft {
        private String host;
        private int port;
        private @Nullable String advertisedHost;
        private int nodeId;
        private int networkThreads;
        private int connectionsMax;
        private int requestBytesMax;
        private long requestMemoryBytesMax;
        private long responseMemoryBytesMax;
        private int responseBytesMax;
        private Duration idleTimeout;
        private Duration stallTimeout;
        private boolean autoCreateTopics;
        private int defaultPartitions;
        private @Nullable Security security;
        private AccessRules access;
        private GroupOptions groups;

        Draft(KafkaServerOptions from) {
            host = from.host;
            port = from.port;
            advertisedHost = from.advertisedHost;
            nodeId = from.nodeId;
            networkThreads = from.networkThreads;
            connectionsMax = from.connectionsMax;
            requestBytesMax = from.requestBytesMax;
            requestMemoryBytesMax = from.requestMemoryBytesMax;
            responseMemoryBytesMax = from.responseMemoryBytesMax;
            responseBytesMax = from.responseBytesMax;
            idleTimeout = from.idleTimeout;
            stallTimeout = from.stallTimeout;
            autoCreateTopics = from.autoCreateTopics;
            defaultPartitions = from.defaultPartitions;
            security = from.security;
            access = from.access;
            groups = from.groups;
        }

        KafkaServerOptions options() {
            return new KafkaServerOptions(
                    host,
                    port,
                    advertisedHost,
                    nodeId,
                    networkThreads,
                    connectionsMax,
                    requestBytesMax,
                    requestMemoryBytesMax,
                    responseMemoryBytesMax,
                    responseBytesMax,
                    idleTimeout,
                    stallTimeout,
                    autoCreateTopics,
                    defaultPartitions,
                    security,
                    access,
                    groups);
        }
    }
}
