package io.tidemill.kafka;

import io.tidemill.kafka.Call.Outcome;
import io.tidemill.kafka.protocol.AnswerWriter;
import io.tidemill.kafka.protocol.Api;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.kafka.protocol.MalformedRequestException;
import io.tidemill.kafka.protocol.Request;
import io.tidemill.kafka.protocol.RequestReader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.common.network.NetworkReceive;
import org.jspecify.annotations.Nullable;

/**
 * One client connection: its requests in their order, and their answers in the same order.
 *
 * <p>A request begins when all earlier ones are answered, as in Kafka, on which clients rely. Only producing does not wait
 * for producing: the offsets are given out in the order of the requests, and one sync does for all. So a fetch that waits
 * holds no memory that an earlier one on the same connection needs.
 *
 * <p>All but {@link #decided} and {@link #failed} belongs to the network thread.
 */
final class Connection {
    /** How many requests are read before the first of them is answered; then the client has to wait. */
    static final int PIPELINED_MAX = 16;

    /** What a request other than Produce may take: nothing else carries records. */
    static final int PLAIN_REQUEST_BYTES_MAX = 8 << 20;

    /** Set aside for an answer whose length is not known before it is made. */
    private static final long LONG_ANSWER_BYTES = 256 << 10;

    private final String id;
    private final NetworkThread thread;
    private final String host;
    private final Deque<Call> received = new ArrayDeque<>();
    private final Deque<Call> begun = new ArrayDeque<>();

    private String user = "ANONYMOUS";
    private String softwareName = "";
    private String softwareVersion = "";
    private @Nullable CountingSend sending;
    private long sendingHeldBytes;
    private boolean muted;
    private boolean pumping;
    private boolean awaitsBudget;
    private boolean closed;
    private boolean told;
    private long toldNanos;

    /** When bytes last moved where some were due; see {@link NetworkThread}. */
    final ProgressWatch progress = new ProgressWatch();

    Connection(String id, NetworkThread thread, String host) {
        this.id = id;
        this.thread = thread;
        this.host = host;
    }

    String id() {
        return id;
    }

    String host() {
        return host;
    }

    String user() {
        return user;
    }

    void user(String name) {
        user = name;
    }

    String softwareName() {
        return softwareName;
    }

    String softwareVersion() {
        return softwareVersion;
    }

    void software(String name, String version) {
        softwareName = name;
        softwareVersion = version;
    }

    /** Whether {@code gapNanos} have gone by since this last said so. */
    boolean isTimeToTell(long nowNanos, long gapNanos) {
        if (told && nowNanos - toldNanos < gapNanos) {
            return false;
        }
        told = true;
        toldNanos = nowNanos;
        return true;
    }

    boolean isClosed() {
        return closed;
    }

    boolean isMuted() {
        return muted;
    }

    @Nullable
    CountingSend sending() {
        return sending;
    }

    boolean isIdle() {
        return received.isEmpty() && begun.isEmpty() && sending == null;
    }

    NetworkThread thread() {
        return thread;
    }

    void received(NetworkReceive receive) {
        thread.counters().requests.increment();
        try {
            received.add(new Call(this, readable(receive), receive));
        } catch (MalformedRequestException e) {
            NetworkThread.closeQuietly(receive);
            thread.counters().requestsMalformed.increment();
            thread.closeWithWarning(this, String.valueOf(e.getMessage()));
            return;
        }
        pump();
    }

    private Request readable(NetworkReceive receive) throws MalformedRequestException {
        ByteBuffer payload = receive.payload();
        if (payload.remaining() > PLAIN_REQUEST_BYTES_MAX
                && payload.getShort(payload.position()) != Api.PRODUCE.key()) {
            throw new MalformedRequestException("a request of " + payload.remaining() + " bytes that does not produce");
        }
        return RequestReader.read(payload);
    }

    /** From any thread: some call has its outcome. */
    void decided() {
        if (thread.isCurrent()) {
            pump();
        } else {
            thread.execute(this::pump);
        }
    }

    /** From any thread. */
    void failed(Call call, Throwable cause) {
        if (call.isDecided()) {
            thread.logFailure(call, cause);
            return;
        }
        thread.counters().requestsFailed.increment();
        thread.logFailure(call, cause);
        try {
            call.refuse(ErrorCode.UNKNOWN_SERVER_ERROR);
        } catch (RuntimeException e) {
            call.closeConnection("the failure of " + call.api() + " could not be told");
        }
    }

    /** Begins what may begin and sends what may be sent. */
    private void pump() {
        if (pumping || closed) {
            return;
        }
        pumping = true;
        try {
            boolean moved;
            do {
                moved = sendNext();
                moved |= beginNext();
            } while (moved && !closed);
        } finally {
            pumping = false;
        }
        if (!closed) {
            mute();
        }
    }

    private boolean beginNext() {
        Call next = received.peek();
        if (next == null || awaitsBudget || !mayBegin(next) || !mayAnswerAtLength(next)) {
            return false;
        }
        received.remove();
        begun.add(next);
        thread.dispatch(next);
        return true;
    }

    private boolean mayBegin(Call next) {
        if (begun.isEmpty()) {
            return sending == null || next.api() == Api.PRODUCE;
        }
        return next.api() == Api.PRODUCE && begun.peekLast().api() == Api.PRODUCE;
    }

    private boolean mayAnswerAtLength(Call next) {
        if (!next.api().answersAtLength()) {
            return true;
        }
        Runnable granted = () -> thread.execute(() -> {
            awaitsBudget = false;
            next.reserved(LONG_ANSWER_BYTES);
            if (closed) {
                thread.budget().release(next.takeReserved());
            } else {
                received.remove();
                begun.add(next);
                thread.dispatch(next);
                pump();
            }
        });
        awaitsBudget = !thread.budget().reserve(LONG_ANSWER_BYTES, granted);
        if (!awaitsBudget) {
            next.reserved(LONG_ANSWER_BYTES);
        }
        return !awaitsBudget;
    }

    private boolean sendNext() {
        if (sending != null || begun.isEmpty()) {
            return false;
        }
        Call first = begun.getFirst();
        Outcome outcome = first.outcome();
        if (outcome == null) {
            return false;
        }
        begun.removeFirst();
        first.releaseRequest();
        if (outcome instanceof Outcome.Answered answered) {
            send(first, answered);
            return true;
        }
        thread.budget().release(first.takeReserved());
        if (outcome instanceof Outcome.Hopeless hopeless) {
            thread.closeWithWarning(this, hopeless.why());
        }
        return true;
    }

    private void send(Call call, Outcome.Answered answered) {
        CountingSend bytes;
        long reserved = call.takeReserved();
        try {
            bytes = new CountingSend(
                    AnswerWriter.write(call.api(), call.version(), call.correlationId(), answered.body()));
        } catch (RuntimeException e) {
            thread.budget().release(reserved);
            thread.logFailure(call, e);
            thread.closeWithWarning(this, "the answer to " + call.api() + " could not be written");
            return;
        }
        sending = bytes;
        sendingHeldBytes = bytes.size();
        thread.budget().adjust(sendingHeldBytes - reserved);
        thread.send(this, bytes);
    }

    void sent() {
        sending = null;
        thread.budget().release(sendingHeldBytes);
        sendingHeldBytes = 0;
        pump();
    }

    private void mute() {
        boolean full = received.size() + begun.size() >= PIPELINED_MAX;
        if (full != muted) {
            muted = full;
            thread.mute(this, full);
        }
    }

    /** Gives back what it holds. Calls that have begun go on, and their answers are dropped. */
    void dropped() {
        closed = true;
        received.forEach(this::release);
        begun.forEach(this::release);
        received.clear();
        begun.clear();
        if (sending != null) {
            thread.budget().release(sendingHeldBytes);
            sending = null;
        }
    }

    private void release(Call call) {
        call.releaseRequest();
        thread.budget().release(call.takeReserved());
    }
}
