package io.tidemill.compat.doctor;

import io.tidemill.doctor.Diagnosis;
import io.tidemill.doctor.GroupSnapshot;
import io.tidemill.doctor.JournalSource;
import io.tidemill.doctor.Observations;
import io.tidemill.doctor.RebalanceDoctor;
import io.tidemill.groups.GroupOptions;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.Trigger;
import io.tidemill.kafka.KafkaServer;
import io.tidemill.kafka.KafkaServerOptions;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A server, and what scenarios do with it. Thread-safe. */
final class Scene implements AutoCloseable {
    private static final Duration AWAIT = Duration.ofMinutes(3);

    private final Path directory;
    private EmbeddedLog log;
    private KafkaServer server;

    Scene(Path directory) {
        this.directory = directory;
        this.log = EmbeddedLog.open(directory, LogOptions.defaults());
        this.server = KafkaServer.start(log, options().listen("127.0.0.1", 0));
    }

    private static KafkaServerOptions options() {
        GroupOptions groups = GroupOptions.defaults()
                .sessionTimeouts(Duration.ofMillis(500), Duration.ofMinutes(1))
                .consumerTimeouts(Duration.ofSeconds(3), Duration.ofMillis(300));
        return KafkaServerOptions.defaults().groups(groups);
    }

    void stop() {
        server.close();
        log.close();
    }

    /** At the same address. */
    void startAgain() {
        int port = server.port();
        log = EmbeddedLog.open(directory, LogOptions.defaults());
        server = KafkaServer.start(log, options().listen("127.0.0.1", port));
    }

    String bootstrap() {
        return server.bootstrap();
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap()));
    }

    void createTopic(String name, int partitions) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    void addPartitions(String topic, int total) throws Exception {
        try (Admin admin = admin()) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(total)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    void produce(String topic, int partitions, int count, int bytes) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap()), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, i % partitions, null, new byte[bytes]));
            }
        }
    }

    Worker worker(String group, String client, String protocol, Map<String, Object> more, String... topics) {
        Map<String, Object> all = new HashMap<>(more);
        all.put("group.protocol", protocol);
        return new Worker(bootstrap(), group, client, all, topics);
    }

    Observations journal(String group) {
        return new JournalSource(
                        Map.of("bootstrap.servers", bootstrap()), Duration.ofSeconds(30), InstantSource.system())
                .read(group, Duration.ofMinutes(10))
                .orElseGet(() -> Observations.of(group, List.of(), Duration.ofMinutes(10), Instant.now()));
    }

    Diagnosis diagnose(String group) {
        return RebalanceDoctor.diagnose(journal(group));
    }

    Diagnosis diagnose(String group, GroupSnapshot now) {
        return RebalanceDoctor.diagnose(journal(group).snapshot(now));
    }

    int count(String group, Trigger.Kind kind) {
        return (int) journal(group).rebalances().stream()
                .map(Rebalance::triggers)
                .flatMap(List::stream)
                .filter(each -> each.kind() == kind)
                .count();
    }

    void awaitTriggers(String group, Trigger.Kind kind, int atLeast) {
        await(kind + " " + atLeast + " times in " + group, () -> count(group, kind) >= atLeast, () -> story(group));
    }

    private String story(String group) {
        List<String> lines = new ArrayList<>();
        journal(group).rebalances().forEach(each -> lines.add(new String(each.toJson(), StandardCharsets.UTF_8)));
        return String.join("\n", lines);
    }

    static void await(String what, BooleanSupplier condition) {
        await(what, condition, () -> "");
    }

    private static void await(String what, BooleanSupplier condition, Supplier<String> story) {
        Instant until = Instant.now().plus(AWAIT);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(until)) {
                throw new AssertionError("it did not come to be: " + what + "\n" + story.get());
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** For things of which nothing may come. */
    static void pass(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }

    /** Until each has partitions, {@code partitions} in all. */
    static void awaitAssigned(int partitions, Worker... workers) {
        await("assignment", () -> {
            int sum = 0;
            for (Worker each : workers) {
                sum += each.assigned.isEmpty() ? -1_000 : each.assigned.size();
            }
            return sum == partitions;
        });
    }

    @Override
    public void close() {
        stop();
    }
}
