package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.cli.Cli.Outcome;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that take a pipeline, each on its own and one after the other. */
class PipelineCommandsTest {
    private static final String SOURCE = """
            import io.tidemill.api.*;
            import io.tidemill.json.Json;
            import java.time.*;

            public class Orders {
                record Order(String shop, Instant at, int cents) {}

                public static Pipeline pipeline() {
                    return Pipeline.named("orders-per-minute")
                        .from(Topic.of("orders", Json.of(Order.class)))
                        .filter(order -> order.cents() > 0)
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO))
                        .keyBy(Order::shop)
                        .window(Tumbling.of(Duration.ofMinutes(1)))
                        .aggregate(Aggregate.sum(Order::cents))
                        .to("cents-per-minute", Json.results());
                }
            }
            """;

    /** Two windows; the fourth order is late for the first of them, the sixth is filtered, the last is no order. */
    private static final String ORDERS = """
            {"shop":"a","at":"2001-01-01T00:00:01Z","cents":100}
            {"shop":"b","at":"2001-01-01T00:00:02Z","cents":200}
            {"shop":"a","at":"2001-01-01T00:01:01Z","cents":300}
            {"shop":"a","at":"2001-01-01T00:00:03Z","cents":1}
            {"shop":"b","at":"2001-01-01T00:01:05Z","cents":400}
            {"shop":"b","at":"2001-01-01T00:01:06Z","cents":0}
            {"shop":
            """;

    @TempDir
    Path temp;

    private Cli cli;
    private String source = "";

    @BeforeEach
    void load() throws Exception {
        cli = new Cli(temp.resolve("data"));
        source = Files.writeString(temp.resolve("Orders.java"), SOURCE).toString();
        assertThat(cli.runWithInput(ORDERS, "load", "orders", "-", "--partitions", "1")
                        .exitCode())
                .isZero();
    }

    private static void assertFates(JsonNode summary) {
        assertThat(summary.get("read").asInt()).isEqualTo(7);
        assertThat(summary.get("onTime").asInt()).isEqualTo(4);
        assertThat(summary.get("late").asInt()).isEqualTo(1);
        assertThat(summary.get("filtered").asInt()).isEqualTo(1);
        assertThat(summary.get("deadLettered").asInt()).isEqualTo(1);
    }

    @Test
    void runCorrectAuditResults() {
        JsonNode run = cli.run("run", source, "--until-end", "--json").summary();
        assertFates(run);
        assertThat(run.get("results").asInt()).isEqualTo(4);
        assertThat(run.get("corrected").asInt()).isZero();
        assertThat(run.get("durability").asText()).isEqualTo("DISK");

        Outcome early = cli.run("audit", source, "--json");
        assertThat(early.exitCode()).isEqualTo(1);
        assertThat(early.objects().get(0).get("type").asText()).isEqualTo("mismatch");
        assertThat(early.objects().get(0).get("key").asText()).isEqualTo("a");
        assertThat(early.summary().get("mismatches").asInt()).isEqualTo(1);
        assertThat(early.summary().get("awaitingCorrection").asInt()).isEqualTo(1);
        assertThat(cli.run("audit", source).out()).startsWith("Audit NOT EQUAL").contains("'tidemill correct'");

        JsonNode corrected = cli.run("correct", source, "--json").summary();
        assertFates(corrected);
        assertThat(corrected.get("corrected").asInt()).isEqualTo(1);
        assertThat(corrected.get("now").get("results").asInt()).isEqualTo(1);

        Outcome audited = cli.run("audit", source, "--json");
        assertThat(audited.exitCode()).isZero();
        assertThat(audited.lines()).hasSize(1);
        assertFates(audited.summary());
        assertThat(audited.summary().get("results").asInt()).isEqualTo(4);
        assertThat(audited.summary().get("mismatches").asInt()).isZero();

        assertThat(cli.run("results", "cents-per-minute").lines())
                .containsExactly(
                        result("a", "00:00", "00:01", 1, 101),
                        result("a", "00:01", "00:02", 0, 300),
                        result("b", "00:00", "00:01", 0, 200),
                        result("b", "00:01", "00:02", 0, 400));
        assertThat(cli.run("results", "cents-per-minute", "--format", "csv").lines())
                .startsWith(
                        "key,windowStart,windowEnd,revision,value,pane",
                        "a,2001-01-01T00:00:00Z,2001-01-01T00:01:00Z,1,101,CORRECTION")
                .hasSize(5);
    }

    private static String result(String key, String start, String end, int revision, int value) {
        return "{\"key\":\"" + key + "\",\"windowStart\":\"2001-01-01T" + start + ":00Z\",\"windowEnd\":\"2001-01-01T"
                + end + ":00Z\",\"revision\":" + revision + ",\"value\":" + value + ",\"pane\":\""
                + (revision == 0 ? "FINAL" : "CORRECTION") + "\"}";
    }

    @Test
    void theSameForPeople() {
        Outcome run = cli.run("run", source, "--until-end", "--trigger", "10s", "--lanes", "2");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("has read 7 records", "durability DISK", "read =", "all partitions", "4 results written")
                .contains("1 late record in 'orders-per-minute.late'")
                .contains("1 dead letter in 'orders-per-minute.dead'");
        assertThat(run.err()).isEmpty();
        assertThat(cli.run("tail", "orders-per-minute.late").out())
                .contains("late for 2001-01-01 00:00 to 00:01 by 1s; read from orders 0@3");
        assertThat(cli.run("tail", "orders-per-minute.dead").out())
                .contains("dead: DATA UNDECODABLE at 'from'", "read from orders 0@6; tried 1 time");
        assertThat(cli.run("tail", "cents-per-minute").out()).contains("  a  2001-01-01 00:00 to 00:01 revision 0  {");
        assertThat(cli.run("correct", source).out()).contains("1 late record folded in, 1 result emitted again");
        assertThat(cli.run("audit", source).out()).startsWith("Audit equal: all 4 results");
        assertThat(cli.run("topics", "describe", "orders").out()).contains("lag of orders-per-minute");
    }

    @Test
    void envelopesAsObjects() {
        cli.run("run", source, "--until-end");
        JsonNode late =
                cli.run("tail", "orders-per-minute.late", "--json").objects().get(0);
        assertThat(late.get("headers")).isEmpty();
        assertThat(late.get("late").get("origin").get("offset").asInt()).isEqualTo(3);
        assertThat(late.get("late").get("windows").get(0).get("byMillis").asInt())
                .isEqualTo(1_000);
        JsonNode dead =
                cli.run("tail", "orders-per-minute.dead", "--json").objects().get(0);
        assertThat(dead.get("value").asText()).isEqualTo("{\"shop\":");
        assertThat(dead.get("dead").get("class").asText()).isEqualTo("DATA");
        assertThat(dead.get("dead").get("codeVersion").asText()).startsWith("source-");
        JsonNode result =
                cli.run("tail", "cents-per-minute", "--json").objects().get(0);
        assertThat(result.get("result").get("windowStart").asText()).isEqualTo("2001-01-01T00:00:00Z");
        assertThat(result.has("keyBase64") || result.has("key")).isTrue();
    }

    @Test
    void runsUntilStopped() throws Exception {
        Cli.Running running = cli.start("run", source, "--json");
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!hasTold(running.out(), 7, 2) && !running.isDone() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(running.isDone()).isFalse();
        cli.stop.request();
        Outcome stopped = running.await();
        assertThat(stopped.exitCode()).isZero();
        assertThat(stopped.summary().get("read").asInt()).isEqualTo(7);
        // The last window is still open.
        assertThat(stopped.summary().get("results").asInt()).isEqualTo(2);
    }

    /** In a line of its own while it runs. */
    private static boolean hasTold(String out, int read, int results) {
        return out.substring(0, out.lastIndexOf('\n') + 1)
                .lines()
                .map(Cli::parse)
                .anyMatch(status -> status.path("read").asInt() == read
                        && status.path("results").asInt() == results);
    }

    @Test
    void explainNeedsNoData() {
        Cli empty = new Cli(temp.resolve("empty"));
        Outcome explained = empty.run("explain", source);
        assertThat(explained.exitCode()).isZero();
        assertThat(explained.out()).contains("orders-per-minute", "cents-per-minute", "tumbling");
        JsonNode json = empty.run("explain", source, "--json").objects().get(0);
        assertThat(json.get("name").asText()).isEqualTo("orders-per-minute");
        assertThat(json.get("operators")).isNotEmpty();
        assertThat(empty.data).doesNotExist();
    }

    @Test
    void builtInPipelinesByName() {
        for (String name : List.of(
                "hourly-departures",
                "busiest-hours",
                "departures-so-far",
                "hourly-page-views",
                "page-views-live",
                "running-page-views",
                "nexmark-q3",
                "nexmark-q4",
                "nexmark-q5",
                "nexmark-q8",
                "nexmark-sales")) {
            assertThat(cli.run("explain", name).out()).contains("'" + name + "'");
        }
    }

    /** A pipeline as a class. */
    public static final class Words {
        private Words() {}

        public static Pipeline pipeline() {
            return Pipeline.named("words")
                    .from(Topic.of("orders", Codec.text()))
                    .keyBy(text -> text.substring(0, 2))
                    .aggregate(Aggregate.count())
                    .to("word-counts", Json.results());
        }
    }

    @Test
    void aClassOnTheClassPath() {
        JsonNode run =
                cli.run("run", Words.class.getName(), "--until-end", "--json").summary();
        assertThat(run.get("onTime").asInt()).isEqualTo(7);
        assertThat(cli.run("results", "word-counts").lines()).containsExactly("{\"key\":\"{\\\"\",\"value\":7}");
        assertThat(cli.run("audit", Words.class.getName()).exitCode()).isZero();
        assertThat(cli.run("correct", Words.class.getName()).out()).startsWith("0 late records folded in");
    }

    @Test
    void resultsThatAreNotOurJsonAreWrapped() throws Exception {
        cli.run("topics", "create", "plain", "--partitions", "1");
        try (EmbeddedLog log = EmbeddedLog.open(cli.data, LogOptions.defaults())) {
            TopicPartition partition = new TopicPartition("plain", 0);
            for (String[] each : new String[][] {
                {"k", "old"}, {"k", "new"}, {"j", "{\"a\":1.0,\"b\":[2]}"}, {"gone", "x"},
            }) {
                log.commit(Commit.of(partition, 0, bytes(each[0]), bytes(each[1])));
            }
            log.commit(Commit.of(partition, 0, bytes("gone"), null));
            log.commit(Commit.of(partition, 0, null, bytes("no key")));
            log.commit(Commit.of(partition, 0, bytes("z"), new byte[] {(byte) 0xff}));
        }
        Outcome results = cli.run("results", "plain");
        assertThat(results.lines())
                .containsExactly(
                        "{\"key\":\"j\",\"value\":{\"a\":1.0,\"b\":[2]}}",
                        "{\"key\":\"k\",\"value\":\"new\"}",
                        "{\"key\":\"z\",\"valueBase64\":\"/w==\"}");
        assertThat(results.err()).contains("1 record without a key left out");
        assertThat(cli.run("results", "plain", "--format", "csv").lines())
                .containsExactly("key,value.a,value.b,value,valueBase64", "j,1.0,[2],,", "k,,,new,", "z,,,,/w==");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void errorsInSourceAreShownWithTheirLines() throws Exception {
        Path broken =
                Files.writeString(temp.resolve("Broken.java"), "public class Broken {\n    int x = \"text\";\n}\n");
        Outcome refused = cli.run("run", broken.toString());
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.err())
                .contains("does not compile", broken + ":2: incompatible types")
                .doesNotContain("\tat ");
    }

    @Test
    void sourcesThatHoldNoOnePipeline() throws Exception {
        Path none = Files.writeString(temp.resolve("None.java"), "class None {}");
        assertThat(cli.run("run", none.toString()).err()).contains("holds no pipeline");
        Path two = Files.writeString(
                temp.resolve("Two.java"),
                "import io.tidemill.api.*; class A { static Pipeline pipeline() { return null; } }"
                        + " class B { static Pipeline pipeline() { return null; } }");
        assertThat(cli.run("run", two.toString()).err()).contains("holds 2 pipelines");
        Path invalid = Files.writeString(
                temp.resolve("Invalid.java"),
                "import io.tidemill.api.*; class Invalid { static Pipeline pipeline() {"
                        + " return Pipeline.named(\"x\").from(Topic.of(\"t\", Codec.text())).to(\"t\", Codec.text()); } }");
        Outcome refused = cli.run("run", invalid.toString());
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.err()).contains("it reads and writes 't'").hasLineCount(1);
        Path throwing = Files.writeString(
                temp.resolve("Throwing.java"),
                "import io.tidemill.api.*; class Throwing { static Pipeline pipeline() {"
                        + " throw new IllegalStateException(\"no luck\"); } }");
        assertThat(cli.run("explain", throwing.toString()).err()).contains("Throwing.pipeline() failed", "no luck");
    }

    @Test
    void whatHasNotRunCannotBeCorrectedOrAudited() {
        for (String command : List.of("correct", "audit")) {
            Outcome refused = cli.run(command, source);
            assertThat(refused.exitCode()).isEqualTo(3);
            assertThat(refused.err()).contains("has not run").hasLineCount(1);
        }
    }

    @Test
    void aSourceTopicThatIsMissing() {
        Outcome refused = cli.run("run", "hourly-departures", "--until-end");
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.err())
                .contains("topic 'departures', which does not exist")
                .hasLineCount(1);
    }
}
