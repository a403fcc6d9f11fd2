package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.json.Json;
import io.tidemill.log.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdvisorTest {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int RUNS = 5;

    @TempDir
    Path directory;

    private static Advice advise(Scene scene, Pipeline pipeline, AdviceRequest request) {
        return Advisor.of(scene.log, pipeline).advise(request, (done, total) -> {});
    }

    private static Advice advise(Scene scene, Pipeline pipeline) {
        return advise(scene, pipeline, AdviceRequest.ofAll());
    }

    /** The same but for its name and the bound: runs under two bounds do not meet. */
    private static Pipeline withBound(Duration bound, Windowing windowing, Duration lateness) {
        EventStream<Visit> visits = Pipeline.named("bound-" + bound.toMillis())
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .map(Visit::parse)
                .filter(visit -> visit.number() != 5)
                .flatMap(AdvisorTest::spread)
                .eventTime(Visit::time, Watermark.outOfOrderBy(bound));
        return visits.keyBy(Visit::key)
                .window(windowing)
                .allowedLateness(lateness)
                .correctableFor(Duration.ofDays(365))
                .aggregate(Aggregate.sum(AdvisorTest::number))
                .to("sums-" + bound.toMillis(), Json.results());
    }

    private static long number(Visit visit) {
        if (visit.number() == 7) {
            throw new IllegalStateException("7");
        }
        return visit.number();
    }

    private static List<Visit> spread(Visit visit) {
        List<Visit> all = new ArrayList<>();
        for (long i = visit.number() == 6 ? 0 : 1 + visit.number() % 3; i > 0; i--) {
            all.add(new Visit(visit.key() + i % 2, visit.second() - 45 * (i - 1), visit.number()));
        }
        return all;
    }

    private static void append(Scene scene, int partitions, Random random) {
        long second = -5_000;
        for (int i = 0; i < 250; i++) {
            second += random.nextInt(12);
            long time = second - random.nextInt(random.nextInt(8) == 0 ? 1_000 : 60);
            scene.append(
                    random.nextInt(partitions),
                    random.nextInt(40) == 0
                            ? "?"
                            : new Visit("k" + random.nextInt(3), time, random.nextInt(30)).text());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whatItSaysWouldBeLateIsWhatTheEngineCounts(long seed) {
        for (int i = 0; i < RUNS; i++) {
            long run = seed * 1_000 + i;
            Random random = new Random(run);
            int partitions = 1 + random.nextInt(3);
            try (Scene scene = new Scene(directory.resolve("run-" + run), partitions)) {
                append(scene, partitions, random);
                scene.options = EngineOptions.defaults().stepBytesMax(1024);
                Windowing window = windowing(random);
                Duration lateness = Duration.ofSeconds(random.nextBoolean() ? 0 : random.nextInt(100));
                Advice advice = advise(
                        scene,
                        withBound(Duration.ofSeconds(random.nextInt(50)), window, lateness),
                        AdviceRequest.ofAll()
                                .bounds(List.of(
                                        Duration.ofMillis(random.nextInt(100_000)),
                                        Duration.ofMillis(random.nextInt(1_000_000)))));
                assertThat(advice.candidates().size()).isGreaterThan(4);
                for (Advice.Candidate candidate : advice.candidates()) {
                    Ledger ledger = scene.run(withBound(candidate.bound(), window, lateness));
                    check(advice, candidate, ledger.total(), "seed " + run + ", " + candidate);
                }
            }
        }
    }

    private static Windowing windowing(Random random) {
        Duration size = Duration.ofSeconds(20 + random.nextInt(60));
        return switch (random.nextInt(4)) {
            case 0 -> Sliding.of(size, size.dividedBy(2 + random.nextInt(5)).plusMillis(1));
            case 1 -> Cumulative.of(size.multipliedBy(4), size);
            default -> Tumbling.of(size);
        };
    }

    private static void check(Advice advice, Advice.Candidate candidate, Ledger.Records counted, String what) {
        assertThat(candidate.lateRecords()).as(what).isEqualTo(counted.late());
        assertThat(candidate.onTimeRecords()).as(what).isEqualTo(counted.onTime());
        assertThat(advice.history().filtered()).as(what).isEqualTo(counted.filtered());
        assertThat(advice.history().deadLettered()).as(what).isEqualTo(counted.deadLettered());
        assertThat(advice.history().records()).as(what).isEqualTo(counted.read());
    }

    @Test
    void aRecordThatIsLateForTooManyWindowsMovesNoWatermark() {
        try (Scene scene = new Scene(directory, 1)) {
            scene.append(0, "a,900000,1", "burst,800000,1", "a,899940,1", "a,800000,1");
            List<Duration> bounds = List.of(Duration.ZERO, Duration.ofDays(1), Duration.ofDays(2));
            Advice advice =
                    advise(scene, bursts(Duration.ZERO), AdviceRequest.ofAll().bounds(bounds));
            for (Duration bound : bounds) {
                Ledger.Records counted = scene.run(bursts(bound)).total();
                Advice.Candidate candidate = advice.candidate(bound);
                assertThat(candidate.lateRecords()).as(bound.toString()).isEqualTo(counted.late());
                assertThat(candidate.onTimeRecords()).as(bound.toString()).isEqualTo(counted.onTime());
            }
            assertThat(scene.run(bursts(Duration.ZERO)).total().deadLettered()).isEqualTo(1);
        }
    }

    private static Pipeline bursts(Duration bound) {
        return Pipeline.named("bursts-" + bound.toMillis())
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .map(Visit::parse)
                .flatMap(AdvisorTest::burst)
                .eventTime(Visit::time, Watermark.outOfOrderBy(bound))
                .keyBy(Visit::key)
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .correctableFor(Duration.ofDays(365))
                .aggregate(Aggregate.count())
                .to("burst-counts-" + bound.toMillis(), Json.results());
    }

    private static List<Visit> burst(Visit visit) {
        List<Visit> all = new ArrayList<>();
        for (int i = 0; i < (visit.key().equals("burst") ? 6_000 : 1); i++) {
            all.add(new Visit(visit.key(), visit.second() + i, visit.number()));
        }
        // The last one is newer than all before.
        all.add(visit.key().equals("burst") ? new Visit("burst", 950_000, 1) : visit);
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void openAccumulatorsAndDelaysAreThoseOfASimpleCount(int partitions) {
        Random random = new Random(5);
        try (Scene scene = new Scene(directory, partitions)) {
            List<Visit> visits = new ArrayList<>();
            for (long i = 0, second = 0; i < 500; i++) {
                second += random.nextInt(10);
                visits.add(new Visit("k" + random.nextInt(5), second - random.nextInt(100), 1));
                scene.append((int) i % partitions, visits.get(visits.size() - 1).text());
            }
            Advice advice = advise(scene, Scene.sums());
            for (Advice.Candidate candidate : advice.candidates()) {
                Duration bound = candidate.bound();
                String what = candidate.toString();
                long peak = candidate.accumulatorsPeak();
                assertThat(peak).as(what).isEqualTo(peak(visits, partitions, bound.toSeconds()));
                assertThat(candidate.accumulatorsTypical()).as(what).isBetween(1L, peak);
                assertThat(candidate.bytesPeak()).as(what).isBetween(15 * peak, 30 * peak);
                assertThat(candidate.delayTypical()).as(what).isBetween(bound, bound.plusSeconds(100));
                assertThat(candidate.delayMax()).as(what).isBetween(candidate.delayTypical(), bound.plusSeconds(110));
            }
        }
    }

    /** The most (key, minute) that are open after any visit and before the windows that it ends are closed. */
    private static int peak(List<Visit> visits, int partitions, long boundSeconds) {
        Set<String> open = new HashSet<>();
        long[] newest = new long[partitions];
        Arrays.fill(newest, Long.MIN_VALUE);
        int peak = 0;
        for (int i = 0; i < visits.size(); i++) {
            Visit visit = visits.get(i);
            int partition = i % partitions;
            long end = Math.floorDiv(visit.second(), 60) * 60 + 60;
            if (newest[partition] == Long.MIN_VALUE || end > newest[partition] - boundSeconds) {
                open.add(visit.key() + "@" + end);
            }
            peak = Math.max(peak, open.size());
            newest[partition] = Math.max(newest[partition], visit.second());
            long slowest = Arrays.stream(newest).min().orElseThrow();
            if (slowest != Long.MIN_VALUE) {
                open.removeIf(each -> Long.parseLong(each.substring(each.indexOf('@') + 1)) <= slowest - boundSeconds);
            }
        }
        return peak;
    }

    /** Every hundredth visit is five minutes behind, as in the rule's own words. */
    private static void fiveMinutesOf(Scene scene, int count) {
        for (int i = 0; i < count; i++) {
            long second = 10_000 + i * 10L;
            scene.append(0, "a," + (i % 80 == 79 ? second - 310 : second) + ",1");
        }
    }

    @Test
    void aPercentileOfFiveMinutesMakesABoundOfTen() {
        try (Scene scene = new Scene(directory, 1)) {
            fiveMinutesOf(scene, 2_000);
            Advice advice = advise(scene, Scene.sums());
            assertThat(advice.lateness().p99()).isEqualTo(Duration.ofMinutes(5));
            assertThat(advice.lateness().p50()).isZero();
            assertThat(advice.lateness().max()).isEqualTo(Duration.ofMinutes(5));
            assertThat(advice.recommended()).isEqualTo(Duration.ofMinutes(10));
            assertThat(advice.ofRecommended().lateRecords()).isZero();
            assertThat(advice.inForce().bound()).isEqualTo(Duration.ofSeconds(10));
            assertThat(advice.inForce().lateRecords()).isEqualTo(25);
            assertThat(advice.inForce().lateShare()).isEqualTo(0.0125);
            assertThat(String.join("\n", advice.conclusion()))
                    .contains("at most 5 min behind", "a bound of 10 min", "The bound in force, 10 s, makes 1.3 %")
                    .contains("10 min would make 0 %", "9 min 50 s later", "more accumulators");
            assertThat(advice.warnings()).isEmpty();
        }
    }

    @Test
    void whatThePipelineSawIsToldBesideHistory() {
        try (Scene scene = new Scene(directory, 1)) {
            fiveMinutesOf(scene, 2_000);
            LatenessSketch live = new LatenessSketch(LatenessSketch.DIGITS_LIVE);
            LatenessSketch other = new LatenessSketch(LatenessSketch.DIGITS_LIVE);
            for (int i = 0; i < 100; i++) {
                live.add(i < 90 ? 0 : 3_600_000, i < 90 ? -1 : 3_000_000);
                other.add(0, -1);
            }
            Advice advice = Advisor.of(scene.log, Scene.sums())
                    .live(List.of(live, other))
                    .advise(AdviceRequest.ofAll(), (done, total) -> {});
            assertThat(advice.live()).isNotNull();
            if (advice.live() != null) {
                assertThat(advice.live().lateness().elements()).isEqualTo(200);
                assertThat(advice.live().lateness().max()).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
                assertThat(advice.live().lateShareInForce()).isEqualTo(0.05);
                assertThat(advice.live().lateShareRecommended()).isEqualTo(0.05);
            }
            assertThat(advice.warnings())
                    .singleElement()
                    .asString()
                    .contains("saw while it ran", "is 5 min", "trust the longer one");
            assertThat(Advisor.of(scene.log, Scene.sums())
                            .live(List.of())
                            .advise(AdviceRequest.ofAll(), (done, total) -> {})
                            .live())
                    .isNull();
        }
    }

    @Test
    void aPipelineKeepsWhatItSees() {
        Random random = new Random(6);
        try (Scene scene = new Scene(directory, 2)) {
            scene.options = EngineOptions.defaults().stepBytesMax(1024).stateLogBytesMin(2_000);
            Pipeline pipeline = withBound(Duration.ofSeconds(30), Tumbling.of(WINDOW), Duration.ofSeconds(5));
            for (int restarts = 0; restarts < 4; restarts++) {
                append(scene, 2, random);
                scene.run(pipeline);
            }
            SortedMap<TopicPartition, LatenessSketch> seen = Engine.on(scene.log, scene.options)
                    .status(pipeline)
                    .orElseThrow()
                    .lateness();
            Advice advice = Advisor.of(scene.log, pipeline)
                    .live(seen.values())
                    .advise(AdviceRequest.ofAll(), (done, total) -> {});
            assertThat(seen).hasSize(2);
            long elements = advice.history().elements();
            assertThat(advice.live()).isNotNull();
            if (advice.live() != null) {
                assertThat(advice.live().lateness().elements()).isBetween(elements * 9 / 10, elements);
                assertThat(advice.live().lateness().p90().toMillis()
                                / (double) advice.lateness().p90().toMillis())
                        .isBetween(0.8, 1.25);
                double ofElements = (double) advice.inForce().lateWindows() / elements;
                assertThat(advice.live().lateShareInForce()).isBetween(ofElements * 0.8, ofElements * 1.25);
            }
            assertThat(scene.audit(pipeline).imbalances()).isEmpty();
        }
    }

    @Test
    void theBoundThatIsRightIsLeftAlone() {
        try (Scene scene = new Scene(directory, 1)) {
            fiveMinutesOf(scene, 2_000);
            Pipeline pipeline = Scene.visits(Duration.ofMinutes(10))
                    .keyBy(Visit::key)
                    .window(Tumbling.of(WINDOW))
                    .aggregate(Aggregate.count())
                    .to(Scene.RESULTS, Json.results());
            Advice advice = advise(scene, pipeline);
            assertThat(advice.conclusion().get(1)).contains("10 min", "leave it");
            assertThat(advice.conclusion()).hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    void itReadsAStretch() {
        try (Scene scene = new Scene(directory, 2)) {
            for (int i = 0; i < 100; i++) {
                scene.append(i % 2, "a," + i + ",1");
            }
            Advice part = advise(scene, Scene.sums(), AdviceRequest.ofAll().recordsMax(30));
            assertThat(part.history().records()).isEqualTo(30);
            assertThat(part.history().isPart()).isTrue();
            assertThat(part.partitions()).hasSize(2);
            assertThat(part.warnings()).anyMatch(each -> each.startsWith("History is short: of 30 elements"));
            assertThat(advise(scene, Scene.sums(), AdviceRequest.ofAll().recordsMax(100))
                            .history()
                            .isPart())
                    .isFalse();
            Instant appended = Instant.ofEpochSecond(Scene.NOW_SECOND);
            assertThat(advise(scene, Scene.sums(), AdviceRequest.ofAll().from(appended))
                            .history()
                            .records())
                    .isEqualTo(100);
            assertThatThrownBy(() ->
                            advise(scene, Scene.sums(), AdviceRequest.ofAll().from(appended.plusSeconds(1))))
                    .isInstanceOf(AdviceException.class)
                    .hasMessageContaining("nothing to draw advice from");
        }
    }

    @Test
    void partitionsThatDifferAndTwoHumpsAreToldOf() {
        Random random = new Random(8);
        try (Scene scene = new Scene(directory, 2)) {
            for (int i = 0; i < 3_000; i++) {
                boolean offline = i % 2 == 1 && random.nextInt(20) == 0;
                long behind = offline ? 20_000 + random.nextInt(20_000) : random.nextInt(60);
                scene.append(i % 2, "a," + (100_000 + i * 5 - behind) + ",1");
            }
            Advice advice = advise(scene, Scene.sums());
            assertThat(String.join("\n", advice.warnings()))
                    .contains("Partitions differ much", "in visits-0 and", "in visits-1.")
                    .contains("two humps", "% of elements")
                    .contains("it spans");
        }
    }

    @Test
    void whereNothingCanBeLateThereIsNoAdvice() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline running = Scene.visits(Duration.ZERO)
                    .keyBy(Visit::key)
                    .aggregate(Aggregate.count())
                    .to(Scene.RESULTS, Json.results());
            assertThatThrownBy(() -> Advisor.of(scene.log, running))
                    .isInstanceOf(AdviceException.class)
                    .hasMessageContaining("has no windows");
            assertThatThrownBy(() -> advise(scene, Scene.sums()))
                    .isInstanceOf(AdviceException.class)
                    .hasMessageContaining("of 0 records");
            scene.log.deleteTopic(Scene.SOURCE);
            assertThatThrownBy(() -> advise(scene, Scene.sums()))
                    .isInstanceOf(AdviceException.class)
                    .hasMessageContaining("no topic 'visits'");
        }
    }

    @Test
    void allThatIsWrongWithARequestIsToldAtOnce() {
        assertThatThrownBy(() -> new AdviceRequest(List.of(Duration.ofSeconds(-1)), null, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-1S")
                .hasMessageContaining("at least one record");
    }

    @Test
    void aRunningPipelineIsNotDisturbed() {
        try (Scene scene = new Scene(directory, 1)) {
            fiveMinutesOf(scene, 100);
            scene.step(Scene.sums());
            long changes = scene.log.changes();
            advise(scene, Scene.sums());
            assertThat(scene.log.changes()).isEqualTo(changes);
            assertThat(Engine.on(scene.log, scene.options).status(Scene.sums())).isPresent();
        }
    }
}
