package io.tidemill.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;

/** What Kafka's clients are configured with. */
final class ClientProperties {
    /** What exactly-once depends on: it may be said, but not otherwise. */
    private static final Map<String, Set<String>> NEEDED = Map.of(
            "acks", Set.of("all", "-1"),
            "enable.idempotence", Set.of("true"),
            "isolation.level", Set.of("read_committed"),
            "enable.auto.commit", Set.of("false"),
            "auto.offset.reset", Set.of("none"));

    /** What is ours, with what to use instead. */
    private static final Map<String, String> OURS = Map.ofEntries(
            Map.entry("transactional.id", "it is made of transactionalIdPrefix and the pipeline's name"),
            Map.entry("transaction.timeout.ms", "use the option transactionTimeout"),
            Map.entry("delivery.timeout.ms", "it follows from commitMax and restartMax"),
            Map.entry("max.block.ms", "it follows from commitMax"),
            Map.entry("default.api.timeout.ms", "use the option requestMax"),
            Map.entry("bootstrap.servers", "use the option bootstrapServers"),
            Map.entry("retries", "commits are tried again until commitMax and restartMax are over"),
            Map.entry("max.in.flight.requests.per.connection", "order depends on it"),
            Map.entry("partitioner.class", "every record says its partition"),
            Map.entry("group.id", "offsets belong to the group of the pipeline's name"),
            Map.entry("interceptor.classes", "records must stay as they are"),
            Map.entry("key.serializer", "records are bytes"),
            Map.entry("value.serializer", "records are bytes"),
            Map.entry("key.deserializer", "records are bytes"),
            Map.entry("value.deserializer", "records are bytes"),
            Map.entry("max.request.size", "the topics' max.message.bytes says what is too large"));

    /** More than the largest record of any topic that a log makes. */
    private static final int REQUEST_BYTES_MAX = 96 << 20;

    private ClientProperties() {}

    static List<String> mistakes(Map<String, String> properties) {
        List<String> mistakes = new ArrayList<>();
        new TreeMap<>(properties).forEach((name, value) -> {
            Set<String> needed = NEEDED.get(name);
            if (needed != null && !needed.contains(value.toLowerCase(Locale.ROOT))) {
                mistakes.add("the client property " + name + "=" + value
                        + " would break exactly-once: remove it, or set" + " it to "
                        + String.join(" or ", needed.stream().sorted().toList()));
            }
            String instead = OURS.get(name);
            if (instead != null) {
                mistakes.add("the client property " + name + " cannot be set: remove it (" + instead + ")");
            }
        });
        return mistakes;
    }

    static Map<String, Object> admin(KafkaLogOptions options) {
        Map<String, Object> properties = common(options, AdminClientConfig.configNames());
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(options.requestMax()));
        capRequestTimeout(properties, options.requestMax());
        return properties;
    }

    static Map<String, Object> consumer(KafkaLogOptions options) {
        Map<String, Object> properties = common(options, ConsumerConfig.configNames());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteBufferDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteBufferDeserializer.class);
        properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(options.requestMax()));
        properties.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "10000");
        // Who wants to read elsewhere waits until a fetch that waits at the ends of other partitions is over.
        properties.putIfAbsent(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, "50");
        properties.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, String.valueOf(16 << 20));
        properties.putIfAbsent(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, String.valueOf(2 << 20));
        capRequestTimeout(properties, options.requestMax());
        return properties;
    }

    static Map<String, Object> producer(KafkaLogOptions options, String transactionalId) {
        Map<String, Object> properties = common(options, ProducerConfig.configNames());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, millis(options.transactionTimeout()));
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                millis(options.commitMax().plus(options.restartMax())));
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis(options.commitMax()));
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, REQUEST_BYTES_MAX);
        properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        // A commit ends with a flush: nothing is gained by waiting for more.
        properties.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, "0");
        properties.putIfAbsent(ProducerConfig.BATCH_SIZE_CONFIG, String.valueOf(256 << 10));
        properties.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, String.valueOf(128 << 20));
        capRequestTimeout(properties, options.commitMax());
        return properties;
    }

    private static Map<String, Object> common(KafkaLogOptions options, Set<String> known) {
        Map<String, Object> properties = new HashMap<>();
        options.clientProperties().forEach((name, value) -> {
            // A property of one client is none of the others' business; those of plugins are nobody's but theirs.
            if (known.contains(name) || !isOfAnyClient(name)) {
                properties.put(name, value);
            }
        });
        properties.put("bootstrap.servers", options.bootstrapServers());
        properties.putIfAbsent("enable.metrics.push", "false");
        properties.putIfAbsent("reconnect.backoff.max.ms", "500");
        return properties;
    }

    private static boolean isOfAnyClient(String name) {
        return ProducerConfig.configNames().contains(name)
                || ConsumerConfig.configNames().contains(name)
                || AdminClientConfig.configNames().contains(name);
    }

    /** One request must not use up the time that its retries are to have. */
    private static void capRequestTimeout(Map<String, Object> properties, Duration all) {
        properties.putIfAbsent("request.timeout.ms", String.valueOf(Math.min(10_000, all.toMillis() / 2)));
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }
}
