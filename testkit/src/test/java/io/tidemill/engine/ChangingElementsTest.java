package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Row;
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.TestRecord;
import io.tidemill.testkit.oracle.Element;
import io.tidemill.testkit.oracle.Input;
import io.tidemill.testkit.oracle.Place;
import io.tidemill.testkit.oracle.WindowOracle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Windows over elements that are replaced and taken back later, as a correction does with the results of other windows: what
 * stands in the end is what the elements make that stand in the end, and a window all of whose elements are gone has nothing.
 */
final class ChangingElementsTest {
    private static final int STREAMS = Integer.getInteger("tidemill.property.cases", 300) / 3;
    private static final long BOUND = 10;

    /** An element of a source that says what became of a row. */
    private record Told(String key, long time, int number, int revision, boolean isRetracted, long value) {
        static Told of(String text) {
            String[] fields = text.split(",", -1);
            return new Told(
                    fields[0],
                    Long.parseLong(fields[1]),
                    Integer.parseInt(fields[2]),
                    Integer.parseInt(fields[3]),
                    Boolean.parseBoolean(fields[4]),
                    Long.parseLong(fields[5]));
        }

        String text() {
            return key + "," + time + "," + number + "," + revision + "," + isRetracted + "," + value;
        }

        RowChange change() {
            ByteSink origin = new ByteSink();
            origin.writeInt(number);
            return new RowChange(new Row(0, time, origin.toByteArray(), key + value), revision, isRetracted);
        }

        /** Of what is told of one row, the greatest stands. */
        boolean isAfter(Told other) {
            return revision != other.revision ? revision > other.revision : other.isRetracted && !isRetracted;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // it looks into what it is given, and its accumulators are its own
    private static Aggregate<RowChange, ?, Long> sum() {
        Aggregate<Object, Object, Object> inner =
                (Aggregate) Aggregate.<String>sum(value -> Long.parseLong(value.substring(2)));
        return (Aggregate) new RowsAggregate(inner, (Codec) Codec.text(), RowsAggregate.ROWS_MAX_DEFAULT);
    }

    private static Pipeline pipeline(Windowing windowing, Duration lateness) {
        return Pipeline.named("changing")
                .from(Topic.of("in", Codec.text()))
                .map(Told::of)
                .eventTime(told -> Instant.ofEpochMilli(told.time), Watermark.outOfOrderBy(Duration.ofMillis(BOUND)))
                // In place of the engine, which knows what an element's row is.
                .map(Told::change)
                .keyBy(change -> change.row().value().toString().substring(0, 2))
                .window(windowing)
                .allowedLateness(lateness)
                .correctableFor(Duration.ofDays(36_500))
                .aggregate(sum())
                .to("out", result -> String.valueOf(result.value()), Codec.text());
    }

    private static Map<Place<String>, Long> expected(Windowing windowing, List<Told> told) {
        WindowOracle<String, Told, Long> oracle = WindowOracle.of(
                windowing, Watermark.outOfOrderBy(Duration.ofMillis(BOUND)), Duration.ZERO, ChangingElementsTest::sum);
        List<Input<String, Told>> inputs =
                told.stream().map(each -> Input.of(each.key, each.time, each)).toList();
        Map<Place<String>, Long> all =
                new HashMap<>(oracle.answers(List.of(inputs)).all());
        all.values().removeIf(sum -> sum < 0);
        return all;
    }

    /** -1 if nothing stands. */
    private static long sum(List<Element<String, Told>> elements) {
        Map<Integer, Told> standing = new HashMap<>();
        for (Element<String, Told> each : elements) {
            standing.merge(each.value().number, each.value(), (known, now) -> now.isAfter(known) ? now : known);
        }
        standing.values().removeIf(Told::isRetracted);
        return standing.isEmpty()
                ? -1
                : standing.values().stream().mapToLong(Told::value).sum();
    }

    @Test
    void whatStandsInTheEndIsWhatItsElementsMake() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < STREAMS; i++) {
                SplittableRandom random = Seeds.random(seed + i, "case");
                Duration size = Duration.ofMillis(1 + random.nextInt(40));
                check(Tumbling.of(size), random);
                check(Sliding.of(size.multipliedBy(3), size), random);
                check(Session.withGap(size), random);
            }
        });
    }

    private static void check(Windowing windowing, SplittableRandom random) {
        List<Told> told = told(random);
        Duration lateness = Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(30));
        try (PipelineTestDriver driver = PipelineTestDriver.builder(pipeline(windowing, lateness))
                .lanes(1 + random.nextInt(3))
                .build()) {
            for (Told each : told) {
                driver.append(TestRecord.of(null, each.text().getBytes(StandardCharsets.UTF_8)));
                switch (random.nextInt(20)) {
                    case 0 -> driver.restart();
                    case 1 -> driver.correct();
                    case 2, 3, 4, 5 -> driver.run();
                    default -> {
                        // goes on
                    }
                }
            }
            driver.end();
            driver.correct();
            Map<Place<String>, Long> results = new HashMap<>();
            driver.results()
                    .forEach(each -> results.put(
                            new Place<>(Objects.requireNonNull(each.key()), Objects.requireNonNull(each.window())),
                            Long.valueOf(each.text())));
            String what = windowing.describe() + ", lateness " + lateness + ", " + told;
            assertThat(driver.deadLetters()).as(what).isEmpty();
            assertThat(results).as(what).isEqualTo(expected(windowing, told));
        }
    }

    /** Rows and what becomes of them, in any order. */
    private static List<Told> told(SplittableRandom random) {
        List<Told> told = new ArrayList<>();
        for (int number = random.nextInt(40); number >= 0; number--) {
            String key = "k" + random.nextInt(3);
            long time = random.nextInt(300);
            boolean stands = false;
            int revisions = random.nextInt(3) > 0 ? 1 : 1 + random.nextInt(3);
            for (int revision = 0; revision < revisions; revision++) {
                boolean comes = !stands || random.nextInt(3) > 0;
                if ((stands && random.nextBoolean()) || !comes) {
                    told.add(new Told(key, time, number, revision, true, 0));
                }
                if (comes) {
                    told.add(new Told(key, time, number, revision, false, random.nextInt(100)));
                }
                stands = comes;
            }
        }
        List<Told> mixed = new ArrayList<>();
        while (!told.isEmpty()) {
            mixed.add(told.remove(random.nextInt(told.size())));
        }
        return mixed;
    }
}
