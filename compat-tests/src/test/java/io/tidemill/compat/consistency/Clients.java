package io.tidemill.compat.consistency;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Real clients that try again soon. */
final class Clients {
    static final Duration CLOSE_MAX = Duration.ofMillis(300);

    private final String bootstrap;

    Clients(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    private Map<String, Object> common() {
        return new HashMap<>(Map.of(
                "bootstrap.servers",
                bootstrap,
                "reconnect.backoff.ms",
                20,
                "reconnect.backoff.max.ms",
                200,
                "retry.backoff.ms",
                20,
                "retry.backoff.max.ms",
                200,
                "request.timeout.ms",
                5_000,
                "enable.metrics.push",
                false,
                "socket.connection.setup.timeout.ms",
                2_000));
    }

    /** Idempotent, or transactional if {@code overrides} say so. */
    Producer<String, String> producer(Map<String, Object> overrides) {
        Map<String, Object> config = common();
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("buffer.memory", 4L << 20);
        config.putAll(overrides);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    /** One that never begins anywhere of itself: where there is no offset, or a wrong one, it throws. */
    Consumer<String, String> consumer(boolean committedOnly, Map<String, Object> overrides) {
        Map<String, Object> config = common();
        config.put("isolation.level", committedOnly ? "read_committed" : "read_uncommitted");
        config.put("auto.offset.reset", "none");
        config.put("enable.auto.commit", false);
        config.put("fetch.max.wait.ms", 100);
        config.put("default.api.timeout.ms", 5_000);
        config.putAll(overrides);
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    Admin admin() {
        return admin(5_000);
    }

    /** Without which the run cannot go on, however busy the machine is. */
    Admin patientAdmin() {
        return admin(60_000);
    }

    private Admin admin(int timeoutMillis) {
        Map<String, Object> config = common();
        config.put("default.api.timeout.ms", timeoutMillis);
        return Admin.create(config);
    }

    static void close(@Nullable Consumer<String, String> consumer) {
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(CLOSE_MAX));
        }
    }

    static void close(@Nullable Producer<String, String> producer) {
        if (producer != null) {
            producer.close(Duration.ZERO);
        }
    }
}
