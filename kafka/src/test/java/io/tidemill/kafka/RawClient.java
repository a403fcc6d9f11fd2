package io.tidemill.kafka;

import io.tidemill.kafka.protocol.Api;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.jspecify.annotations.Nullable;

/** A connection that says what no real client would. */
final class RawClient implements Closeable {
    private static final int TIMEOUT_MILLIS = 20_000;

    final Socket socket;
    private int correlationId = 100;

    RawClient(KafkaServer server) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(TIMEOUT_MILLIS);
    }

    /** Header and body, without their length. */
    static ByteBuffer request(Api api, int version, int correlationId, @Nullable String clientId, ApiMessage body) {
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(api.key())
                .setRequestApiVersion((short) version)
                .setCorrelationId(correlationId)
                .setClientId(clientId);
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion((short) version))
                .buffer();
        ByteBuffer tail =
                MessageUtil.toByteBufferAccessor(body, (short) version).buffer();
        return ByteBuffer.allocate(head.remaining() + tail.remaining())
                .put(head)
                .put(tail)
                .flip();
    }

    int send(Api api, int version, ApiMessage body) throws IOException {
        int id = correlationId++;
        sendFrame(request(api, version, id, "raw", body));
        return id;
    }

    void sendFrame(ByteBuffer frame) throws IOException {
        byte[] bytes = new byte[4 + frame.remaining()];
        ByteBuffer.wrap(bytes).putInt(frame.remaining()).put(frame.duplicate());
        sendBytes(bytes);
    }

    void sendBytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** The next answer without its length. */
    ByteBuffer receiveFrame() throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** Reads the next answer into {@code body} and returns its correlation id. */
    int receive(Api api, int version, ApiMessage body) throws IOException {
        ByteBufferAccessor bytes = new ByteBufferAccessor(receiveFrame());
        ResponseHeaderData header = new ResponseHeaderData(bytes, api.responseHeaderVersion((short) version));
        body.read(bytes, (short) version);
        if (bytes.remaining() > 0) {
            throw new AssertionError(bytes.remaining() + " bytes too many");
        }
        return header.correlationId();
    }

    <T extends ApiMessage> T call(Api api, int version, ApiMessage body, T answer) throws IOException {
        int id = send(api, version, body);
        if (receive(api, version, answer) != id) {
            throw new AssertionError("the answer is not to this request");
        }
        return answer;
    }

    /** Whether the server closes the connection without a word. */
    boolean isClosedByServer() throws IOException {
        try {
            return socket.getInputStream().read() == -1;
        } catch (SocketException | EOFException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
