package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How windows that overlap, follow a time zone or tell early results are shown. */
class WindowsOfAnyKindTest {
    private static final String SOURCE = """
            import io.tidemill.api.*;
            import io.tidemill.json.Json;
            import java.time.*;

            public class Orders {
                record Order(String shop, Instant at, int cents) {}

                public static Pipeline pipeline() {
                    return Pipeline.named("orders-so-far")
                        .from(Topic.of("orders", Json.of(Order.class)))
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO))
                        .keyBy(Order::shop)
                        .window(Cumulative.of(Duration.ofDays(1), Duration.ofHours(12))
                                .in(ZoneId.of("America/New_York")))%s
                        .aggregate(Aggregate.sum(Order::cents))
                        .to("cents", Json.results());
                }
            }
            """;

    /** The last one is late for the first half of its day, and not for the whole day. */
    private static final String ORDERS = """
            {"shop":"a","at":"2001-01-01T06:00:00Z","cents":100}
            {"shop":"a","at":"2001-01-01T18:00:00Z","cents":200}
            {"shop":"a","at":"2001-01-01T07:00:00Z","cents":400}
            """;

    private static final String LOCAL = "2001-01-01 05:00 to 17:00 UTC (2001-01-01 00:00 to 12:00 America/New_York)";

    @TempDir
    Path temp;

    private Cli cli;
    private String source = "";

    @BeforeEach
    void load() throws Exception {
        cli = new Cli(temp.resolve("data"));
        source = write("Orders", "");
        cli.runWithInput(ORDERS, "load", "orders", "-", "--partitions", "1");
    }

    private String write(String directory, String more) throws Exception {
        Files.createDirectories(temp.resolve(directory));
        return Files.writeString(temp.resolve(directory + "/Orders.java"), SOURCE.formatted(more))
                .toString();
    }

    @Test
    void aRecordThatIsLateForSomeOfItsWindows() {
        JsonNode run = cli.run("run", source, "--until-end", "--json").summary();
        assertThat(run.get("late").asInt()).isEqualTo(1);
        assertThat(run.get("lateElements").asInt()).isEqualTo(1);
        assertThat(run.get("onTimeElements").asInt()).isEqualTo(2);
        assertThat(run.get("results").asInt()).isEqualTo(2);

        assertThat(cli.run("tail", "orders-so-far.late", "--zone", "America/New_York")
                        .out())
                .contains("late for " + LOCAL + " by 1h; read from orders 0@2")
                .doesNotContain("2001-01-02");
        Outcome audit = cli.run("audit", source);
        assertThat(audit.exitCode()).isEqualTo(1);
        assertThat(audit.out())
                .contains("NOT EQUAL: 1 of 2 results", "late records wait for a correction")
                .contains("| in America/New_York ", "| 2001-01-01 05:00 to 17:00 | 2001-01-01 00:00 to 12:00 |");
        JsonNode mismatch = cli.run("audit", source, "--json").objects().get(0);
        assertThat(mismatch.get("windowStart").asText()).isEqualTo("2001-01-01T05:00:00Z");
        assertThat(mismatch.get("windowStartLocal").asText()).isEqualTo("2001-01-01T00:00-05:00");

        assertThat(cli.run("correct", source).out()).contains("1 late record folded in, 1 result emitted again");
        assertThat(cli.run("audit", source).exitCode()).isZero();
        assertThat(cli.run("tail", "cents", "--zone", "America/New_York").out())
                .contains(LOCAL + " revision 0  {", LOCAL + " revision 1 (correction)  {");
        JsonNode corrected = cli.run("results", "cents", "--zone", "America/New_York")
                .objects()
                .get(0);
        assertThat(corrected.get("pane").asText()).isEqualTo("CORRECTION");
        assertThat(corrected.get("windowEndLocal").asText()).isEqualTo("2001-01-01T12:00-05:00");
        assertThat(cli.run("results", "cents", "--zone", "Europe/Berlin", "--format", "csv")
                        .lines()
                        .get(0))
                .isEqualTo("key,windowStart,windowEnd,revision,value,windowStartLocal,windowEndLocal,pane");
    }

    @Test
    void earlyResultsAreShownAsSuch() throws Exception {
        String early = write("Early", ".early(Early.count(1))");
        assertThat(cli.run("run", early, "--until-end").out())
                .contains("written in all, early ones, updates and corrections counted.");
        List<String> panes = new ArrayList<>();
        for (JsonNode record : cli.run("tail", "cents", "--json").objects()) {
            panes.add(record.get("result").get("pane").asText());
            assertThat(record.get("result").get("takenBack").asBoolean()).isFalse();
        }
        assertThat(panes).contains("EARLY", "FINAL");
        assertThat(cli.run("tail", "cents").out()).contains(" early  {", " revision 0  {");
        assertThat(cli.run("results", "cents").out()).doesNotContain("EARLY");
        assertThat(cli.run("explain", early).out()).contains("every element is in up to 2 windows");
    }

    @Test
    void howLargeTheStateIs() {
        Outcome before = cli.run("explain", source);
        assertThat(before.out())
                .contains("sum accumulators by key and slice of time that up to 2 windows share")
                .doesNotContain("State now");

        cli.run("run", source, "--until-end");

        assertThat(cli.run("explain", source).out())
                .contains("State now", "0 accumulators, 0 bytes", "0 open, 2 closed that can be corrected")
                .contains("2 accumulators on the disk");
        JsonNode now = cli.run("explain", source, "--json")
                .objects()
                .get(0)
                .get("stateNow")
                .get(0);
        assertThat(now.get("operator").asText()).isEqualTo("aggregate");
        assertThat(now.get("correctableWindows").asInt()).isEqualTo(2);
        assertThat(now.get("closedEntries").asInt()).isEqualTo(2);
        assertThat(now.get("changelogBytes").asLong()).isPositive();
    }

    @Test
    void whereTheDataAreInUseItIsExplainedAllTheSame() {
        try (EmbeddedLog log = EmbeddedLog.open(cli.data, LogOptions.defaults())) {
            Outcome explained = cli.run("explain", source);

            assertThat(explained.exitCode()).isZero();
            assertThat(explained.out()).contains("cumulative windows of 1 d in steps of 12 h in America/New_York");
            assertThat(explained.err()).contains("The size of the state cannot be told");
            assertThat(log.topic("orders")).isPresent();
        }
    }

    @Test
    void aStateBudgetThatIsExceededIsAnErrorThatSaysWhatToDo() throws Exception {
        String running = Files.writeString(temp.resolve("Running.java"), """
                import io.tidemill.api.*;
                import io.tidemill.json.Json;

                public class Running {
                    public static Pipeline pipeline() {
                        return Pipeline.named("running").from(Topic.of("orders", Codec.text()))
                            .keyBy(text -> text).aggregate(Aggregate.count()).to("counts", Json.results());
                    }
                }
                """).toString();

        Outcome refused = cli.run("run", running, "--until-end", "--state-max", "100");

        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.err())
                .contains("would exceed its state budget of 100 bytes", "'aggregate'", "3 keys", "--state-max")
                .hasLineCount(1);
        assertThat(cli.run("run", running, "--until-end", "--state-max", "1MiB").exitCode())
                .isZero();
        assertThat(cli.run("audit", running).exitCode()).isZero();
    }
}
