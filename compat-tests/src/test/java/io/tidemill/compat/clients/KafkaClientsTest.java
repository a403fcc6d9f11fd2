package io.tidemill.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tidemill.compat.clients.script.ClientScript;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        return played(OLDER, Jvm.classPathWithKafkaClients(OLDER), "classic");
    }

    @TestFactory
    Stream<DynamicTest> currentClientsWithClassicGroups() {
        return played(CURRENT, Jvm.classPath(), "classic");
    }

    @TestFactory
    Stream<DynamicTest> currentClientsWithConsumerGroups() {
        return played(CURRENT, Jvm.classPath(), "consumer");
    }

    /** One test for each scenario, and one that all were played with that version. */
    private static Stream<DynamicTest> played(String version, String classPath, String protocol) {
        try (Child child = Child.start(
                directory, "script", Jvm.command(classPath, 256, ClientScript.class, tidemill.bootstrap(), protocol))) {
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
