package io.tidemill.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tidemill.compat.clients.script.ClientScript;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The Java client as it was released, older and current, with classic groups and those of KIP-848. */
class KafkaClientsTest {
    private static final String OLDER = "3.9.1";
    private static final String CURRENT = "4.3.1";

    /** Then records and groups go by the oldest versions that are served. */
    private static final int VERSIONS_BACK_MAX = 9;

    private static final Duration SCRIPT_MAX = Duration.ofMinutes(5);

    @TempDir
    static Path directory;

    private static ServedTidemill tidemill;

    @BeforeAll
    static void start() {
        tidemill = ServedTidemill.start(directory);
    }

    @AfterAll
    static void stop() {
        if (tidemill != null) {
            tidemill.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> olderClientsWithClassicGroups() {
        return played(OLDER, Jvm.classPathWithKafkaClients(OLDER), "classic", tidemill.bootstrap());
    }

    /** A preview then, and in its first version. */
    @TestFactory
    Stream<DynamicTest> olderClientsWithConsumerGroups() {
        return played(OLDER, Jvm.classPathWithKafkaClients(OLDER), "consumer", tidemill.bootstrap());
    }

    @TestFactory
    Stream<DynamicTest> currentClientsWithClassicGroups() {
        return played(CURRENT, Jvm.classPath(), "classic", tidemill.bootstrap());
    }

    @TestFactory
    Stream<DynamicTest> currentClientsWithConsumerGroups() {
        return played(CURRENT, Jvm.classPath(), "consumer", tidemill.bootstrap());
    }

    @TestFactory
    Stream<DynamicTest> currentClientsWithOlderVersionsOfTheCalls() {
        List<OlderBroker> older = IntStream.rangeClosed(1, VERSIONS_BACK_MAX)
                .mapToObj(back -> OlderBroker.before(tidemill.bootstrap(), back))
                .toList();
        try {
            String[] brokers = older.stream().map(OlderBroker::bootstrap).toArray(String[]::new);
            return played(CURRENT, Jvm.classPath(), ClientScript.BASIC, brokers);
        } finally {
            older.forEach(OlderBroker::close);
        }
    }

    /** One test for each scenario, and one that all were played with that version. */
    private static Stream<DynamicTest> played(String version, String classPath, String kind, String... brokers) {
        String[] args = Stream.concat(Stream.of(kind), Stream.of(brokers)).toArray(String[]::new);
        try (Child child = Child.start(directory, "script", Jvm.command(classPath, 256, ClientScript.class, args))) {
            int code = child.awaitEnd(SCRIPT_MAX);
            String told = child.told("ended with " + code);
            List<String> lines = child.output().lines().toList();
            DynamicTest whole = dynamicTest("all, with " + lines.get(0), () -> {
                assertThat(lines.get(0)).startsWith(ClientScript.VERSION + version);
                assertThat(code).as(told).isZero();
            });
            return Stream.concat(
                    Stream.of(whole),
                    lines.stream()
                            .skip(1)
                            .map(line ->
                                    dynamicTest(line, () -> assertThat(line).startsWith(ClientScript.PASSED))));
        }
    }
}
