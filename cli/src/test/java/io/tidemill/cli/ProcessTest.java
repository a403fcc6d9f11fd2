package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own, as a shell meets it. */
class ProcessTest {
    @TempDir
    Path temp;

    @Test
    void theDemoInAFreshProcess() throws Exception {
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "demo",
                        "--json",
                        "--data",
                        temp.resolve("data").toString())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(err, StandardCharsets.UTF_8)).isEmpty();
        assertThat(process.exitValue()).isZero();
        List<String> lines = Files.readAllLines(out, StandardCharsets.UTF_8);
        JsonNode summary = Cli.parse(lines.get(lines.size() - 1));
        assertThat(summary.get("type").asText()).isEqualTo("summary");
        assertThat(summary.get("read").asInt())
                .isEqualTo(20_000)
                .isEqualTo(summary.get("onTime").asInt()
                        + summary.get("late").asInt()
                        + summary.get("filtered").asInt()
                        + summary.get("deadLettered").asInt());
        assertThat(summary.get("mismatches").asInt()).isZero();
    }
}
