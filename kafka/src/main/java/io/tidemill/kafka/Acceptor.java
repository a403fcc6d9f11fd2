package io.tidemill.kafka;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections and hands them to the network threads in turn; closes those that are too many. */
final class Acceptor implements Runnable, Closeable {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaServer.class);
    private static final int BACKLOG = 512;
    private static final long PAUSE_NANOS = 100_000_000;

    private final ServerSocketChannel listener;
    private final List<NetworkThread> threads;
    private final int connectionsMax;
    private final AtomicInteger connectionCount;
    private final Counters counters;
    private final OccasionalWarning warning;
    private final Thread thread;
    private long accepted;

    private Acceptor(
            ServerSocketChannel listener,
            List<NetworkThread> threads,
            int connectionsMax,
            AtomicInteger connectionCount,
            Counters counters) {
        this.listener = listener;
        this.threads = threads;
        this.connectionsMax = connectionsMax;
        this.connectionCount = connectionCount;
        this.counters = counters;
        warning = new OccasionalWarning(LOGGER, System::nanoTime);
        thread = new Thread(this, "tidemill-kafka-acceptor");
        thread.setDaemon(true);
    }

    static ServerSocketChannel listen(String host, int port) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(new InetSocketAddress(host, port), BACKLOG);
            return listener;
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
    }

    static Acceptor start(
            ServerSocketChannel listener,
            List<NetworkThread> threads,
            int connectionsMax,
            AtomicInteger connectionCount,
            Counters counters) {
        Acceptor acceptor = new Acceptor(listener, threads, connectionsMax, connectionCount, counters);
        acceptor.thread.start();
        return acceptor;
    }

    @Override
    public void run() {
        while (listener.isOpen()) {
            try {
                take(listener.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException e) {
                // Out of file descriptors, most likely: others will be closed in time.
                warning.warn("a connection could not be accepted: " + e.getMessage());
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void take(SocketChannel socket) throws IOException {
        if (connectionCount.incrementAndGet() > connectionsMax) {
            connectionCount.decrementAndGet();
            counters.connectionsRefused.increment();
            socket.close();
            warning.warn("closed a new connection: there are " + connectionsMax
                    + " already, and that is the most (connectionsMax)");
            return;
        }
        counters.connectionsAccepted.increment();
        try {
            socket.configureBlocking(false);
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        } catch (IOException e) {
            connectionCount.decrementAndGet();
            socket.close();
            throw e;
        }
        long number = accepted++;
        threads.get((int) (number % threads.size())).accept(Long.toString(number), socket);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
