package io.tidemill.consumer;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads topics as a member of a consumer group and hands the records to workers, with a {@link Delivery} of choice:
 *
 * <pre>{@code
 * RunningConsumer billing = ReliableConsumer.of(clientProperties)
 *         .topics("payments")
 *         .group("billing")
 *         .delivery(Delivery.commitAfterProcessing())
 *         .concurrency(16)
 *         .onFailure(FailureStrategy.retry(Retry.attempts(5)).thenDeadLetter(DeadLetterTopic.named("payments.dead")))
 *         .handle(payment -> bill(payment.value()));
 * }</pre>
 *
 * <p>It works with any group protocol and assignor, with static members, and with every broker that Kafka's own client works
 * with. Polling never waits for a handler: when the bounds are reached partitions are paused, and polling goes on. So
 * {@code max.poll.interval.ms} is kept however long a handler takes, and a rebalance finds the member alive.
 *
 * <p>Client properties are those of Kafka's consumer, and with {@link KafkaTransactions} and dead letters its producer's too.
 * Unless they say otherwise, {@code isolation.level} is {@code read_committed} and {@code auto.offset.reset} is
 * {@code earliest}. What would break the delivery's guarantee is refused by {@link #handle}.
 *
 * <p>Not thread-safe. Each {@link #handle} starts another consumer with what is set then.
 *
 * @param <C> the delivery's output
 */
public final class ReliableConsumer<K, V, C> {
    private final Map<String, Object> clientProperties;
    private final Environment environment;
    private final Delivery<C> delivery;
    private final Deserializer<K> keys;
    private final Deserializer<V> values;

    private Set<String> topics = Set.of();
    private @Nullable Pattern topicPattern;
    private @Nullable String group;
    private Ordering ordering = Ordering.BY_KEY;
    private int concurrency = 1;
    private int recordsInFlightMax = 1_000;
    private long inFlightBytesMax = 64L << 20;
    private int aheadRecordsMax = 10_000;
    private Duration revokeWaitMax = Duration.ofSeconds(10);
    private Duration closeWaitMax = Duration.ofSeconds(30);
    private @Nullable Duration handlerTimeMax;
    private FailureStrategy failureStrategy = FailureStrategy.stop();

    private ReliableConsumer(
            Map<String, Object> clientProperties,
            Environment environment,
            Delivery<C> delivery,
            Deserializer<K> keys,
            Deserializer<V> values) {
        this.clientProperties = clientProperties;
        this.environment = environment;
        this.delivery = delivery;
        this.keys = keys;
        this.values = values;
    }

    /** At least once, bytes, one handler at a time, stopping at a failure, unless told otherwise. */
    public static ReliableConsumer<byte[], byte[], NoOutput> of(Map<String, ?> clientProperties) {
        return of(clientProperties, Environment.SYSTEM);
    }

    static ReliableConsumer<byte[], byte[], NoOutput> of(Map<String, ?> clientProperties, Environment environment) {
        return new ReliableConsumer<>(
                Map.copyOf(clientProperties),
                environment,
                Delivery.commitAfterProcessing(),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    public ReliableConsumer<K, V, C> topics(String... names) {
        topics = Set.copyOf(List.of(names));
        return this;
    }

    /** All topics whose name matches, also those that are made later. */
    public ReliableConsumer<K, V, C> topics(Pattern names) {
        topicPattern = names;
        return this;
    }

    /** The {@code group.id}. */
    public ReliableConsumer<K, V, C> group(String name) {
        group = name;
        return this;
    }

    public <D> ReliableConsumer<K, V, D> delivery(Delivery<D> delivery) {
        return new ReliableConsumer<>(clientProperties, environment, delivery, keys, values).with(this);
    }

    /**
     * Decodes before handling, on the worker's thread, by one worker at a time, as deserializers need not be thread-safe. They
     * are yours: not configured, not closed. A record that one of them refuses goes the way of failed records.
     */
    public <L, W> ReliableConsumer<L, W, C> decode(Deserializer<L> keys, Deserializer<W> values) {
        return new ReliableConsumer<>(clientProperties, environment, delivery, keys, values).with(this);
    }

    private ReliableConsumer<K, V, C> with(ReliableConsumer<?, ?, ?> other) {
        topics = other.topics;
        topicPattern = other.topicPattern;
        group = other.group;
        ordering = other.ordering;
        concurrency = other.concurrency;
        recordsInFlightMax = other.recordsInFlightMax;
        inFlightBytesMax = other.inFlightBytesMax;
        aheadRecordsMax = other.aheadRecordsMax;
        revokeWaitMax = other.revokeWaitMax;
        closeWaitMax = other.closeWaitMax;
        handlerTimeMax = other.handlerTimeMax;
        failureStrategy = other.failureStrategy;
        return this;
    }

    /** {@link Ordering#BY_KEY} unless told otherwise. {@link JdbcTransactions} keep the order of partitions always. */
    public ReliableConsumer<K, V, C> ordering(Ordering ordering) {
        this.ordering = ordering;
        return this;
    }

    /** How many handlers run at once at most, each on a thread of its own; 1 unless told otherwise. */
    public ReliableConsumer<K, V, C> concurrency(int handlersMax) {
        concurrency = handlersMax;
        return this;
    }

    /** The most records handed to workers and not done; 1,000 unless told otherwise. One poll's records wait besides. */
    public ReliableConsumer<K, V, C> recordsInFlightMax(int records) {
        recordsInFlightMax = records;
        return this;
    }

    /**
     * The most bytes (keys, values, headers) of records handed to workers and not done; 64 MiB unless told otherwise. A
     * record that is larger is let through alone. One poll's records wait besides, and Kafka's client has buffers of its own
     * ({@code max.poll.records}, {@code fetch.max.bytes}).
     */
    public ReliableConsumer<K, V, C> inFlightBytesMax(long bytes) {
        inFlightBytesMax = bytes;
        return this;
    }

    /**
     * The most records of a partition from its first unfinished one on, done or not; beyond it the partition is paused. Also
     * what a crash may repeat. 10,000 unless told otherwise; one poll's records may come on top.
     */
    public ReliableConsumer<K, V, C> aheadRecordsMax(int records) {
        aheadRecordsMax = records;
        return this;
    }

    /**
     * How long a rebalance waits for running handlers whose partitions go; 10 s unless told otherwise. Handlers that are not
     * done then are interrupted, and their records are handled again by the new owner. What had not been begun is dropped at
     * once. Less than {@code max.poll.interval.ms}.
     */
    public ReliableConsumer<K, V, C> revokeWaitMax(Duration time) {
        revokeWaitMax = time;
        return this;
    }

    /** How long closing waits for running handlers; 30 s unless told otherwise. */
    public ReliableConsumer<K, V, C> closeWaitMax(Duration time) {
        closeWaitMax = time;
        return this;
    }

    /** A handler that takes longer is interrupted; if it then throws, that is a failure like others. No limit unless set. */
    public ReliableConsumer<K, V, C> handlerTimeMax(Duration time) {
        handlerTimeMax = time;
        return this;
    }

    /** {@link FailureStrategy#stop} unless told otherwise. */
    public ReliableConsumer<K, V, C> onFailure(FailureStrategy strategy) {
        failureStrategy = strategy;
        return this;
    }

    /**
     * Starts.
     *
     * @throws IllegalArgumentException with all mistakes in the settings
     */
    public RunningConsumer handle(Handler<K, V> handler) {
        return start((record, output) -> handler.handle(record));
    }

    /**
     * Starts a handler that writes to the delivery's output.
     *
     * @throws IllegalArgumentException with all mistakes in the settings
     */
    public RunningConsumer handle(OutputHandler<K, V, C> handler) {
        return start(handler);
    }

    private RunningConsumer start(OutputHandler<K, V, C> handler) {
        ClientProperties client = ClientProperties.of(clientProperties, group, delivery);
        client.check(topics.isEmpty() != (topicPattern == null), "say which topics: by name or by pattern, not both");
        client.check(concurrency > 0, "concurrency must be positive, not " + concurrency);
        client.check(recordsInFlightMax >= concurrency, "recordsInFlightMax must not be less than concurrency");
        client.check(inFlightBytesMax > 0, "inFlightBytesMax must be positive, not " + inFlightBytesMax);
        client.check(aheadRecordsMax > 0, "aheadRecordsMax must be positive, not " + aheadRecordsMax);
        client.check(!revokeWaitMax.isNegative() && !closeWaitMax.isNegative(), "times to wait must not be negative");
        client.check(
                handlerTimeMax == null || (!handlerTimeMax.isNegative() && !handlerTimeMax.isZero()),
                "handlerTimeMax must be positive");
        client.checkRevokeWait(revokeWaitMax);
        client.refuseMistakes();
        return Launch.start(new Settings<>(
                client,
                new TreeSet<>(topics),
                Optional.ofNullable(topicPattern),
                delivery,
                delivery instanceof JdbcTransactions ? Ordering.BY_PARTITION : ordering,
                new Limits(concurrency, recordsInFlightMax, inFlightBytesMax, aheadRecordsMax),
                revokeWaitMax,
                closeWaitMax,
                Optional.ofNullable(handlerTimeMax),
                failureStrategy,
                new Decoder<>(keys, values),
                handler,
                environment));
    }
}
