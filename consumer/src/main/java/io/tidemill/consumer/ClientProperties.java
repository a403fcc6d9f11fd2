package io.tidemill.consumer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The properties of the Kafka clients: the user's, checked, and ours. */
final class ClientProperties {
    private static final int MAX_POLL_RECORDS = 500;
    private static final int MAX_POLL_INTERVAL_MILLIS = 300_000;
    private static final int MAX_REQUEST_BYTES = 1 << 20;
    private static final int TRANSACTION_TIMEOUT_MILLIS = 15_000;
    private static final Set<String> SHARED_BY_NAME_ONLY = Set.of("client.id", "interceptor.classes");

    private final Map<String, Object> consumer = new HashMap<>();
    private final Map<String, Object> producer = new HashMap<>();
    private final List<String> mistakes = new ArrayList<>();
    private String group = "";

    private ClientProperties() {}

    static ClientProperties of(Map<String, Object> user, @Nullable String group, Delivery<?> delivery) {
        ClientProperties made = new ClientProperties();
        made.divide(user);
        made.group(user, group);
        made.consumer(user);
        made.producer();
        if (delivery instanceof KafkaTransactions transactions) {
            made.transactions(user, transactions);
        }
        if (!(delivery instanceof AutoCommit) && !(delivery instanceof CommitAfterProcessing)) {
            made.refuse(user, "isolation.level", "read_uncommitted", "exactly once needs read_committed: remove it");
        }
        return made;
    }

    private void divide(Map<String, Object> user) {
        user.forEach((name, value) -> {
            if (ConsumerConfig.configNames().contains(name)
                    || !ProducerConfig.configNames().contains(name)) {
                consumer.put(name, value);
            }
            if (ProducerConfig.configNames().contains(name) && !SHARED_BY_NAME_ONLY.contains(name)) {
                producer.put(name, value);
            }
        });
    }

    private void group(Map<String, Object> user, @Nullable String named) {
        Object inProperties = user.get(ConsumerConfig.GROUP_ID_CONFIG);
        check(
                named == null || inProperties == null || named.equals(inProperties),
                "group.id=" + inProperties + " is not the group " + named + ": remove one");
        group = named != null ? named : inProperties != null ? inProperties.toString() : "";
        check(!group.isBlank(), "say which group");
        consumer.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    }

    private void consumer(Map<String, Object> user) {
        refuse(user, "enable.auto.commit", "true", "it commits unfinished records: remove it and choose a Delivery");
        check(!user.containsKey("key.deserializer"), "key.deserializer is set: give the deserializer to decode()");
        check(!user.containsKey("value.deserializer"), "value.deserializer is set: give the deserializer to decode()");
        consumer.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        consumer.putIfAbsent(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        consumer.putIfAbsent(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        consumer.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
    }

    private void producer() {
        producer.remove("key.serializer");
        producer.remove("value.serializer");
        producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        producer.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    }

    private void transactions(Map<String, Object> user, KafkaTransactions transactions) {
        check(
                !user.containsKey("transactional.id")
                        && !transactions.producerProperties().containsKey("transactional.id"),
                "transactional.id is set: two members would fence each other; use KafkaTransactions.idPrefix");
        producer.putAll(transactions.producerProperties());
        check(isAll(producer.getOrDefault("acks", "all")), "acks must be all with transactions: remove it");
        refuse(producer, "enable.idempotence", "false", "transactions need idempotence: remove it");
        check(
                number(producer, "max.in.flight.requests.per.connection", 5) <= 5,
                "transactions allow 5 requests in flight");
        producer.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MILLIS);
        long timeoutMillis = number(producer, ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MILLIS);
        producer.putIfAbsent(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) Math.max(1, timeoutMillis / 2));
        producer.putIfAbsent(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) Math.max(
                timeoutMillis,
                number(producer, ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 0)
                        + number(producer, ProducerConfig.LINGER_MS_CONFIG, 5)));
        producer.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, timeoutMillis * 2);
        checkTransactionTimes(timeoutMillis);
        String member = consumer.getOrDefault(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, UUID.randomUUID())
                .toString();
        String prefix = transactions.idPrefix().isEmpty() ? group : transactions.idPrefix();
        producer.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, prefix + "-" + member);
    }

    /** Neither may a send be retried for longer than its transaction lives, nor a commit hold up polling for too long. */
    private void checkTransactionTimes(long timeoutMillis) {
        long deliveryMillis = number(producer, ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 0);
        check(
                deliveryMillis <= timeoutMillis,
                "delivery.timeout.ms=" + deliveryMillis + " outlives transaction.timeout.ms=" + timeoutMillis
                        + ": lower the first (with request.timeout.ms) or raise the second");
        check(
                timeoutMillis < maxPollIntervalMillis(),
                "transaction.timeout.ms=" + timeoutMillis + " must be less than max.poll.interval.ms="
                        + maxPollIntervalMillis() + ", because a slow commit must not cost the membership");
    }

    void checkRevokeWait(Duration wait) {
        check(
                wait.toMillis() < maxPollIntervalMillis(),
                "revokeWaitMax=" + wait + " must be less than max.poll.interval.ms=" + maxPollIntervalMillis()
                        + ", because the group waits no longer for a member");
    }

    private long maxPollIntervalMillis() {
        return number(consumer, ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, MAX_POLL_INTERVAL_MILLIS);
    }

    private static boolean isAll(Object acks) {
        return acks.toString().equals("all") || acks.toString().equals("-1");
    }

    private static long number(Map<String, Object> properties, String name, long otherwise) {
        Object value = properties.get(name);
        return value == null ? otherwise : Long.parseLong(value.toString().trim());
    }

    private void refuse(Map<String, Object> properties, String name, String value, String why) {
        Object given = properties.get(name);
        check(given == null || !value.equalsIgnoreCase(given.toString()), name + "=" + given + ": " + why);
    }

    void check(boolean holds, String mistake) {
        if (!holds) {
            mistakes.add(mistake);
        }
    }

    void refuseMistakes() {
        if (!mistakes.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", mistakes));
        }
    }

    String group() {
        return group;
    }

    Map<String, Object> consumerProperties() {
        return Map.copyOf(consumer);
    }

    Map<String, Object> producerProperties() {
        return Map.copyOf(producer);
    }

    /** The largest record that the producer sends. */
    long recordBytesMax() {
        return number(producer, ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    }
}
