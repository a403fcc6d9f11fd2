package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
    @TempDir
    Path temp;

    private static void assertBalanced(JsonNode summary) {
        long fates = summary.get("onTime").asLong()
                + summary.get("late").asLong()
                + summary.get("filtered").asLong()
                + summary.get("deadLettered").asLong();
        assertThat(fates).isEqualTo(summary.get("read").asLong());
        assertThat(summary.get("corrected").asLong()
                        + summary.get("uncorrectable").asLong())
                .isEqualTo(summary.get("late").asLong());
        assertThat(summary.get("mismatches").asLong()).isZero();
        assertThat(summary.get("balanced").asBoolean()).isTrue();
        assertThat(summary.get("auditClean").asBoolean()).isTrue();
        assertThat(summary.get("durability").asText()).isEqualTo("DISK");
    }

    @Test
    void flights() {
        Cli cli = new Cli(temp.resolve("data"));
        Outcome demo = cli.run("demo", "--json");
        assertThat(demo.exitCode()).isZero();
        assertThat(demo.err()).isEmpty();
        JsonNode summary = demo.summary();
        assertBalanced(summary);
        assertThat(summary.get("read").asInt()).isEqualTo(20_000);
        assertThat(summary.get("late").asInt()).isPositive();
        assertThat(summary.get("uncorrectable").asInt()).isZero();
        assertThat(cli.run("results", "departures-per-hour").lines())
                .hasSize(summary.get("results").asInt());
        assertThat(cli.run("audit", "hourly-departures").exitCode()).isZero();
        Outcome again = cli.run("demo");
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.err()).contains("is not empty").hasLineCount(1);
    }

    @Test
    void flightsForPeople() {
        Outcome demo = new Cli(temp.resolve("data")).run("demo");
        assertThat(demo.exitCode()).isZero();
        assertThat(demo.out())
                .contains("20,000 records into topic 'departures'", "when it closed", "It adds up: 20,000 read")
                .contains("Audit equal", "Look around:", "durability DISK");
        assertThat(demo.err()).isEmpty();
    }

    @Test
    void live() {
        Outcome demo = new Cli(temp.resolve("data")).run("demo", "--rate", "2000", "--seconds", "3", "--json");
        JsonNode summary = demo.summary();
        assertBalanced(summary);
        // A busy machine may not hold the rate; the exit code then says so.
        assertThat(demo.exitCode()).isEqualTo(summary.get("rateHeld").asBoolean() ? 0 : 1);
        assertThat(summary.get("read").asInt()).isBetween(1, 6_000);
        assertThat(summary.get("latencyMillis").get("count").asInt()).isPositive();
        assertThat(summary.get("latencyMillis").get("p50").asDouble()).isPositive();
    }
}
