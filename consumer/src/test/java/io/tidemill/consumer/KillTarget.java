package io.tidemill.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The process that is killed: handles a topic until all is done, or until it halts at a point of its loop. Arguments: broker,
 * database port, topic (also the group), what to run, where effects go, and the point, how often it must be reached first, and
 * how many microseconds later to halt.
 */
final class KillTarget {
    static final int KILLED = 42;

    /** What one process handles fast; then it goes slowly, so that those after it find something to do, too. */
    private static final int FAST_RECORDS = 40;

    private final Map<String, Object> client;
    private final String topic;
    private final DataSource database;
    private final String effects;
    private final Environment environment;
    private final @Nullable FileChannel file;
    private final boolean isToBeKilled;
    private final AtomicInteger begun = new AtomicInteger();

    private KillTarget(String[] arguments) throws IOException {
        this.client = new java.util.HashMap<>(Map.of(
                "bootstrap.servers", arguments[0],
                "max.poll.records", "40",
                "session.timeout.ms", "2000",
                "heartbeat.interval.ms", "200"));
        this.database = Services.database(Integer.parseInt(arguments[1]));
        this.topic = arguments[2];
        this.effects = arguments[4];
        this.isToBeKilled = !arguments[5].isEmpty();
        this.environment = Environment.SYSTEM.with(new Bomb(
                arguments[5].isEmpty() ? null : Probe.Point.valueOf(arguments[5]),
                Integer.parseInt(arguments[6]),
                Long.parseLong(arguments[7])));
        this.file = effects.startsWith("/")
                ? FileChannel.open(Path.of(effects), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                : null;
    }

    /** Halts the process, at once or a little later, when a point is reached for the n-th time. */
    private record Bomb(Probe.@Nullable Point point, AtomicInteger left, long delayMicros) implements Probe {
        Bomb(Probe.@Nullable Point point, int times, long delayMicros) {
            this(point, new AtomicInteger(times), delayMicros);
        }

        @Override
        public void reached(Point reached, @Nullable Object where) {
            if (reached != point || left.decrementAndGet() != 0) {
                return;
            }
            if (delayMicros == 0) {
                Runtime.getRuntime().halt(KILLED);
            }
            new Thread(() -> {
                        LockSupport.parkNanos(delayMicros * 1_000);
                        Runtime.getRuntime().halt(KILLED);
                    })
                    .start();
        }
    }

    public static void main(String[] arguments) {
        ChildJvm.endWithParent(() -> {});
        try {
            run(arguments);
            System.exit(0);
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void run(String[] arguments) throws Exception {
        KillTarget target = new KillTarget(arguments);
        boolean secondMember = arguments[5].startsWith("REVOK");
        try (RunningConsumer first = target.start(arguments[3], "first")) {
            if (secondMember) {
                Records.await("some are handled", () -> first.status().recordsHandled() > 30 || isAtTheEnd(first));
                try (RunningConsumer second = target.start(arguments[3], "second")) {
                    Records.await(
                            "both have partitions",
                            () -> !second.status().partitions().isEmpty());
                    Records.awaitCaughtUp(second);
                    Records.awaitCaughtUp(first);
                }
            }
            Records.await(
                    "all partitions are assigned",
                    () -> first.status().partitions().size() == KillRig.PARTITIONS);
            Records.awaitCaughtUp(first);
        }
    }

    private static boolean isAtTheEnd(RunningConsumer consumer) {
        ConsumerStatus status = consumer.status();
        return !status.partitions().isEmpty() && status.lag() == 0;
    }

    private RunningConsumer start(String what, String member) throws Exception {
        Map<String, Object> properties = new java.util.HashMap<>(client);
        properties.put("group.instance.id", topic + "-" + member);
        ReliableConsumer<byte[], byte[], NoOutput> consumer = ReliableConsumer.of(properties, environment)
                .topics(topic)
                .group(topic)
                .concurrency(4)
                .recordsInFlightMax(40);
        Delivery<NoOutput> after = Delivery.commitAfterProcessing().every(Duration.ofMillis(20), 20);
        return switch (what) {
            case "auto-commit" -> consumer.delivery(Delivery.autoCommit()).handle(this::toFile);
            case "commit-after" -> consumer.delivery(after).handle(this::toFile);
            case "kafka" ->
                consumer.delivery(Delivery.transactional().every(Duration.ofMillis(20), 20, 1 << 20))
                        .handle((record, output) -> {
                            work();
                            output.send(new ProducerRecord<>(effects, record.key(), record.value()));
                        });
            case "jdbc" ->
                consumer.delivery(Delivery.transactional(database).upTo(10, Duration.ofSeconds(1)))
                        .handle(this::toDatabase);
            case "dedup-transaction" ->
                consumer.delivery(after).handle(dedup().inTransaction(EventIds.position(), this::toDatabase));
            case "dedup-repeat" ->
                consumer.delivery(after)
                        .handle(IdempotentSink.remembering(dedup()).around((record, id) -> toFile(record)));
            default -> throw new IllegalArgumentException(what);
        };
    }

    private JdbcDedupStore dedup() throws Exception {
        return JdbcDedupStore.in(database, "dedup_" + topic.replace('-', '_'), Duration.ofDays(1));
    }

    private void work() {
        boolean slowly = isToBeKilled && begun.incrementAndGet() > FAST_RECORDS;
        LockSupport.parkNanos(slowly ? 30_000_000 : 1_000_000);
    }

    /** A write of a file outlives the process. */
    private void toFile(ConsumerRecord<byte[], byte[]> record) throws IOException {
        work();
        if (file != null) {
            file.write(ByteBuffer.wrap((Records.number(record) + "\n").getBytes(UTF_8)));
        }
    }

    private void toDatabase(ConsumerRecord<byte[], byte[]> record, Connection connection) throws Exception {
        work();
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO " + effects + " VALUES (?)")) {
            insert.setInt(1, Records.number(record));
            insert.executeUpdate();
        }
    }
}
