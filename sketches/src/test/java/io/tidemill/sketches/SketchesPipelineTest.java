package io.tidemill.sketches;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.operations.ExplainPlan;
import io.tidemill.testkit.PipelineTestDriver;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Exact and approximate aggregates of one window side by side, through the engine. */
final class SketchesPipelineTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Instant START = Instant.parse("2024-02-29T08:00:00Z");

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());

    record Visit(long millis, String user, String page, long durationMillis) {
        Instant time() {
            return Instant.ofEpochMilli(millis);
        }
    }

    private static final Topic<Visit> VISITS = Topic.of("visits", new VisitCodec());

    private record VisitCodec() implements Codec<Visit> {
        @Override
        public Visit decode(byte[] bytes, int offset, int length) {
            ByteSource source = new ByteSource(bytes, offset, length);
            return new Visit(source.readVarlong(), source.readText(), source.readText(), source.readVarlong());
        }

        @Override
        public void encode(Visit visit, ByteSink sink) {
            sink.writeVarlong(visit.millis);
            sink.writeText(visit.user);
            sink.writeText(visit.page);
            sink.writeVarlong(visit.durationMillis);
        }

        @Override
        public String format() {
            return "visit";
        }
    }

    private static Aggregate<Visit, ?, String> aggregates() {
        Map<String, Aggregate<Visit, ?, ?>> exact = new LinkedHashMap<>();
        exact.put("visits", Aggregate.count());
        exact.put("users", Aggregate.countDistinct(Visit::user, Codec.text()));
        exact.put("pages", Aggregate.mostFrequent(Visit::page, Codec.text(), 3));
        exact.put("longest", Aggregate.topK(Visit::durationMillis, Visit::user, Codec.text(), 2));
        exact.put("shortest", Aggregate.minBy(Visit::durationMillis, Visit::user, Codec.text()));
        Map<String, Aggregate<Visit, ?, ?>> approximate = new LinkedHashMap<>();
        approximate.put("users", Sketches.approximateDistinct(Visit::user, Codec.text()));
        approximate.put("durations", Sketches.quantiles(Visit::durationMillis, 0.5, 0.99));
        approximate.put("pages", Sketches.frequentItems(Visit::page, Codec.text(), 3));
        return Aggregate.both(
                Aggregate.all(exact), Aggregate.all(approximate), (truth, estimates) -> truth + " / " + estimates);
    }

    private static <A> String expected(Aggregate<Visit, A, String> aggregate, List<Visit> visits) throws Exception {
        A accumulator = aggregate.create();
        for (Visit visit : visits) {
            accumulator = aggregate.add(accumulator, visit);
        }
        return aggregate.result(accumulator);
    }

    private static Pipeline pipeline() {
        return Pipeline.named("visits-per-hour")
                .from(VISITS)
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ofMinutes(5)))
                .keyBy(visit -> "site")
                .window(Tumbling.of(HOUR))
                .aggregate(aggregates())
                .to("visit-figures", result -> result.value(), Codec.text());
    }

    private static List<Visit> visits(Random random, Instant from, int count) {
        List<Visit> visits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long millis = from.toEpochMilli() + random.nextInt((int) HOUR.toMillis());
            String user = "user " + random.nextInt(900);
            String page = "page " + random.nextInt(1 + random.nextInt(200));
            visits.add(new Visit(millis, user, page, random.nextInt(100_000)));
        }
        return visits;
    }

    @Test
    void oneAnswerHoweverTheHourIsCutAndWhateverComesLate() throws Exception {
        Random random = new Random(seed);
        List<Visit> first = visits(random, START, 3_000);
        List<Visit> second = visits(random, START.plus(HOUR), 1_500);
        List<String> expected = List.of(expected(aggregates(), first), expected(aggregates(), second));
        assertThat(answers(first, second, 3_000, 1, 1, random))
                .as("seed %d", seed)
                .isEqualTo(expected);
        assertThat(answers(first, second, 50, 3, 2, random)).as("seed %d", seed).isEqualTo(expected);
    }

    /** Appends the hours in any order, a few records at a time, some of them late, and stops and goes on between. */
    private List<String> answers(
            List<Visit> first, List<Visit> second, int stepRecordsMax, int partitions, int lanes, Random random) {
        try (PipelineTestDriver driver = PipelineTestDriver.builder(pipeline())
                .partitions(partitions)
                .lanes(lanes)
                .build()) {
            int onTime = first.size() - 50;
            List<Visit> rest = new ArrayList<>(second);
            rest.addAll(first.subList(onTime, first.size()));
            for (List<Visit> hour : List.of(first.subList(0, onTime), rest)) {
                List<Visit> shuffled = new ArrayList<>(hour);
                Collections.shuffle(shuffled, random);
                append(driver, shuffled, stepRecordsMax, random);
            }
            driver.end();
            assertThat(driver.late()).isNotEmpty();
            driver.correct();
            assertThat(driver.ledger().imbalances()).isEmpty();
            assertThat(driver.deadLetters()).isEmpty();
            return driver.results(Codec.text());
        }
    }

    private static void append(PipelineTestDriver driver, List<Visit> visits, int stepRecordsMax, Random random) {
        int left = stepRecordsMax;
        for (Visit visit : visits) {
            driver.append(VISITS, visit.user, visit);
            if (--left == 0) {
                driver.run();
                left = 1 + random.nextInt(stepRecordsMax);
                if (random.nextInt(10) == 0) {
                    driver.restart();
                }
            }
        }
    }

    @Test
    void explainNamesThem() {
        ExplainPlan plan = ExplainPlan.of(pipeline());

        String words = plan.operators().stream()
                .filter(each -> each.name().equals("aggregate"))
                .map(ExplainPlan.Step::does)
                .findFirst()
                .orElseThrow();
        assertThat(words)
                .startsWith("folds with both(all(")
                .contains("users=approximateDistinct(text, xxh3, 12)")
                .contains("durations=quantiles(ddsketch, 64)")
                .contains("pages=frequentItems(text, 1000)")
                .doesNotContain("io.tidemill");
        assertThat(plan.state())
                .extracting(ExplainPlan.State::holds)
                .contains("both accumulators by key and open window");
    }

    @Test
    void valuesWithoutAPlaceAmongQuantilesAreDeadLettersAndNothingElse() {
        Pipeline median = Pipeline.named("median")
                .from(VISITS)
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ofMinutes(5)))
                .keyBy(Visit::page)
                .window(Tumbling.of(HOUR))
                .aggregate(Aggregate.both(
                        Aggregate.count(),
                        Sketches.quantiles(visit -> 6.0 / visit.durationMillis, 0.5),
                        (count, quantiles) -> count + " " + quantiles.count() + " " + quantiles.max()))
                .to("medians", result -> result.value(), Codec.text());
        try (PipelineTestDriver driver = PipelineTestDriver.of(median)) {
            for (long duration : new long[] {1, 0, 2, 3, 0}) {
                driver.append(VISITS, null, new Visit(START.toEpochMilli(), "a", "page", duration));
            }
            driver.end();
            assertThat(driver.results(Codec.text())).containsExactly("3 3 6.0");
            assertThat(driver.deadLetters())
                    .extracting(DeadLetter::errorMessage)
                    .hasSize(2)
                    .allSatisfy(each -> assertThat(each).contains("from -1e300 to 1e300, not of Infinity"));
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }

    @Test
    void canBeSentWithTheirPipeline() throws Exception {
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(aggregates());
    }

    @Test
    void tooManyDistinctValuesAreAResultThatFailedAndNoLostRecord() {
        Pipeline few = Pipeline.named("few")
                .from(VISITS)
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ofMinutes(5)))
                .keyBy(Visit::page)
                .window(Tumbling.of(HOUR))
                .aggregate(Aggregate.countDistinct(Visit::user, Codec.text(), 2))
                .to("users-per-page", result -> String.valueOf(result.value()), Codec.text());
        try (PipelineTestDriver driver = PipelineTestDriver.of(few)) {
            for (String user : List.of("a", "b", "a", "c")) {
                driver.append(VISITS, null, new Visit(START.toEpochMilli(), user, "crowded", 1));
                driver.append(VISITS, null, new Visit(START.toEpochMilli(), "a", "quiet", 1));
                driver.run();
            }
            driver.end();
            assertThat(driver.results(Codec.text())).containsExactly("1");
            assertThat(driver.deadLetters())
                    .extracting(DeadLetter::errorMessage)
                    .singleElement()
                    .asString()
                    .startsWith("more than 2 distinct values");
            assertThat(driver.ledger().imbalances()).isEmpty();
            assertThat(driver.ledger().total().read()).isEqualTo(8);
        }
    }
}
