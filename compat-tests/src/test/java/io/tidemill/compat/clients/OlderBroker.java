package io.tidemill.compat.clients;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestUtils;

/**
 * Stands between clients and a broker, and makes it look older: of each call it offers fewer versions. All else passes as it
 * is, but for the broker's address. So clients that were not changed use versions that they would not choose otherwise.
 */
final class OlderBroker implements AutoCloseable {
    /** Where what is offered is not all served, or where current clients need more for transactions. */
    private static final Map<ApiMessageType, Integer> MIN =
            Map.of(ApiMessageType.PRODUCE, 3, ApiMessageType.LIST_OFFSETS, 2, ApiMessageType.FIND_COORDINATOR, 2);

    private final InetSocketAddress broker;
    private final int versionsBack;
    private final ServerSocket listener;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();

    private record Asked(ApiMessageType type, short version) {}

    private OlderBroker(InetSocketAddress broker, int versionsBack) throws IOException {
        this.broker = broker;
        this.versionsBack = versionsBack;
        listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        open.add(listener);
    }

    /** @param versionsBack how many versions of each call are left out, the newest first; the oldest stays */
    static OlderBroker before(String bootstrap, int versionsBack) {
        int colon = bootstrap.lastIndexOf(':');
        try {
            OlderBroker older = new OlderBroker(
                    new InetSocketAddress(
                            bootstrap.substring(0, colon), Integer.parseInt(bootstrap.substring(colon + 1))),
                    versionsBack);
            daemon("older-broker", older::accept);
            return older;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String bootstrap() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // One side has gone.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Socket server = new Socket();
            open.add(client);
            open.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(broker);
            Map<Integer, Asked> asked = new ConcurrentHashMap<>();
            daemon("older-broker-asks", () -> pass(client, server, frame -> remember(frame, asked)));
            daemon("older-broker-answers", () -> pass(server, client, frame -> older(frame, asked)));
        }
    }

    private interface Change {
        ByteBuffer apply(ByteBuffer frame);
    }

    /** Until one of them ends; then both do. */
    private void pass(Socket from, Socket to, Change change) throws IOException {
        try (from;
                to) {
            DataInputStream in = new DataInputStream(from.getInputStream());
            DataOutputStream out = new DataOutputStream(to.getOutputStream());
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                ByteBuffer changed = change.apply(ByteBuffer.wrap(frame));
                byte[] bytes = new byte[Integer.BYTES + changed.remaining()];
                ByteBuffer.wrap(bytes).putInt(changed.remaining()).put(changed);
                out.write(bytes);
            }
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static ByteBuffer remember(ByteBuffer request, Map<Integer, Asked> asked) {
        asked.put(request.getInt(4), new Asked(ApiMessageType.fromApiKey(request.getShort(0)), request.getShort(2)));
        return request;
    }

    private ByteBuffer older(ByteBuffer response, Map<Integer, Asked> asked) {
        Asked question = asked.remove(response.getInt(0));
        if (question == null) {
            return response;
        }
        return switch (question.type) {
            case API_VERSIONS, METADATA, FIND_COORDINATOR, DESCRIBE_CLUSTER -> rewritten(response, question);
            default -> response;
        };
    }

    private ByteBuffer rewritten(ByteBuffer response, Asked question) {
        short headerVersion = question.type.responseHeaderVersion(question.version);
        ByteBufferAccessor accessor = new ByteBufferAccessor(response);
        ResponseHeaderData header = new ResponseHeaderData(accessor, headerVersion);
        ApiMessage body = question.type.newResponse();
        body.read(accessor, question.version);
        rewrite(body);
        return RequestUtils.serialize(header, headerVersion, body, question.version);
    }

    private void rewrite(ApiMessage body) {
        int port = listener.getLocalPort();
        if (body instanceof ApiVersionsResponseData versions) {
            versions.apiKeys().forEach(this::lower);
        } else if (body instanceof MetadataResponseData metadata) {
            metadata.brokers().forEach(each -> each.setPort(port));
        } else if (body instanceof DescribeClusterResponseData cluster) {
            cluster.brokers().forEach(each -> each.setPort(port));
        } else if (body instanceof FindCoordinatorResponseData found) {
            found.setPort(port);
            found.coordinators().forEach(each -> each.setPort(port));
        }
    }

    private void lower(ApiVersionsResponseData.ApiVersion offer) {
        int min = MIN.getOrDefault(ApiMessageType.fromApiKey(offer.apiKey()), (int) offer.minVersion());
        offer.setMaxVersion((short) Math.max(min, offer.maxVersion() - versionsBack));
    }

    @Override
    public void close() {
        for (Closeable each : open) {
            try {
                each.close();
            } catch (IOException e) {
                // It is closed enough.
            }
        }
    }
}
