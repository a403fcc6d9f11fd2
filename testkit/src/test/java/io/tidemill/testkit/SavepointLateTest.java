package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WatermarkGenerator;
import io.tidemill.api.WindowedStream;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.log.Commit;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What waits or remembers while code changes: late records, whose operators and topics have other names or go, and generators. */
final class SavepointLateTest {
    private static final String OTHERS = "others";

    /** What the code says of two operators. */
    private record Names(String name, String formerly, String other) {
        Pipeline pipeline() {
            KeyedStream<String, SavepointRig.Event> events =
                    SavepointRig.from("p", Duration.ZERO).keyBy(SavepointRig.Event::key);
            WindowedStream<String, SavepointRig.Event> wide = events.window(Tumbling.of(Duration.ofSeconds(2)));
            ResultStream<String, Long> sums = events.window(Tumbling.of(Duration.ofMillis(100)))
                    .aggregate(Aggregate.sum(SavepointRig.Event::number))
                    .as(name);
            return Pipeline.of(
                    SavepointRig.to(formerly.isEmpty() ? sums : sums.formerly(formerly)),
                    wide.aggregate(Aggregate.<SavepointRig.Event>count())
                            .as(other)
                            .to(OTHERS, result -> String.valueOf(result.value()), Codec.text()));
        }
    }

    private static final Pipeline FIRST = new Names("a", "", "z").pipeline();
    private static final Pipeline RENAMED = new Names("b", "a", "z").pipeline();

    private static SavepointRig rig(Duration later) {
        SavepointRig rig = new SavepointRig(3, later);
        rig.log.createTopic(OTHERS, TopicConfig.of(SavepointRig.PARTITIONS).retention(null));
        return rig;
    }

    private static void append(SavepointRig rig, boolean more) {
        rig.append(
                more
                        ? List.of(List.of("k 910 1"), List.of("x 901 1"))
                        : List.of(List.of("k 10 1", "k 500 1", "k 20 7"), List.of("x 900 1")),
                0,
                1);
    }

    /** One record is late, and has waited since before its operator had another name. */
    private static SavepointRig renamedWhileItWaits() {
        SavepointRig rig = rig(Duration.ZERO);
        append(rig, false);
        rig.run(FIRST, 1);
        append(rig, true);
        rig.run(RENAMED, 1);
        return rig;
    }

    private static SavepointRig withTheSameRecords() {
        SavepointRig other = rig(Duration.ofDays(1));
        append(other, false);
        append(other, true);
        return other;
    }

    private static void assertCorrected(SavepointRig rig, Pipeline pipeline) {
        CorrectionSummary correction = rig.with(pipeline, 1, Stepper::correct);
        assertThat(correction.read()).isEqualTo(1);
        assertThat(correction.corrected()).isEqualTo(1);
        assertThat(correction.uncorrectable()).isZero();
        assertThat(correction.ledger().imbalances()).isEmpty();
        assertThat(rig.results()).containsValue("8");
    }

    @Test
    void anotherOperatorIsRenamedToo() {
        try (SavepointRig rig = renamedWhileItWaits()) {
            String file = rig.savepoints.create(rig.log, RENAMED).file();
            Pipeline after = new Names("b", "a", "y").pipeline();
            rig.savepoints.restore(
                    file, rig.log, after, RestoreOptions.keepAll().replace(true).rename("z", "y"));
            assertCorrected(rig, after);
        }
    }

    @Test
    void anotherOperatorGoesAndTheNameIsNotThatOfTheRecord() {
        try (SavepointRig rig = renamedWhileItWaits();
                SavepointRig other = withTheSameRecords()) {
            String file = rig.savepoints.create(rig.log, RENAMED).file();
            Pipeline after = new Names("c", "b", "y").pipeline();
            rig.savepoints.restore(
                    file,
                    other.log,
                    after,
                    RestoreOptions.keepAll().sameRecords(true).drop("z"));
            CorrectionSummary correction = other.with(after, 1, Stepper::correct);
            assertThat(correction.corrected()).isEqualTo(1);
            assertThat(correction.ledger().imbalances()).isEmpty();
            assertThat(other.results()).containsValue("8");
        }
    }

    @Test
    void theFormerNameIsNoLongerInTheCode() {
        try (SavepointRig rig = renamedWhileItWaits();
                SavepointRig other = withTheSameRecords()) {
            String file = rig.savepoints.create(rig.log, RENAMED).file();
            Pipeline after = new Names("b", "", "z").pipeline();
            rig.savepoints.restore(
                    file, other.log, after, RestoreOptions.keepAll().sameRecords(true));
            CorrectionSummary correction = other.with(after, 1, Stepper::correct);
            assertThat(correction.corrected()).isEqualTo(1);
            assertThat(other.results()).containsValue("8");
        }
    }

    /** It has the record under the name of its time. */
    @Test
    void whereTheSavepointWasTakenWithoutTheCode() {
        try (SavepointRig rig = rig(Duration.ZERO)) {
            append(rig, false);
            rig.run(FIRST, 1);
            Pipeline between = new Names("b", "a", "z").pipeline();
            append(rig, true);
            rig.run(between, 1);
            String file = rig.savepoints
                    .create(rig.log, new Names("b", "a", "q").pipeline())
                    .file();
            Pipeline after = new Names("b", "a", "y").pipeline();
            rig.savepoints.restore(
                    file, rig.log, after, RestoreOptions.keepAll().replace(true).rename("z", "y"));
            assertCorrected(rig, after);
        }
    }

    // ---- a source goes ----

    private static EventStream<SavepointRig.Event> of(Pipeline.Start start, String topic) {
        return start.from(Topic.of(topic, Codec.text()))
                .map(SavepointRig.Event::of)
                .eventTime(event -> Instant.ofEpochMilli(event.time()), Watermark.outOfOrderBy(Duration.ZERO));
    }

    private static Pipeline ofSources(boolean both) {
        Pipeline.Start start = Pipeline.named("p");
        EventStream<SavepointRig.Event> events = of(start, "b");
        return SavepointRig.to((both ? of(start, "a").union(events) : events)
                .keyBy(SavepointRig.Event::key)
                .window(Tumbling.of(Duration.ofMillis(100)))
                .aggregate(Aggregate.sum(SavepointRig.Event::number))
                .as("sum"));
    }

    private static void append(SavepointRig rig, String topic, String... texts) {
        for (String text : texts) {
            rig.log.commit(Commit.of(new TopicPartition(topic, 0), 0, null, text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** They wait in an open window for its first result, and not in the topic. */
    @Test
    void aTopicGoesWhoseLateRecordsWaitInAnOperator() {
        try (SavepointRig rig = new SavepointRig(3)) {
            rig.log.createTopic("a", TopicConfig.of(1).retention(null));
            rig.log.createTopic("b", TopicConfig.of(1).retention(null));
            append(rig, "a", "k 10 1", "k 500 1", "k 20 7", "k 30 7");
            append(rig, "b", "k 5 1");
            rig.run(ofSources(true), 1);
            assertThat(rig.with(ofSources(true), 1, Stepper::correct).ledger().deferred())
                    .isEqualTo(2);
            String file = rig.savepoints.create(rig.log, ofSources(true)).file();
            rig.savepoints.restore(
                    file,
                    rig.log,
                    ofSources(false),
                    RestoreOptions.keepAll().replace(true).dropSource("a"));
            Ledger ledger = rig.with(ofSources(false), 1, Stepper::ledger);
            assertThat(ledger.corrected()).isZero();
            assertThat(ledger.deferred()).isZero();
            assertThat(ledger.imbalances()).isEmpty();
            assertThat(rig.finish(ofSources(false), 1).imbalances()).isEmpty();
            assertThat(rig.results()).containsValue("16");
        }
    }

    // ---- watermark generators ----

    private record Counting(int numbers) implements WatermarkGenerator<SavepointRig.Event> {
        @Override
        public long[] initialState() {
            return new long[numbers];
        }

        @Override
        public void onElement(SavepointRig.Event event, long timeMillis, Progress progress) {
            for (int i = 0; i < numbers; i++) {
                progress.state(i, progress.state(i) + 1);
            }
            progress.advanceTo(timeMillis);
        }
    }

    /** @param numbers -1 for no generator */
    private static Pipeline generated(int numbers) {
        EventStream<SavepointRig.Event> events = Pipeline.named("p")
                .from(Topic.of(SavepointRig.SOURCE, Codec.text()))
                .map(SavepointRig.Event::of);
        Watermark watermark = Watermark.outOfOrderBy(Duration.ofMillis(50));
        EventStream<SavepointRig.Event> timed = numbers < 0
                ? events.eventTime(event -> Instant.ofEpochMilli(event.time()), watermark)
                : events.eventTime(event -> Instant.ofEpochMilli(event.time()), watermark, new Counting(numbers));
        return SavepointRig.to(timed.keyBy(SavepointRig.Event::key)
                .window(Tumbling.of(Duration.ofMillis(100)))
                .aggregate(Aggregate.sum(SavepointRig.Event::number)));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, false, ''",
        "1, 2, true, ''",
        "2, 0, true, ''",
        "1, -1, false, 'topic ''events'' has no watermark generator, and had one'",
        "-1, 1, false, 'topic ''events'' has a watermark generator, and had none'",
        "0, 1, false, 'remembers 1 numbers for each partition, and remembered 0: it begins with its first numbers'",
    })
    void aGeneratorThatChanges(int before, int now, boolean isRefused, String change) {
        try (SavepointRig rig = new SavepointRig(3)) {
            List<List<String>> events = SavepointRig.events(7, 600);
            rig.append(events, 0, 0.5);
            rig.run(generated(before), 1);
            String file = rig.savepoints.create(rig.log, generated(before)).file();
            RestoreOptions options = RestoreOptions.keepAll().replace(true);
            CheckReport report = rig.savepoints.check(file, generated(now), options);
            assertThat(report.isRestorable()).isEqualTo(!isRefused);
            if (isRefused) {
                assertThat(report.refusals())
                        .singleElement()
                        .asString()
                        .contains("so it is another one", "--reset-generator events");
                options = options.resetGenerator("events");
            } else if (!change.isEmpty()) {
                assertThat(report.changes()).anyMatch(each -> each.contains(change));
            } else {
                assertThat(report.changes()).isEmpty();
            }
            rig.savepoints.restore(file, rig.log, generated(now), options);
            rig.append(events, 0.5, 1);
            rig.run(generated(now), 1);
            assertThat(rig.finish(generated(now), 1).imbalances()).isEmpty();
        }
    }

    @Test
    void aGeneratorIsResetOnlyWhereThereIsOne() {
        try (SavepointRig rig = new SavepointRig(3)) {
            rig.append(SavepointRig.events(7, 60), 0, 1);
            rig.run(generated(-1), 1);
            String file = rig.savepoints.create(rig.log, generated(-1)).file();
            assertThat(rig.savepoints
                            .check(file, generated(-1), RestoreOptions.keepAll().resetGenerator("events"))
                            .refusals())
                    .singleElement()
                    .asString()
                    .endsWith("leave --reset-generator events out");
        }
    }
}
