package io.tidemill.compat.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tidemill.compat.clients.script.ClientScript;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** kafkajs as npm has it: it speaks old versions of the protocol, and will not learn newer ones. */
class KafkaJsTest {
    private static final String VERSION = "2.2.4";
    private static final Duration INSTALL_MAX = Duration.ofMinutes(3);
    private static final Duration SCRIPT_MAX = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    @BeforeAll
    static void tools() {
        Tool.NODE.require();
        Tool.NPM.require();
    }

    @TestFactory
    Stream<DynamicTest> kafkajs() throws IOException {
        Path script = installed().resolve("kafkajs.js");
        try (InputStream in = KafkaJsTest.class.getResourceAsStream("kafkajs.js")) {
            Files.write(script, Objects.requireNonNull(in).readAllBytes());
        }
        try (ServedTidemill tidemill = ServedTidemill.start(directory);
                Child child = Child.start(
                        directory, "kafkajs", List.of(Tool.NODE.command(), script.toString(), tidemill.bootstrap()))) {
            int code = child.awaitEnd(SCRIPT_MAX);
            String told = child.told("ended with " + code);
            DynamicTest whole =
                    dynamicTest("all", () -> assertThat(code).as(told).isZero());
            List<String> lines = child.output().lines().toList();
            return Stream.concat(
                    Stream.of(whole),
                    lines.stream()
                            .map(line ->
                                    dynamicTest(line, () -> assertThat(line).startsWith(ClientScript.PASSED))));
        }
    }

    /** Where it is installed: fetched once, then kept until {@code mvn clean}. */
    private static Path installed() throws IOException {
        Path home = Path.of("target", "clients", "kafkajs-" + VERSION).toAbsolutePath();
        if (!Files.isDirectory(home.resolve("node_modules").resolve("kafkajs"))) {
            Files.createDirectories(home);
            Child.run(
                    home,
                    "npm",
                    "",
                    INSTALL_MAX,
                    List.of(
                            Tool.NPM.command(),
                            "install",
                            "--prefix",
                            home.toString(),
                            "--no-audit",
                            "--no-fund",
                            "--ignore-scripts",
                            "kafkajs@" + VERSION));
        }
        return home;
    }
}
