package io.tidemill.kafka;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.network.KafkaChannel;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.network.Send;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the connections that it was given: reads, handles and answers. What would block is handed to other threads, whose
 * results come back as tasks. Only {@link #execute}, {@link #accept} and {@link #close} are for other threads.
 *
 * <p>Once in a while it looks for connections that stand still: whose answer is not taken, whose request is not finished, or
 * who do not authenticate. Announcing a large request and then saying nothing would otherwise hold its memory for as long as
 * the idle timeout.
 */
final class NetworkThread implements Runnable, Executor {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaServer.class);
    private static final long DRAIN_NANOS = Duration.ofSeconds(1).toNanos();

    private final Selector selector;
    private final LongSupplier nanoTime;
    private final long stallNanos;
    private final ResponseBudget budget;
    private final Counters counters;
    private final OccasionalWarning warning;
    private final AtomicInteger connectionCount;
    private final Consumer<Connection> whenClosed;
    private final Dispatcher dispatcher;
    private final TimerQueue timers = new TimerQueue();
    private final Map<String, Connection> connections = new HashMap<>();

    /** Bounded by the connections, and the requests that each may have under way. */
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /** Bounded by the connections that there may be. */
    private final Queue<Accepted> accepted = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean woken = new AtomicBoolean();
    private final Thread thread;
    private long sweepAtNanos;
    private volatile boolean closing;
    private volatile boolean ended;

    private record Accepted(String id, SocketChannel socket) {}

    NetworkThread(
            int number,
            Selector selector,
            LongSupplier nanoTime,
            KafkaServerOptions options,
            ResponseBudget budget,
            Counters counters,
            AtomicInteger connectionCount,
            Consumer<Connection> whenClosed,
            Dispatcher dispatcher) {
        this.selector = selector;
        this.nanoTime = nanoTime;
        this.stallNanos = options.stallTimeout().toNanos();
        this.budget = budget;
        this.counters = counters;
        this.connectionCount = connectionCount;
        this.whenClosed = whenClosed;
        this.dispatcher = dispatcher;
        warning = new OccasionalWarning(LOGGER, nanoTime);
        sweepAtNanos = nanoTime.getAsLong();
        thread = new Thread(this, "tidemill-kafka-network-" + number);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    ResponseBudget budget() {
        return budget;
    }

    Counters counters() {
        return counters;
    }

    TimerQueue timers() {
        return timers;
    }

    long nanos() {
        return nanoTime.getAsLong();
    }

    /** Runs {@code task} on this thread, soon; not at all once the server is closed. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (!isCurrent() && woken.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    void accept(String id, SocketChannel socket) {
        accepted.add(new Accepted(id, socket));
        execute(this::registerAccepted);
        if (ended) {
            closeAccepted();
        }
    }

    private void registerAccepted() {
        for (Accepted next = accepted.poll(); next != null; next = accepted.poll()) {
            register(next.id(), next.socket());
        }
    }

    /** Those that came too late. */
    private void closeAccepted() {
        for (Accepted next = accepted.poll(); next != null; next = accepted.poll()) {
            closeQuietly(next.socket());
            connectionCount.decrementAndGet();
        }
    }

    private void register(String id, SocketChannel socket) {
        try {
            InetAddress address = socket.socket().getInetAddress();
            selector.register(id, socket);
            connections.put(id, new Connection(id, this, "/" + address.getHostAddress()));
        } catch (IOException | RuntimeException e) {
            closeQuietly(socket);
            connectionCount.decrementAndGet();
            warning.warn("a connection could not be set up: " + e.getMessage());
        }
    }

    @Override
    public void run() {
        try {
            while (!closing) {
                turn();
            }
            long until = nanos() + DRAIN_NANOS;
            while (nanos() - until < 0 && !connections.values().stream().allMatch(Connection::isIdle)) {
                turn();
            }
        } finally {
            ended = true;
            closeAccepted();
            connections.values().forEach(Connection::dropped);
            connectionCount.addAndGet(-connections.size());
            connections.clear();
            selector.close();
        }
    }

    private void turn() {
        try {
            woken.set(false);
            runTasks();
            long now = nanos();
            timers.runDue(now);
            selector.poll(pollMillis());
            for (NetworkSend send : new ArrayList<>(selector.completedSends())) {
                withConnection(send.destinationId(), Connection::sent);
            }
            for (NetworkReceive receive : new ArrayList<>(selector.completedReceives())) {
                receive(receive);
            }
            for (String id : new ArrayList<>(selector.disconnected().keySet())) {
                forget(id);
            }
            if (nanos() - sweepAtNanos >= 0) {
                sweep();
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.error("the network thread goes on after a failure", e);
        }
    }

    private void runTasks() {
        // Only what is there now: a task may add another.
        for (int left = tasks.size(); left > 0; left--) {
            Runnable task = tasks.poll();
            if (task == null) {
                return;
            }
            task.run();
        }
    }

    private long pollMillis() {
        if (!tasks.isEmpty()) {
            return 0;
        }
        long now = nanos();
        long nanos = timers.nanosToNext(now, Math.max(0, sweepAtNanos - now));
        return TimeUnit.NANOSECONDS.toMillis(nanos + 999_999);
    }

    private void withConnection(String id, Consumer<Connection> action) {
        Connection connection = connections.get(id);
        if (connection != null) {
            action.accept(connection);
        }
    }

    private void receive(NetworkReceive receive) {
        Connection connection = connections.get(receive.source());
        if (connection == null || closing) {
            closeQuietly(receive);
            return;
        }
        KafkaChannel channel = selector.channel(receive.source());
        if (channel != null) {
            connection.user(channel.principal().getName());
        }
        connection.received(receive);
    }

    void dispatch(Call call) {
        try {
            dispatcher.dispatch(call);
        } catch (RuntimeException e) {
            call.fail(e);
        }
    }

    void send(Connection connection, Send bytes) {
        if (selector.channel(connection.id()) == null) {
            close(connection);
            return;
        }
        selector.send(new NetworkSend(connection.id(), bytes));
    }

    void mute(Connection connection, boolean mute) {
        if (selector.channel(connection.id()) == null) {
            return;
        }
        if (mute) {
            selector.mute(connection.id());
        } else {
            selector.unmute(connection.id());
        }
    }

    void closeWithWarning(Connection connection, String why) {
        warning.warn("closed the connection of " + connection.host() + ": " + why);
        close(connection);
    }

    private void close(Connection connection) {
        selector.close(connection.id());
        forget(connection.id());
    }

    private void forget(String id) {
        Connection connection = connections.remove(id);
        if (connection != null) {
            connection.dropped();
            connectionCount.decrementAndGet();
            whenClosed.accept(connection);
        }
    }

    private void sweep() {
        long now = nanos();
        sweepAtNanos = now + Math.min(TimeUnit.SECONDS.toNanos(1), stallNanos / 2);
        List<Connection> stalled = new ArrayList<>();
        for (Connection connection : connections.values()) {
            if (isStalled(connection, now)) {
                stalled.add(connection);
            }
        }
        for (Connection connection : stalled) {
            counters.connectionsStalled.increment();
            closeWithWarning(connection, "it made no progress");
        }
    }

    private boolean isStalled(Connection connection, long now) {
        KafkaChannel channel = selector.channel(connection.id());
        if (channel == null) {
            return false;
        }
        if (!channel.ready()) {
            // Some progress is none here: a handshake of one byte a second would take for ever.
            return connection.progress.standstillNanos(0, now) > stallNanos;
        }
        // Each mebibyte has the timeout for itself, so that one byte now and then does not help.
        CountingSend sending = connection.sending();
        if (sending != null) {
            return connection.progress.standstillNanos(sending.written() >> 20, now) > stallNanos;
        }
        NetworkReceive receive = channel.currentReceive();
        if (receive != null && !connection.isMuted() && receive.memoryAllocated()) {
            return connection.progress.standstillNanos(receive.bytesRead() >> 20, now) > stallNanos;
        }
        connection.progress.rest();
        return false;
    }

    void logFailure(Call call, Throwable cause) {
        LOGGER.error("{} of version {} failed", call.api(), call.version(), cause);
    }

    /** Ends the thread, after it has sent the answers that come within a second. */
    void close() {
        closing = true;
        selector.wakeup();
    }

    void join(Duration atMost) throws InterruptedException {
        thread.join(Math.max(1, atMost.toMillis()));
    }

    static void closeQuietly(Closeable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            LOGGER.debug("could not be closed", e);
        }
    }
}
