package io.tidemill.kafka;

import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A log and a server on it, and real clients of theirs. */
final class TestServer implements AutoCloseable {
    /** Guards against what never comes; a busy machine may take its time. */
    static final Duration LONG = Duration.ofSeconds(100);

    private final Path directory;
    private final UnaryOperator<KafkaServerOptions> options;
    EmbeddedLog log;
    KafkaServer server;

    TestServer(Path directory, UnaryOperator<KafkaServerOptions> options) {
        this.directory = directory;
        this.options = options;
        log = EmbeddedLog.open(directory, LogOptions.defaults());
        server = KafkaServer.start(log, options.apply(KafkaServerOptions.defaults()));
    }

    static TestServer start(Path directory) {
        return new TestServer(directory, UnaryOperator.identity());
    }

    /** The same log, opened again, and another port. */
    void restart() {
        close();
        log = EmbeddedLog.open(directory, LogOptions.defaults());
        server = KafkaServer.start(log, options.apply(KafkaServerOptions.defaults()));
    }

    Map<String, Object> client(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(more);
        all.putIfAbsent("bootstrap.servers", server.bootstrap());
        return all;
    }

    KafkaProducer<String, String> producer(Map<String, Object> more) {
        return new KafkaProducer<>(client(more), new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(Map.of("auto.offset.reset", "earliest"));
        all.putAll(more);
        return new KafkaConsumer<>(client(all), new StringDeserializer(), new StringDeserializer());
    }

    Admin admin() {
        return Admin.create(client(Map.of()));
    }

    void createTopic(String name, int partitions) throws Exception {
        createTopic(name, partitions, Map.of());
    }

    void createTopic(String name, int partitions, Map<String, String> config) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(config)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** Polls until there are {@code count} records, or fails. */
    static List<ConsumerRecord<String, String>> poll(Consumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> all = new ArrayList<>();
        Instant until = Instant.now().plus(LONG);
        while (all.size() < count) {
            if (Instant.now().isAfter(until)) {
                throw new AssertionError("only " + all.size() + " of " + count + " records came");
            }
            consumer.poll(Duration.ofMillis(200)).forEach(all::add);
        }
        return all;
    }

    /** All records of a partition, by a consumer without a group. */
    List<String> values(String topic, int partition, int count, Map<String, Object> more) {
        try (KafkaConsumer<String, String> consumer = consumer(more)) {
            TopicPartition one = new TopicPartition(topic, partition);
            consumer.assign(Set.of(one));
            consumer.seekToBeginning(Set.of(one));
            return poll(consumer, count).stream().map(ConsumerRecord::value).toList();
        }
    }

    static void await(BooleanSupplier condition) {
        Instant until = Instant.now().plus(LONG);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(until)) {
                throw new AssertionError("it did not come to be");
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        server.close();
        log.close();
    }
}
