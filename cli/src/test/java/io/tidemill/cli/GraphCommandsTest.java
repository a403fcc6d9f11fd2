package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command works on a pipeline of several sources, operators with state and ends, or refuses with a sentence. */
class GraphCommandsTest {
    private static final String SOURCE = """
            import io.tidemill.api.*;
            import io.tidemill.json.Json;
            import java.time.*;

            public class Shops {
                record Order(String shop, Instant at, int cents) {}

                static EventStream<Order> orders(String topic) {
                    return Pipeline.named("shops")
                        .from(Topic.of(topic, Json.of(Order.class)))
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO));
                }

                public static Pipeline pipeline() {
                    EventStream<Order> web = orders("web");
                    ResultStream<String, Long> hours = web.union(orders("phone"))
                        .keyBy(Order::shop)
                        .window(Tumbling.of(Duration.ofHours(1)))
                        .aggregate(Aggregate.sum(Order::cents)).as("hours");
                    return Pipeline.of(
                        hours.to("hourly", Json.results()),
                        hours.results(Codec.int64())
                            .keyBy(hour -> "all")
                            .window(Tumbling.of(Duration.ofDays(1)))
                            .aggregate(Aggregate.max(hour -> hour.value())).as("best")
                            .to("best-hour", Json.results()),
                        web.map(Order::shop).to("web-shops", Codec.text()));
                }
            }
            """;

    /** The last one is late for its hour. */
    private static final String WEB = """
            {"shop":"a","at":"2001-01-01T06:00:00Z","cents":100}
            {"shop":"a","at":"2001-01-01T18:00:00Z","cents":200}
            {"shop":"a","at":"2001-01-01T06:10:00Z","cents":400}
            """;

    private static final String PHONE = """
            {"shop":"b","at":"2001-01-01T06:00:00Z","cents":300}
            {"shop":"b","at":"not a time","cents":300}
            """;

    @TempDir
    Path temp;

    private Cli cli;
    private String source = "";

    @BeforeEach
    void load() throws Exception {
        cli = new Cli(temp.resolve("data"));
        source = Files.writeString(temp.resolve("Shops.java"), SOURCE).toString();
        cli.runWithInput(WEB, "load", "web", "-", "--partitions", "1");
        cli.runWithInput(PHONE, "load", "phone", "-", "--partitions", "2");
    }

    private List<Integer> values(String topic) {
        List<Integer> values = new ArrayList<>();
        for (JsonNode result : cli.run("results", topic).objects()) {
            values.add(result.get("value").asInt());
        }
        return values;
    }

    @Test
    void itIsRunAndCorrected() {
        JsonNode run = cli.run("run", source, "--until-end", "--json").summary();
        assertThat(run.get("read").asInt()).isEqualTo(5);
        assertThat(run.get("late").asInt()).isEqualTo(1);
        assertThat(run.get("deadLettered").asInt()).isEqualTo(1);
        assertThat(values("hourly")).containsExactlyInAnyOrder(100, 200, 300);
        assertThat(values("best-hour")).containsExactly(300);

        assertThat(cli.run("correct", source).out()).contains("1 late record folded in");
        assertThat(values("hourly")).containsExactlyInAnyOrder(500, 200, 300);
        assertThat(values("best-hour")).containsExactly(500);
        assertThat(cli.run("tail", "shops.late").out()).contains("read from web 0@2");
        assertThat(cli.run("tail", "shops.dead").out()).contains("read from phone ");
    }

    @Test
    void itIsExplainedWithTheStateOfEachOperator() {
        cli.run("run", source, "--until-end");
        assertThat(cli.run("explain", source).out())
                .contains(
                        "of eventTime, eventTime-2", "hours  windows    0 open, 2 closed", "best   windows    0 open");
        JsonNode json = cli.run("explain", source, "--json").objects().get(0);
        assertThat(json.get("stateNow")).hasSize(2);
        assertThat(json.get("windows")).hasSize(2);
        assertThat(json.get("times")).hasSize(2);
        assertThat(json.get("operators").get(0).get("inputs")).isEmpty();
    }

    @Test
    void itIsAudited() {
        cli.run("run", source, "--until-end");
        Outcome before = cli.run("audit", source);
        assertThat(before.exitCode()).isEqualTo(1);
        assertThat(before.out()).contains("1 of them because late records await", "results in best-hour");
        cli.run("correct", source);
        Outcome audit = cli.run("audit", source, "--json");
        assertThat(audit.exitCode()).isZero();
        assertThat(audit.summary().get("clean").asBoolean()).isTrue();
        assertThat(audit.summary().get("results").asInt()).as("sums, and shops").isEqualTo(3 + 3);
        assertThat(audit.summary().get("notCompared").get(0).asText()).isEqualTo("best-hour");
    }

    @Test
    void eachSourceIsAdvised() {
        assertThat(cli.run("advise", source).out())
                .contains(
                        "Pipeline 'shops', topic 'web', tumbling windows of 1 h of 'hours'",
                        "Pipeline 'shops', topic 'phone', tumbling windows of 1 h of 'hours'");
        assertThat(cli.run("advise", source, "--json").objects())
                .filteredOn(each -> each.get("type").asText().equals("summary"))
                .extracting(each -> each.get("topic").asText())
                .containsExactlyInAnyOrder("web", "phone");
        assertThat(cli.run("advise", source, "--json").objects())
                .filteredOn(each -> each.get("type").asText().matches("candidate|lateness"))
                .allSatisfy(each -> assertThat(each.get("operator").asText()).isEqualTo("hours"))
                .extracting(each -> each.get("topic").asText())
                .contains("web", "phone");
    }

    @Test
    void aSourceWithoutHistoryDoesNotKeepTheOthersFromBeingAdvised() throws Exception {
        String other = Files.writeString(
                        temp.resolve("Other.java"),
                        SOURCE.replace("Shops", "Other").replace("orders(\"web\")", "orders(\"fax\")"))
                .toString();
        Outcome advice = cli.run("advise", other);
        assertThat(advice.exitCode()).isZero();
        assertThat(advice.out() + advice.err()).contains("there is no topic 'fax'", "topic 'phone', tumbling windows");
    }

    @Test
    void sourcesAreToldAndTheDriftIsLimited() {
        assertThat(cli.run("run", source, "--until-end", "--drift-max", "1h").exitCode())
                .isZero();
        assertThat(cli.run("explain", source).out()).contains("Sources now", "web-0", "at 2001-01-01T18:00:00Z");
        assertThat(cli.run("run", source, "--until-end", "--drift-max", "0s").err())
                .contains("driftMax is 1 ms to 36,500 days");
        assertThat(cli.run("run", source, "--until-end", "--drift-max", "99999999999999d")
                        .err())
                .contains("driftMax is 1 ms to 36,500 days")
                .doesNotContain("should not have happened");
    }

    private static final String NAMED = """
            import io.tidemill.api.*;
            import java.time.*;

            public class Named {
                public static Pipeline pipeline() {
                    Pipeline.Start start = Pipeline.named("named");
                    Watermark watermark = Watermark.outOfOrderBy(Duration.ZERO);
                    Table<String, String> names =
                        start.table(Topic.of("names", Codec.text()), Codec.text(), watermark);
                    return start.from(Topic.of("lines", Codec.text()))
                        .eventTime(watermark)
                        .keyBy(line -> line)
                        .enrich(names)
                        .left((line, name) -> line + "=" + name, Codec.text())
                        .to("named-lines", Codec.text());
                }
            }
            """;

    @Test
    void enrichmentIsAuditedAndItsStateIsTold() throws Exception {
        String named = Files.writeString(temp.resolve("Named.java"), NAMED).toString();
        cli.runWithInput("a\nb\n", "load", "lines", "-", "--partitions", "1");
        cli.runWithInput("Anna\n", "load", "names", "-", "--partitions", "1");
        assertThat(cli.run("run", named, "--until-end").exitCode()).isZero();
        Outcome audit = cli.run("audit", named);
        assertThat(audit.exitCode()).isZero();
        assertThat(audit.out())
                .contains("none was compared; the ledger adds up", "Not recomputed (joins,", "named-lines")
                .doesNotContain("equal");
        assertThat(cli.run("explain", named).out())
                .contains("entries, ")
                .containsOnlyOnce("in all, which a start reads")
                .doesNotContain("accumulator");
    }
}
