package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Early;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WindowedStream;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.rocksdb.RocksStores;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes, in whatever steps it is taken, after a last correction the audit finds nothing. */
class AuditOfRandomRunsTest {
    private static final int RUNS = 40;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theEngineAndTheAuditAgree(long seed) {
        for (int i = 0; i < RUNS; i++) {
            long run = seed * 1_000 + i;
            Random random = new Random(run);
            int partitions = 1 + random.nextInt(3);
            try (Scene scene = new Scene(directory.resolve("run-" + run), partitions)) {
                Pipeline pipeline = pipeline(random);
                scene.options = options(random);
                if (!hasSessions(pipeline) && random.nextInt(8) == 0) {
                    RocksStores stores = RocksStores.in(directory.resolve("state-" + run));
                    scene.options = scene.options.stateBackend(
                            StateBackend.in(stores).cacheBytesMax(random.nextInt(3) * 1_000L));
                }
                work(scene, pipeline, partitions, random);
                check(scene, pipeline, "seed " + run);
            }
        }
    }

    private static void check(Scene scene, Pipeline pipeline, String seed) {
        AuditReport midway = scene.audit(pipeline);
        assertThat(midway.imbalances()).as(seed).isEmpty();
        assertThat(midway.mismatches()).as(seed + midway).isEqualTo(midway.awaitingCorrection());
        scene.run(pipeline);
        scene.correct(pipeline);
        AuditReport end = scene.audit(pipeline, new Pairs.Limits(50, 1 << 20)).run((done, total) -> {});
        assertThat(end.isClean()).as(seed + end).isTrue();
        assertThat(end.open()).as(seed).isZero();
    }

    private static boolean hasSessions(Pipeline pipeline) {
        return pipeline.operators().stream()
                .anyMatch(
                        each -> each instanceof Operator.Windowed windowed && windowed.windowing() instanceof Session);
    }

    private static EngineOptions options(Random random) {
        long[] now = {0};
        return EngineOptions.defaults()
                .lanes(1 + random.nextInt(3))
                .stepBytesMax(1024)
                .resultsPerStepMax(1 + random.nextInt(20))
                .stateLogBytesMin(random.nextInt(2_000))
                .clock(() -> Instant.ofEpochMilli(now[0] += random.nextInt(2_000)));
    }

    private static Pipeline pipeline(Random random) {
        EventStream<Visit> visits = Pipeline.named("p")
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .map(Visit::parse)
                .filter(visit -> visit.number() != 5)
                .flatMap(AuditOfRandomRunsTest::spread)
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ofSeconds(random.nextInt(40))));
        return switch (random.nextInt(10)) {
            case 0 -> visits.map(visit -> visit.key() + number(visit)).to(Scene.RESULTS, Codec.text());
            case 1 ->
                visits.keyBy(Visit::key)
                        .aggregate(aggregate())
                        .to(Scene.RESULTS, AuditOfRandomRunsTest::text, Codec.text());
            default ->
                early(visits.keyBy(Visit::key).window(windows(random)), random)
                        .allowedLateness(Duration.ofSeconds(random.nextBoolean() ? 0 : random.nextInt(100)))
                        .correctableFor(Duration.ofSeconds(random.nextInt(4) * 300L))
                        .aggregate(aggregate())
                        .to(Scene.RESULTS, AuditOfRandomRunsTest::text, Codec.text());
        };
    }

    private static Windowing windows(Random random) {
        Duration unit = Duration.ofSeconds(10 + random.nextInt(40));
        Duration offset = Duration.ofSeconds(random.nextInt(3) * 7L);
        return switch (random.nextInt(7)) {
            case 5 -> Session.withGap(unit.dividedBy(4));
            case 6 -> Session.withGap(unit.dividedBy(4)).maxDuration(unit.multipliedBy(1 + random.nextInt(4)));
            case 0 -> Tumbling.of(unit.plusSeconds(random.nextInt(30))).offsetBy(offset);
            case 1 -> Sliding.of(unit.multipliedBy(1 + random.nextInt(5)), unit).offsetBy(offset);
            // The size is no multiple: slices of two lengths take turns.
            case 2 -> Sliding.of(unit.multipliedBy(3).minusSeconds(random.nextInt(9)), unit);
            case 3 ->
                Cumulative.of(unit.multipliedBy(1 + random.nextInt(5)), unit).offsetBy(offset);
            default -> Sliding.of(Duration.ofMinutes(3), Duration.ofMinutes(1)).in(ZoneId.of("America/New_York"));
        };
    }

    private static <K, T> WindowedStream<K, T> early(WindowedStream<K, T> windows, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> windows.early(Early.count(1 + random.nextInt(4)));
            case 1 -> windows.early(Early.every(Duration.ofMillis(1 + random.nextInt(5_000))));
            default -> windows;
        };
    }

    private static Aggregate<Visit, ?, String> aggregate() {
        return Aggregate.both(
                Aggregate.count(), Aggregate.sum(AuditOfRandomRunsTest::number), (n, sum) -> n + "/" + sum);
    }

    private static String text(Result<String, String> result) {
        if (result.key().equals("k21")) {
            throw new IllegalStateException("a key that nobody wants");
        }
        return result.toString();
    }

    private static long number(Visit visit) {
        if (visit.number() == 7) {
            throw new IllegalStateException("7");
        }
        return visit.number();
    }

    private static List<Visit> spread(Visit visit) {
        List<Visit> all = new ArrayList<>();
        for (long i = visit.number() % 4; i > 0; i--) {
            all.add(new Visit(visit.key() + i % 2, visit.second() - 45 * (i - 1), visit.number()));
        }
        return all;
    }

    private static void work(Scene scene, Pipeline pipeline, int partitions, Random random) {
        long[] time = new long[partitions];
        Arrays.fill(time, -500);
        int rounds = 3 + random.nextInt(10);
        for (int round = 0; round < rounds; round++) {
            append(scene, time, random);
            try (Stepper stepper = Engine.on(scene.log, scene.options).open(pipeline)) {
                for (int steps = random.nextInt(4); steps >= 0; steps--) {
                    stepper.step();
                    if (random.nextInt(6) == 0) {
                        append(scene, time, random);
                    }
                    if (random.nextInt(10) == 0) {
                        stepper.closeAll();
                    }
                    if (random.nextInt(4) == 0) {
                        stepper.correct();
                    }
                }
            }
        }
    }

    private static void append(Scene scene, long[] time, Random random) {
        int partition = random.nextInt(time.length);
        for (int i = random.nextInt(30); i > 0; i--) {
            time[partition] += random.nextInt(15);
            long second = time[partition] - random.nextInt(random.nextInt(8) == 0 ? 500 : 60);
            String text = new Visit("k" + random.nextInt(3), second, random.nextInt(30)).text();
            scene.append(partition, random.nextInt(30) == 0 ? "?" : text);
        }
    }
}
