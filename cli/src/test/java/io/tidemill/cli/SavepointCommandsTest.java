package io.tidemill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidemill.cli.Cli.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From one version of the code to the next, with the state. */
class SavepointCommandsTest {
    private static final String SOURCE = """
            import io.tidemill.api.*;
            import io.tidemill.json.Json;
            import java.time.*;
            import java.util.Map;

            public class Orders {
                record Order(String shop, Instant at, int cents) {}

                public static Pipeline pipeline() {
                    return Pipeline.named("NAME")
                        .from(Topic.of("orders", Json.of(Order.class)))
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO))
                        .keyBy(Order::shop)
                        .window(Tumbling.of(Duration.ofMinutes(MINUTES)))
                        .aggregate(Aggregate.all(Map.of(PARTS))).as("OPERATOR")
                        .to("totals", Json.results());
                }
            }
            """;

    private static final String FIRST = """
            {"shop":"a","at":"2001-01-01T00:00:01Z","cents":100}
            {"shop":"b","at":"2001-01-01T00:00:02Z","cents":200}
            {"shop":"a","at":"2001-01-01T00:01:01Z","cents":300}
            {"shop":"a","at":"2001-01-01T00:00:03Z","cents":1}
            """;

    private static final String SECOND = """
            {"shop":"a","at":"2001-01-01T00:01:07Z","cents":5}
            {"shop":"b","at":"2001-01-01T00:02:06Z","cents":7}
            """;

    @TempDir
    Path temp;

    private Cli cli;

    @BeforeEach
    void load() throws Exception {
        cli = new Cli(temp.resolve("data"));
        append(FIRST);
    }

    private void append(String orders) {
        assertThat(cli.runWithInput(orders, "load", "orders", "-", "--partitions", "1")
                        .exitCode())
                .isZero();
    }

    private String code(String name, int minutes, String operator, String parts) throws Exception {
        Path directory = Files.createDirectories(temp.resolve(name + minutes + operator));
        String text = SOURCE.replace("NAME", name)
                .replace("MINUTES", String.valueOf(minutes))
                .replace("OPERATOR", operator)
                .replace("PARTS", parts);
        return Files.writeString(directory.resolve("Orders.java"), text).toString();
    }

    @Test
    void stateMayBeInRocksDb() throws Exception {
        String orders = code("orders", 1, "sums", "\"cents\", Aggregate.sum(Order::cents)");
        assertThat(cli.run("run", orders, "--until-end", "--state", "rocksdb").exitCode())
                .isZero();
        assertThat(temp.resolve("data").resolve("state").resolve("orders")).isDirectory();
        append(SECOND);
        assertThat(cli.run("run", orders, "--until-end", "--state", "rocksdb").exitCode())
                .isZero();
        assertThat(cli.run("correct", orders, "--state", "rocksdb").exitCode()).isZero();
        assertThat(cli.run("audit", orders).exitCode()).isZero();
        assertThat(cli.run("explain", orders).exitCode()).isZero();
        assertThat(cli.run("savepoint", "create", orders).exitCode()).isZero();
        Outcome wrong = cli.run("run", orders, "--until-end", "--state", "disk");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("'disk' is neither memory nor rocksdb");
    }

    @Test
    void aChangedPipelineGoesOn() throws Exception {
        String before = code("orders", 1, "sums", "\"cents\", Aggregate.sum(Order::cents)");
        assertThat(cli.run("run", before, "--until-end").exitCode()).isZero();
        Outcome created = cli.run("savepoint", "create", before, "--json");
        assertThat(created.err()).isEmpty();
        JsonNode json = created.objects().get(0);
        String file = json.get("file").asText();
        assertThat(json.get("pipeline").asText()).isEqualTo("orders");
        assertThat(temp.resolve("data").resolve("savepoints").resolve(file)).exists();

        assertThat(cli.run("savepoint", "list").out()).contains(file, "orders");
        Outcome inspected = cli.run("savepoint", "inspect", file, "--pipeline", before);
        assertThat(inspected.exitCode()).isZero();
        assertThat(inspected.out())
                .contains("of pipeline 'orders'", "operator 'sums' (aggregate)", "windowing: tumbling windows of PT1M")
                .contains("{cents=");

        String after =
                code("orders", 1, "totals", "\"cents\", Aggregate.sum(Order::cents), \"n\", Aggregate.<Order>count()");
        Outcome refused = cli.run("savepoint", "check", file, after);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.out())
                .contains("REFUSED: operator 'sums' has", "say --rename sums=NEW", "It cannot be restored so.");
        Outcome checked = cli.run("savepoint", "check", file, after, "--rename", "sums=totals");
        assertThat(checked.exitCode()).isZero();
        assertThat(checked.out())
                .contains("renamed", "WARNING: 'sums': part 'n' is new and begins empty", "It can be restored.");

        Outcome idle =
                cli.run("savepoint", "check", file, after, "--rename", "sums=totals", "--reset-generator", "orders");
        assertThat(idle.exitCode()).isEqualTo(1);
        assertThat(idle.out()).contains("leave --reset-generator orders out");

        Outcome occupied = cli.run("savepoint", "restore", file, after, "--rename", "sums=totals");
        assertThat(occupied.exitCode()).isEqualTo(3);
        assertThat(occupied.err()).contains("pipeline 'orders' has state already: say --replace");
        Outcome restored = cli.run("savepoint", "restore", file, after, "--rename", "sums=totals", "--replace");
        assertThat(restored.exitCode()).isZero();
        assertThat(restored.out()).contains("restored into pipeline 'orders', in 1 commit. What it had before is in");

        append(SECOND);
        assertThat(cli.run("run", after, "--until-end").exitCode()).isZero();
        assertThat(cli.run("correct", after).exitCode()).isZero();
        JsonNode audit = cli.run("audit", after, "--json").summary();
        assertThat(audit.get("read").asInt()).isEqualTo(6);
    }

    private static final String GRAPH = """
            import io.tidemill.api.*;
            import io.tidemill.json.Json;
            import java.time.*;

            final class Shop {
                record Order(String shop, Instant at, long cents) {}

                static Pipeline pipeline() {
                    Pipeline.Start start = Pipeline.named("shop");
                    EventStream<Order> orders = start.from(Topic.of("orders", Json.of(Order.class)))
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO));
                    EventStream<Order> refunds = start.from(Topic.of("refunds", Json.of(Order.class)))
                        .eventTime(Order::at, Watermark.outOfOrderBy(Duration.ZERO));
                    Pipeline visits = orders.keyBy(Order::shop).window(Session.withGap(Duration.ofMinutes(1)))
                        .aggregate(Aggregate.sum(Order::cents)).as("visits").to("visits", Json.results());
                    Pipeline back = refunds.keyBy(Order::shop).window(Tumbling.of(Duration.ofMinutes(1)))
                        .aggregate(Aggregate.count()).as("back").to("back", Json.results());
                    return RETURN;
                }
            }
            """;

    @Test
    void aGraphLosesASource() throws Exception {
        assertThat(cli.runWithInput(SECOND, "load", "refunds", "-", "--partitions", "1")
                        .exitCode())
                .isZero();
        Path shop = Files.createDirectories(temp.resolve("both")).resolve("Shop.java");
        Files.writeString(shop, GRAPH.replace("RETURN", "Pipeline.of(visits, back)"));
        Path less = Files.createDirectories(temp.resolve("one")).resolve("Shop.java");
        Files.writeString(less, GRAPH.replace("RETURN", "visits"));
        assertThat(cli.run("run", shop.toString(), "--until-end").exitCode()).isZero();
        String file = cli.run("savepoint", "create", shop.toString(), "--json")
                .objects()
                .get(0)
                .get("file")
                .asText();
        Outcome inspected = cli.run("savepoint", "inspect", file, "--pipeline", shop.toString());
        assertThat(inspected.out())
                .contains(
                        "reads topic 'orders'",
                        "reads topic 'refunds'",
                        "operator 'visits' (aggregate)",
                        "results: visits, back")
                .contains("closed sessions");
        Outcome refused = cli.run("savepoint", "check", file, less.toString(), "--drop", "back");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.out())
                .contains("topic 'refunds': undecided", "or give its offsets up with --drop-source refunds");
        Outcome restored = cli.run(
                "savepoint",
                "restore",
                file,
                less.toString(),
                "--drop",
                "back",
                "--drop-source",
                "refunds",
                "--replace");
        assertThat(restored.exitCode()).isZero();
        assertThat(restored.out()).contains("topic 'refunds': dropped", "restored into pipeline 'shop'");
        append(SECOND);
        assertThat(cli.run("run", less.toString(), "--until-end").exitCode()).isZero();
        assertThat(cli.run("correct", less.toString()).exitCode()).isZero();
    }

    @Test
    void whatIsRefused() throws Exception {
        String before = code("orders", 1, "sums", "\"cents\", Aggregate.sum(Order::cents)");
        Outcome nothing = cli.run("savepoint", "create", before);
        assertThat(nothing.exitCode()).isEqualTo(3);
        assertThat(nothing.err()).contains("pipeline 'orders' has no state here: run it first");
        assertThat(cli.run("run", before, "--until-end").exitCode()).isZero();
        String file = cli.run("savepoint", "create", before, "--json")
                .objects()
                .get(0)
                .get("file")
                .asText();
        String wider = code("orders", 5, "sums", "\"cents\", Aggregate.sum(Order::cents)");
        JsonNode check =
                cli.run("savepoint", "check", file, wider, "--json").objects().get(0);
        assertThat(check.get("restorable").asBoolean()).isFalse();
        assertThat(check.get("refusals").get(0).asText())
                .isEqualTo(
                        "operator 'sums' is not what it was: it had tumbling windows of PT1M, now tumbling windows of"
                                + " PT5M; state of those windows does not make these. Change the windows back, or give the state up"
                                + " with --drop sums");
        assertThat(cli.run("savepoint", "restore", file, wider).exitCode()).isEqualTo(1);
        assertThat(cli.run("run", wider, "--until-end").err()).contains("tidemill savepoint check");
        Outcome none = cli.run("savepoint", "inspect", "nothing.savepoint");
        assertThat(none.exitCode()).isEqualTo(3);
        assertThat(none.err()).contains("there is no savepoint");
        Path damaged = temp.resolve("data").resolve("savepoints").resolve(file);
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2] ^= 4;
        Files.write(damaged, bytes);
        Outcome inspected = cli.run("savepoint", "inspect", file);
        assertThat(inspected.exitCode()).isEqualTo(3);
        assertThat(inspected.err()).contains("is no savepoint, or a damaged one");
        assertThat(cli.bare("savepoint").err()).contains("create, list, inspect, check or restore");
    }
}
