package io.tidemill.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaLogOptionsTest {
    private static final KafkaLogOptions DEFAULTS = KafkaLogOptions.of("127.0.0.1:9092");

    @Test
    void defaults() {
        assertThat(DEFAULTS)
                .isEqualTo(new KafkaLogOptions(
                        "127.0.0.1:9092",
                        Map.of(),
                        "tidemill.",
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30),
                        (short) -1,
                        64 << 20));
    }

    @Test
    void aTransactionTimeoutShorterThanACommitAndARestartIsRefused() {
        assertThatThrownBy(() ->
                        DEFAULTS.commitTimes(Duration.ofSeconds(30), Duration.ofSeconds(40), Duration.ofSeconds(69)))
                .hasMessageContaining("set transactionTimeout to PT1M10S or more");
    }

    @ParameterizedTest
    @CsvSource({
        "acks,                  1,                set it to -1 or all",
        "acks,                  0,                set it to -1 or all",
        "enable.idempotence,    false,            set it to true",
        "isolation.level,       read_uncommitted, set it to read_committed",
        "enable.auto.commit,    true,             set it to false",
        "auto.offset.reset,     latest,           set it to none",
        "transactional.id,      mine,             transactionalIdPrefix",
        "transaction.timeout.ms, 1,               transactionTimeout",
        "retries,               0,                commitMax",
        "bootstrap.servers,     other:1,          bootstrapServers",
    })
    void whatWouldBreakExactlyOnceIsRefused(String name, String value, String whatToDo) {
        assertThatThrownBy(() -> DEFAULTS.clientProperty(name, value))
                .hasMessageContaining(name)
                .hasMessageContaining(whatToDo);
    }

    @Test
    void otherPropertiesReachTheClientsThatKnowThem() {
        KafkaLogOptions options = DEFAULTS.clientProperty("security.protocol", "SSL")
                .clientProperty("compression.type", "zstd")
                .clientProperty("acks", "all")
                .clientProperty("my.plugin.setting", "x");
        assertThat(ClientProperties.producer(options, "id"))
                .containsEntry("security.protocol", "SSL")
                .containsEntry("compression.type", "zstd")
                .containsEntry("my.plugin.setting", "x")
                .containsEntry("acks", "all")
                .containsEntry("transactional.id", "id")
                .containsEntry("transaction.timeout.ms", 60_000)
                .containsEntry("delivery.timeout.ms", 50_000);
        assertThat(ClientProperties.consumer(options))
                .containsEntry("security.protocol", "SSL")
                .containsEntry("isolation.level", "read_committed")
                .doesNotContainKeys("compression.type", "acks", "group.id");
        assertThat(ClientProperties.admin(options))
                .containsEntry("security.protocol", "SSL")
                .doesNotContainKeys("compression.type", "isolation.level");
    }

    @Test
    void allMistakesAreToldTogether() {
        assertThatThrownBy(() -> new KafkaLogOptions(
                        " ",
                        Map.of("acks", "1"),
                        "p",
                        Duration.ZERO,
                        Duration.ofHours(1),
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        (short) 0,
                        1))
                .hasMessageContainingAll(
                        "acks",
                        "bootstrapServers",
                        "commitMax",
                        "restartMax",
                        "requestMax",
                        "transactionTimeout",
                        "replicationFactor",
                        "readAheadBytesMax");
    }
}
