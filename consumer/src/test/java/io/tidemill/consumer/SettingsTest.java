package io.tidemill.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Settings that would break a guarantee are refused, with what to change; defaults. */
final class SettingsTest {
    private static Map<String, Object> client(Object... namesAndValues) {
        Map<String, Object> client = new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:1"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            client.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return client;
    }

    private static void refused(Map<String, Object> client, Delivery<?> delivery, String... sentences) {
        assertThatThrownBy(() -> ReliableConsumer.of(client)
                        .topics("payments")
                        .group("billing")
                        .delivery(delivery)
                        .handle(record -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(sentences);
    }

    @Test
    void refusesKafkasAutoCommit() {
        refused(
                client("enable.auto.commit", "true"),
                Delivery.commitAfterProcessing(),
                "enable.auto.commit",
                "Delivery");
        refused(client("enable.auto.commit", true), Delivery.autoCommit(), "enable.auto.commit");
    }

    @Test
    void refusesWhatBreaksTransactions() {
        refused(
                client("isolation.level", "read_uncommitted", "acks", "1", "enable.idempotence", "false"),
                Delivery.transactional(),
                "isolation.level=read_uncommitted",
                "acks must be all",
                "enable.idempotence=false");
        refused(client("transactional.id", "mine"), Delivery.transactional(), "transactional.id", "idPrefix");
        refused(
                client("transaction.timeout.ms", 5_000, "delivery.timeout.ms", 60_000),
                Delivery.transactional(),
                "delivery.timeout.ms=60000 outlives transaction.timeout.ms=5000");
        refused(
                client("transaction.timeout.ms", 50_000, "max.poll.interval.ms", 20_000),
                Delivery.transactional(),
                "transaction.timeout.ms=50000 must be less than max.poll.interval.ms=20000");
    }

    @Test
    void tellsAllMistakesTogether() {
        assertThatThrownBy(() -> ReliableConsumer.of(client("value.deserializer", "x", "max.poll.interval.ms", "5000"))
                        .concurrency(0)
                        .handle(record -> {}))
                .hasMessageContainingAll(
                        "say which group", "say which topics", "concurrency", "value.deserializer", "revokeWaitMax");
    }

    @Test
    void refusesTwoGroups() {
        refused(client("group.id", "other"), Delivery.autoCommit(), "group.id=other is not the group billing");
    }

    @Test
    void defaultsAreSafe() {
        ClientProperties properties = ClientProperties.of(client(), "billing", Delivery.transactional());
        assertThat(properties.consumerProperties())
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("auto.offset.reset", "earliest")
                .containsEntry("enable.auto.commit", false);
        assertThat(properties.producerProperties())
                .containsEntry("transaction.timeout.ms", 15_000)
                .containsEntry("delivery.timeout.ms", 15_000);
        assertThat(String.valueOf(properties.producerProperties().get("transactional.id")))
                .startsWith("billing-");
        assertThat(ClientProperties.of(client("group.instance.id", "a"), "billing", Delivery.transactional())
                        .producerProperties())
                .containsEntry("transactional.id", "billing-a");
        assertThat(Delivery.commitAfterProcessing().interval()).isEqualTo(Duration.ofSeconds(1));
        assertThat(Delivery.transactional().interval()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void backoffDoublesUpToItsBoundWithJitter() {
        Retry retry = Retry.attempts(10)
                .backoff(Duration.ofMillis(100), Duration.ofSeconds(1))
                .jitter(0);
        Random random = new Random(1);
        assertThat(retry.delay(1, random)).isEqualTo(Duration.ofMillis(100));
        assertThat(retry.delay(3, random)).isEqualTo(Duration.ofMillis(400));
        assertThat(retry.delay(60, random)).isEqualTo(Duration.ofSeconds(1));
        for (int i = 0; i < 100; i++) {
            assertThat(retry.jitter(0.5).delay(1, random)).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
        }
        assertThat(retry.within(Duration.ofSeconds(5)).allows(2, Duration.ofSeconds(6), new Exception()))
                .isFalse();
        assertThat(retry.onlyIf(failure -> false).allows(1, Duration.ZERO, new Exception()))
                .isFalse();
    }
}
