package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Early;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.WindowedStream;
import io.tidemill.api.Windowing;
import io.tidemill.engine.Engine;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.RestoreSummary;
import io.tidemill.engine.savepoint.SavepointException;
import io.tidemill.engine.savepoint.SavepointInfo;
import io.tidemill.log.LogException;
import io.tidemill.testkit.SavepointRig.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A pipeline that goes on from a savepoint answers as one that was never interrupted. */
final class SavepointRestoreTest {
    private static final long SEED = Seeds.pick();
    private static final int EVENTS = 1_500;

    /** Every way in which state is kept. */
    enum Shape {
        TUMBLING,
        SLICED,
        CUMULATIVE,
        LENIENT,
        EARLY,
        SESSIONS,
        SHORT_SESSIONS,
        RUNNING;

        Pipeline pipeline(String name) {
            Duration bound = Duration.ofMillis(50);
            UnaryOperator<WindowedStream<String, Event>> plain = UnaryOperator.identity();
            return switch (this) {
                case TUMBLING -> windowed(name, bound, Tumbling.of(Duration.ofMillis(100)), plain);
                case SLICED -> windowed(name, bound, Sliding.of(Duration.ofMillis(300), Duration.ofMillis(100)), plain);
                case CUMULATIVE ->
                    windowed(name, bound, Cumulative.of(Duration.ofMillis(400), Duration.ofMillis(100)), plain);
                case LENIENT ->
                    windowed(
                            name,
                            bound,
                            Sliding.of(Duration.ofMillis(200), Duration.ofMillis(100)),
                            stream -> stream.allowedLateness(Duration.ofMillis(150)));
                case EARLY ->
                    windowed(name, bound, Tumbling.of(Duration.ofMillis(100)), stream -> stream.early(Early.count(3)));
                case SESSIONS -> windowed(name, bound, Session.withGap(Duration.ofMillis(25)), plain);
                case SHORT_SESSIONS ->
                    windowed(
                            name,
                            bound,
                            Session.withGap(Duration.ofMillis(25)).maxDuration(Duration.ofMillis(120)),
                            stream -> stream.allowedLateness(Duration.ofMillis(30)));
                case RUNNING ->
                    SavepointRig.to(
                            SavepointRig.from(name, bound).keyBy(Event::key).aggregate(sums()));
            };
        }

        private static Pipeline windowed(
                String name,
                Duration bound,
                Windowing windowing,
                UnaryOperator<WindowedStream<String, Event>> settings) {
            return SavepointRig.pipeline(name, bound, windowing, settings, sums(), UnaryOperator.identity());
        }

        boolean hasWindows() {
            return this != RUNNING;
        }
    }

    @BeforeAll
    static void tellSeed() {
        System.out.println("savepoints: seed " + SEED);
    }

    private static Aggregate<Event, ?, Map<String, Object>> sums() {
        return Aggregate.all(Map.of("count", Aggregate.count(), "sum", Aggregate.sum(Event::number)));
    }

    private static TreeMap<String, String> uninterrupted(Shape shape, List<List<String>> events) {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(events, 0, 1);
            rig.finish(shape.pipeline("whole"), 1);
            return rig.results();
        }
    }

    private static void assertBalanced(Ledger ledger, Shape shape, List<List<String>> events) {
        assertThat(ledger.imbalances()).isEmpty();
        assertThat(ledger.total().read())
                .isEqualTo(events.stream().mapToInt(List::size).sum());
        if (shape.hasWindows()) {
            assertThat(ledger.corrected()).isEqualTo(ledger.total().late()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void underAnotherNameWithOtherLanes(Shape shape) {
        List<List<String>> events = SavepointRig.events(SEED, EVENTS);
        TreeMap<String, String> expected = uninterrupted(shape, events);
        for (int commitBytes : new int[] {1, 2_000, 8 << 20}) {
            try (SavepointRig rig = new SavepointRig(SEED)) {
                rig.append(events, 0, 0.3);
                rig.run(shape.pipeline("one"), 1, 7);
                rig.correct(shape.pipeline("one"), 1);
                rig.run(shape.pipeline("one"), 1);
                SavepointInfo first = rig.savepoints.create(rig.log, shape.pipeline("one"));
                RestoreSummary summary = rig.savepoints
                        .commitBytesMax(commitBytes)
                        .restore(first.file(), rig.log, shape.pipeline("four"), RestoreOptions.keepAll());
                assertThat(summary.commits()).isGreaterThanOrEqualTo(commitBytes == 1 ? 2 : 1);
                rig.append(events, 0.3, 0.6);
                rig.run(shape.pipeline("four"), 4, 9);
                SavepointInfo second = rig.savepoints.create(rig.log, "four");
                rig.savepoints.restore(second.file(), rig.log, shape.pipeline("two"), RestoreOptions.keepAll());
                rig.reopen();
                rig.append(events, 0.6, 1);
                Ledger ledger = rig.finish(shape.pipeline("two"), 2);
                assertThat(rig.results()).isEqualTo(expected);
                assertBalanced(ledger, shape, events);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SHORT_SESSIONS")
    void inPlaceOfWhatCameSince(Shape shape) {
        List<List<String>> events = SavepointRig.events(SEED + 1, EVENTS);
        TreeMap<String, String> expected = uninterrupted(shape, events);
        try (SavepointRig rig = new SavepointRig(SEED)) {
            Pipeline pipeline = shape.pipeline("p");
            rig.append(events, 0, 0.5);
            rig.run(pipeline, 2, 6);
            SavepointInfo savepoint = rig.savepoints.create(rig.log, pipeline);
            rig.run(pipeline, 2);
            rig.correct(pipeline, 2);
            RestoreOptions options = RestoreOptions.keepAll();
            assertThatThrownBy(() -> rig.savepoints.restore(savepoint.file(), rig.log, pipeline, options))
                    .isInstanceOf(SavepointException.class)
                    .hasMessageContaining("has state already: say --replace");
            RestoreSummary summary = rig.savepoints.restore(savepoint.file(), rig.log, pipeline, options.replace(true));
            assertThat(summary.safety()).isNotEmpty().isNotEqualTo(savepoint.file());
            // And forth again, to what was replaced.
            rig.savepoints.restore(summary.safety(), rig.log, shape.pipeline("q"), options);
            rig.append(events, 0.5, 1);
            assertBalanced(rig.finish(pipeline, 1), shape, events);
            assertStands(rig, shape, expected);
            assertBalanced(rig.finish(shape.pipeline("q"), 4), shape, events);
            assertStands(rig, shape, expected);
        }
    }

    private static void assertStands(SavepointRig rig, Shape shape, TreeMap<String, String> expected) {
        if (shape == Shape.SESSIONS) {
            // Nobody takes back sessions that were told after the savepoint, and that do not come again.
            assertThat(rig.results()).containsAllEntriesOf(expected);
        } else {
            assertThat(rig.results()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void inAnotherLog(Shape shape) {
        List<List<String>> events = SavepointRig.events(SEED + 2, EVENTS);
        TreeMap<String, String> expected = uninterrupted(shape, events);
        try (SavepointRig rig = new SavepointRig(SEED);
                SavepointRig other = new SavepointRig(SEED, Duration.ofDays(1))) {
            Pipeline pipeline = shape.pipeline("p");
            rig.append(events, 0, 0.6);
            rig.run(pipeline, 2);
            SavepointInfo savepoint = rig.savepoints.create(rig.log, pipeline);
            TreeMap<String, String> results = rig.results();
            assertThatThrownBy(() ->
                            rig.savepoints.restore(savepoint.file(), other.log, pipeline, RestoreOptions.keepAll()))
                    .hasMessageContaining("does not hold what comes next, in the partitions [0, 1]");
            other.append(events, 0, 0.8);
            assertThatThrownBy(() ->
                            rig.savepoints.restore(savepoint.file(), other.log, pipeline, RestoreOptions.keepAll()))
                    .hasMessageContaining("is another one than that of the savepoint")
                    .hasMessageContaining("--same-records");
            rig.savepoints.restore(
                    savepoint.file(),
                    other.log,
                    pipeline,
                    RestoreOptions.keepAll().sameRecords(true));
            other.append(events, 0.8, 1);
            assertBalanced(other.finish(pipeline, 1), shape, events);
            other.addResults(results);
            assertThat(results).isEqualTo(expected);
        }
    }

    /** The savepoint is of one commit, whatever the pipeline does meanwhile: going on from it answers as all do. */
    @ParameterizedTest
    @EnumSource(names = {"TUMBLING", "SLICED", "LENIENT", "SESSIONS"})
    void besideARunningPipeline(Shape shape) {
        List<List<String>> events = SavepointRig.events(SEED + 3, 4_000);
        TreeMap<String, String> expected = uninterrupted(shape, events);
        SplittableRandom random = new SplittableRandom(SEED);
        try (SavepointRig rig = new SavepointRig(SEED)) {
            List<String> files = new ArrayList<>();
            try (PipelineRun run = Engine.on(rig.log, rig.options(2)).start(shape.pipeline("p"))) {
                double at = 0;
                while (at < 1) {
                    double next = Math.min(1, at + 0.02 + random.nextDouble() * 0.05);
                    rig.append(events, at, next);
                    at = next;
                    run.correct();
                    rig.clock.advance(Duration.ofMillis(1));
                    files.add(
                            rig.savepoints.create(rig.log, shape.pipeline("p")).file());
                    rig.log.maintain();
                }
                assertThat(run.failure()).isNull();
            }
            for (String file : files) {
                Pipeline again = shape.pipeline("again-" + files.indexOf(file));
                rig.savepoints.restore(file, rig.log, again, RestoreOptions.keepAll());
                assertBalanced(rig.finish(again, 2), shape, events);
                assertStands(rig, shape, expected);
            }
        }
    }

    @Test
    void aPipelineThatRunsIsFenced() {
        List<List<String>> events = SavepointRig.events(SEED, 300);
        Pipeline pipeline = Shape.TUMBLING.pipeline("p");
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(events, 0, 0.5);
            rig.run(pipeline, 1);
            SavepointInfo savepoint = rig.savepoints.create(rig.log, pipeline);
            try (Stepper running = Engine.on(rig.log, rig.options(1)).open(pipeline)) {
                rig.savepoints.restore(
                        savepoint.file(),
                        rig.log,
                        pipeline,
                        RestoreOptions.keepAll().replace(true));
                rig.append(events, 0.5, 1);
                assertThatThrownBy(running::step)
                        .isInstanceOfSatisfying(
                                LogException.class, e -> assertThat(e.code()).isEqualTo(LogException.Code.CONFLICT));
            }
            rig.finish(pipeline, 1);
            assertThat(rig.results()).isEqualTo(uninterrupted(Shape.TUMBLING, events));
        }
    }

    /** Without a savepoint: open slices would be of no window. */
    @Test
    void openSlicesAreNotForgottenWhenSettingsChange() {
        Duration bound = Duration.ofMillis(50);
        Sliding sliding = Sliding.of(Duration.ofMillis(300), Duration.ofMillis(100));
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(SavepointRig.events(SEED, 300), 0, 1);
            rig.run(Shape.windowed("p", bound, sliding, UnaryOperator.identity()), 1);
            Pipeline lenient =
                    Shape.windowed("p", bound, sliding, stream -> stream.allowedLateness(Duration.ofMillis(10)));
            assertThatThrownBy(() -> rig.run(lenient, 1))
                    .isInstanceOf(PipelineException.class)
                    .hasMessageContaining("has open windows that share slices");
        }
    }

    @Test
    void whatASavepointTellsOfItself() {
        try (SavepointRig rig = new SavepointRig(SEED)) {
            rig.append(SavepointRig.events(SEED, 400), 0, 1);
            Pipeline pipeline = Shape.TUMBLING.pipeline("p");
            assertThatThrownBy(() -> rig.savepoints.create(rig.log, pipeline))
                    .hasMessageContaining("pipeline 'p' has no state here: run it first");
            rig.run(pipeline, 1);
            SavepointInfo info = rig.savepoints.create(rig.log, pipeline);
            assertThat(info.file()).isEqualTo("p-21000101T000000000Z.savepoint");
            assertThat(info.header().pipeline()).isEqualTo("p");
            assertThat(info.header().codeVersion()).isEqualTo("a-test");
            assertThat(info.header().sources()).singleElement().satisfies(source -> {
                assertThat(source.topic()).isEqualTo(SavepointRig.SOURCE);
                assertThat(source.settings()).containsEntry("watermarkBound", "PT0.05S");
                assertThat(source.partitions()).hasSize(SavepointRig.PARTITIONS);
            });
            assertThat(info.operators()).singleElement().satisfies(operator -> {
                assertThat(operator.name()).isEqualTo("aggregate");
                assertThat(operator.properties())
                        .containsEntry("windowing", "tumbling windows of PT0.1S")
                        .containsEntry("aggregate", "all(count=count, sum=sum)")
                        .containsEntry("allowedLateness", "PT0S");
                assertThat(operator.entries())
                        .isEqualTo(operator.kinds().values().stream()
                                .mapToLong(count -> count)
                                .sum());
                assertThat(operator.kinds().keySet()).contains('a', 'k', 'w');
            });
            assertThat(rig.savepoints.sample(info.file(), pipeline, 20))
                    .isNotEmpty()
                    .allSatisfy(sample -> {
                        assertThat(sample.key()).startsWith("k");
                        assertThat(sample.result()).contains("count=" + sample.elements());
                    });
            assertThat(rig.savepoints.list())
                    .singleElement()
                    .satisfies(listed -> assertThat(listed.info()).isEqualTo(info));
        }
    }
}
