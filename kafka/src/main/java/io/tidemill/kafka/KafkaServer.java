package io.tidemill.kafka;

import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.VisibleListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.memory.SimpleMemoryPool;
import org.apache.kafka.common.metrics.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker that serves one log to Kafka clients. Thread-safe.
 *
 * <p>Threads: one that accepts connections, {@code networkThreads} that serve them, one that waits for the disk on behalf of all
 * of them, and one for groups and administration, begun when it is first needed.
 */
public final class KafkaServer implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaServer.class);
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final Broker broker;
    private final Dispatcher dispatcher;
    private final SyncThread sync;
    private final Metrics metrics;
    private final List<NetworkThread> networkThreads = new ArrayList<>();
    private final Acceptor acceptor;

    /** Ends hearing of what becomes visible. */
    private final Runnable deaf;

    private final AtomicInteger connectionCount = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final String bootstrap;

    private KafkaServer(EmbeddedLog log, KafkaServerOptions options, ServerSocketChannel listener, InstantSource clock)
            throws IOException {
        InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
        String advertised = options.advertisedHost();
        String host = advertised == null ? options.host() : advertised;
        bootstrap = (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
        sync = new SyncThread(log);
        broker = new Broker(
                log,
                options,
                clock,
                new TopicCache(log),
                sync,
                new CoordinatorThread(),
                new ResponseBudget(options.responseMemoryBytesMax()),
                new Counters(),
                new WaitingFetches(),
                clusterId(log),
                host,
                address.getPort());
        dispatcher = new Dispatcher(broker);
        metrics = new Metrics();
        SimpleMemoryPool requestMemory =
                new SimpleMemoryPool(options.requestMemoryBytesMax(), options.requestBytesMax(), false, null);
        for (int i = 0; i < options.networkThreads(); i++) {
            networkThreads.add(new NetworkThread(
                    i,
                    Channels.selector(options, metrics, requestMemory),
                    System::nanoTime,
                    options,
                    broker.budget(),
                    broker.counters(),
                    connectionCount,
                    dispatcher::connectionClosed,
                    dispatcher));
        }
        deaf = log.onVisible(new Visible(broker, dispatcher, new OffsetsMirror(broker)));
        sync.start();
        networkThreads.forEach(NetworkThread::start);
        acceptor =
                Acceptor.start(listener, networkThreads, options.connectionsMax(), connectionCount, broker.counters());
    }

    /** Tells those who wait for records, and those who go by the topics. */
    private record Visible(Broker broker, Dispatcher dispatcher, OffsetsMirror mirror) implements VisibleListener {
        @Override
        public void offsetsChanged(Set<String> groups) {
            mirror.changed(groups);
        }

        @Override
        public void visible(Set<TopicPartition> partitions, boolean topicsChanged) {
            if (topicsChanged) {
                broker.topics().changed();
                broker.waitingFetches().topicsChanged();
                dispatcher.topicsChanged();
            }
            broker.waitingFetches().visible(partitions);
        }
    }

    /**
     * Begins to listen. The log stays open when the server is closed.
     *
     * @throws UncheckedIOException if the address cannot be listened on
     */
    public static KafkaServer start(EmbeddedLog log, KafkaServerOptions options) {
        return start(log, options, InstantSource.system());
    }

    /** As {@link #start(EmbeddedLog, KafkaServerOptions)}, with the clock that records' timestamps are judged by. */
    public static KafkaServer start(EmbeddedLog log, KafkaServerOptions options, InstantSource clock) {
        try {
            ServerSocketChannel listener = Acceptor.listen(options.host(), options.port());
            try {
                return new KafkaServer(log, options, listener, clock);
            } catch (IOException | RuntimeException e) {
                listener.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot listen on " + options.host() + ":" + options.port() + ": " + e.getMessage(), e);
        }
    }

    /** The id of a topic that is made with the first start, because it is durable and like no other. */
    private static String clusterId(EmbeddedLog log) {
        TopicDescription topic = log.topic(Broker.CLUSTER_TOPIC).orElseGet(() -> createClusterTopic(log));
        return Broker.kafka(topic.id()).toString();
    }

    private static TopicDescription createClusterTopic(EmbeddedLog log) {
        try {
            return log.createTopic(Broker.CLUSTER_TOPIC, TopicConfig.compacted(1));
        } catch (LogException e) {
            // Made by another server on the same log, in this moment.
            return log.topic(Broker.CLUSTER_TOPIC).orElseThrow(() -> e);
        }
    }

    /** Host and port, as clients are to be told. */
    public String bootstrap() {
        return bootstrap;
    }

    /** The port that is listened on. */
    public int port() {
        return broker.advertisedPort();
    }

    public String clusterId() {
        return broker.clusterId();
    }

    public KafkaServerStatistics statistics() {
        Counters counters = broker.counters();
        return new KafkaServerStatistics(
                connectionCount.get(),
                counters.connectionsAccepted.sum(),
                counters.connectionsRefused.sum(),
                counters.connectionsStalled.sum(),
                counters.requests.sum(),
                counters.requestsMalformed.sum(),
                counters.requestsFailed.sum(),
                counters.produceBytes.sum(),
                counters.fetchBytes.sum(),
                broker.budget().usedBytes());
    }

    /**
     * Stops listening, answers what can be answered within a second, and closes all connections. Takes some seconds at most.
     * The log stays open.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        NetworkThread.closeQuietly(acceptor);
        deaf.run();
        broker.coordinator().execute(dispatcher::close);
        networkThreads.forEach(NetworkThread::close);
        try {
            for (NetworkThread thread : networkThreads) {
                thread.join(CLOSE_WAIT);
            }
            broker.coordinator().close(CLOSE_WAIT);
            sync.close(CLOSE_WAIT);
        } catch (InterruptedException e) {
            LOGGER.warn("closing the server was interrupted: its threads may still run for a moment");
            Thread.currentThread().interrupt();
        }
        metrics.close();
    }
}
