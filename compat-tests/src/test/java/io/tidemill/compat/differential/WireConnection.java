package io.tidemill.compat.differential;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestUtils;

/** One connection that speaks the Kafka protocol, a request at a time. Not thread-safe. */
final class WireConnection implements AutoCloseable {
    private static final int ANSWER_WITHIN_MILLIS = 60_000;
    private static final int ANSWER_BYTES_MAX = 64 << 20;

    private final Socket socket = new Socket();
    private final String clientId;
    private int correlationId;

    WireConnection(InetSocketAddress address, String clientId) {
        this.clientId = clientId;
        try {
            socket.connect(address, ANSWER_WITHIN_MILLIS);
            socket.setSoTimeout(ANSWER_WITHIN_MILLIS);
            socket.setTcpNoDelay(true);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot connect to " + address, e);
        }
    }

    /** Asks and waits for the answer. */
    ApiMessage call(ApiMessage request, int version) {
        send(request, version);
        return receive(request, version);
    }

    void send(ApiMessage request, int version) {
        ApiMessageType type = ApiMessageType.fromApiKey(request.apiKey());
        RequestHeaderData header = new RequestHeaderData()
                .setRequestApiKey(request.apiKey())
                .setRequestApiVersion((short) version)
                .setClientId(clientId)
                .setCorrelationId(++correlationId);
        ByteBuffer bytes =
                RequestUtils.serialize(header, type.requestHeaderVersion((short) version), request, (short) version);
        ByteBuffer framed = ByteBuffer.allocate(Integer.BYTES + bytes.remaining());
        framed.putInt(bytes.remaining()).put(bytes);
        try {
            socket.getOutputStream().write(framed.array());
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ApiMessage receive(ApiMessage request, int version) {
        ApiMessageType type = ApiMessageType.fromApiKey(request.apiKey());
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int length = in.readInt();
            if (length < 0 || length > ANSWER_BYTES_MAX) {
                throw new IllegalStateException("an answer of " + length + " bytes");
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("the answer ends in the middle");
            }
            ByteBufferAccessor accessor = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
            ResponseHeaderData header = new ResponseHeaderData();
            header.read(accessor, type.responseHeaderVersion((short) version));
            if (header.correlationId() != correlationId) {
                throw new IllegalStateException(
                        "an answer to " + header.correlationId() + " instead of " + correlationId);
            }
            ApiMessage response = type.newResponse();
            response.read(accessor, (short) version);
            if (accessor.remaining() > 0) {
                throw new IllegalStateException(accessor.remaining() + " bytes too many in an answer to " + type);
            }
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException("no answer to " + type + " version " + version + " by " + clientId, e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
