package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdviseCommandTest {
    private static final String SOURCE = """
            import io.tidemill.api.*;
            import io.tidemill.json.Json;
            import java.time.*;

            public class Orders {
                record Order(String shop, Instant at) {}

                public static Pipeline pipeline() {
                    return Pipeline.named("orders-per-minute")
                        .from(Topic.of("orders", Json.of(Order.class)))
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ofSeconds(10)))
                        .keyBy(Order::shop)
                        .window(Tumbling.of(Duration.ofMinutes(1)))
                        .aggregate(Aggregate.count())
                        .to("orders-counted", Json.results());
                }
            }
            """;

    @TempDir
    Path temp;

    private Cli cli;
    private String source = "";

    /** Each order is ten seconds after the one before, but every eightieth is five minutes behind. */
    @BeforeEach
    void load() throws Exception {
        cli = new Cli(temp.resolve("data"));
        source = Files.writeString(temp.resolve("Orders.java"), SOURCE).toString();
        StringBuilder orders = new StringBuilder();
        Instant start = Instant.parse("2001-01-01T00:00:00Z");
        for (int i = 0; i < 1_600; i++) {
            Instant at = start.plusSeconds(i * 10L - (i % 80 == 79 ? 310 : 0));
            orders.append("{\"shop\":\"a\",\"at\":\"").append(at).append("\"}\n");
        }
        assertThat(cli.runWithInput(orders.toString(), "load", "orders", "-", "--partitions", "1")
                        .exitCode())
                .isZero();
    }

    @Test
    void forPeople() {
        Outcome advised = cli.run("advise", source, "--bound", "1m,7m");
        assertThat(advised.exitCode()).isZero();
        assertThat(advised.err()).isEmpty();
        assertThat(advised.out())
                .contains(
                        "Pipeline 'orders-per-minute', topic 'orders', tumbling windows of 1 min. Bound in force: 10s.")
                .contains("1,600 records, 2001-01-01 00:00 to 2001-01-01 04:26 by event time")
                .contains("recommended", "in force", "asked for")
                .contains("Recommended bound: 10m.")
                .contains("99 of 100 elements are at most 5 min behind")
                .contains("10 s, makes 1.3 % of records late (20); 10 min would make 0 %");
    }

    @Test
    void forMachines() {
        List<JsonNode> objects =
                cli.run("advise", source, "--bound", "7m", "--json").objects();
        assertThat(objects.get(0).get("type").asText()).isEqualTo("lateness");
        assertThat(objects.get(0).get("partition").asInt()).isZero();
        assertThat(objects.get(0).get("p99Millis").asLong()).isEqualTo(300_000);
        JsonNode asked = objects.stream()
                .filter(each -> each.path("boundMillis").asLong() == 420_000)
                .findFirst()
                .orElseThrow();
        assertThat(asked.get("type").asText()).isEqualTo("candidate");
        assertThat(asked.get("why").get(0).asText()).isEqualTo("asked for");
        assertThat(asked.get("lateRecords").asLong()).isZero();
        assertThat(asked.get("onTimeRecords").asLong()).isEqualTo(1_600);
        assertThat(asked.get("accumulatorsPeak").asLong()).isBetween(7L, 10L);
        JsonNode summary = objects.get(objects.size() - 1);
        assertThat(summary.get("type").asText()).isEqualTo("summary");
        assertThat(summary.get("recommendedMillis").asLong()).isEqualTo(600_000);
        assertThat(summary.get("boundInForceMillis").asLong()).isEqualTo(10_000);
        assertThat(summary.get("isPart").asBoolean()).isFalse();
        assertThat(summary.get("conclusion")).hasSizeGreaterThan(1);
    }

    @Test
    void whatThePipelineSawItself() {
        assertThat(cli.run("run", source, "--until-end").exitCode()).isZero();
        assertThat(cli.run("advise", source).out())
                .contains("all, seen by the pipeline")
                .doesNotContain("Warning");
        JsonNode live = cli.run("advise", source, "--json").objects().stream()
                .filter(each -> each.get("type").asText().equals("liveLateness"))
                .findFirst()
                .orElseThrow();
        assertThat(live.get("elements").asInt()).isBetween(1_520, 1_600);
        assertThat(live.get("lateShareInForce").asDouble()).isBetween(0.011, 0.014);
        assertThat(live.get("lateShareRecommended").asDouble()).isZero();
    }

    @Test
    void aStretch() {
        JsonNode part = cli.run("advise", source, "--limit", "100", "--json").summary();
        assertThat(part.get("records").asInt()).isEqualTo(100);
        assertThat(part.get("isPart").asBoolean()).isTrue();
        assertThat(part.get("warnings").get(0).asText()).startsWith("History is short");
        Outcome none = cli.run("advise", source, "--from", "2999-01-01T00:00:00Z");
        assertThat(none.exitCode()).isEqualTo(3);
        assertThat(none.err()).contains("nothing to draw advice from").hasLineCount(1);
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThat(cli.run("advise", source, "--limit", "0").exitCode()).isEqualTo(2);
        assertThat(cli.run("advise", source, "--bound", "soon").exitCode()).isEqualTo(2);
        Outcome missing = cli.run("advise", "hourly-departures");
        assertThat(missing.exitCode()).isEqualTo(3);
        assertThat(missing.err()).contains("no topic 'departures'").hasLineCount(1);
        assertThat(cli.run("advise", "running-page-views").err()).contains("has no windows");
    }
}
