package io.tidemill.kafka;

import io.tidemill.kafka.protocol.AnswerWriter;
import io.tidemill.kafka.protocol.Api;
import io.tidemill.kafka.protocol.Request;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer. The answer is given exactly once, from any thread; it is sent when those of all earlier
 * requests of the connection have been.
 */
final class Call {
    /** What becomes of a call. */
    sealed interface Outcome {
        /** It is answered. */
        record Answered(ApiMessage body) implements Outcome {}

        /** Nothing is sent, because the client asked for that. */
        record Silent() implements Outcome {}

        /** The connection is closed. */
        record Hopeless(String why) implements Outcome {}
    }

    private final Connection connection;
    private final Request request;
    private final NetworkReceive receive;
    private final AtomicBoolean decided = new AtomicBoolean();

    /** Of the response budget, held until the answer is sent. Only on the network thread. */
    private long reservedBytes;

    private volatile @Nullable Outcome outcome;

    Call(Connection connection, Request request, NetworkReceive receive) {
        this.connection = connection;
        this.request = request;
        this.receive = receive;
    }

    Api api() {
        return request.api();
    }

    short version() {
        return request.version();
    }

    int correlationId() {
        return request.correlationId();
    }

    String clientId() {
        String id = request.clientId();
        return id == null ? "" : id;
    }

    boolean versionKnown() {
        return request.versionKnown();
    }

    ApiMessage body() {
        return request.body();
    }

    Connection connection() {
        return connection;
    }

    @Nullable
    Outcome outcome() {
        return outcome;
    }

    void answer(ApiMessage body) {
        decide(new Outcome.Answered(body));
    }

    void answerNothing() {
        decide(new Outcome.Silent());
    }

    void closeConnection(String why) {
        decide(new Outcome.Hopeless(why));
    }

    /** Answers with {@code code} for everything that was asked for. */
    void refuse(short code) {
        answer(AnswerWriter.error(receive.payload(), code));
    }

    /** An error of ours: the client is told that there was one, and the log what it was, but not what was asked. */
    void fail(Throwable cause) {
        connection.failed(this, cause);
    }

    private void decide(Outcome decision) {
        if (decided.compareAndSet(false, true)) {
            outcome = decision;
            connection.decided();
        }
    }

    boolean isDecided() {
        return decided.get();
    }

    void reserved(long bytes) {
        reservedBytes += bytes;
    }

    long takeReserved() {
        long bytes = reservedBytes;
        reservedBytes = 0;
        return bytes;
    }

    /** Gives back the memory of the request; on the network thread. */
    void releaseRequest() {
        NetworkThread.closeQuietly(receive);
    }
}
