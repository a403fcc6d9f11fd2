package io.tidemill.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.Stepper;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of the engine that audits have found, and that must not come back. */
class EngineFaultsTest {
    @TempDir
    Path directory;

    /** A window that closed and was beyond correction at once was forgotten with all that had closed of it before. */
    @Test
    void whatClosedEarlierIsNotForgottenWhileMoreCloses() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline pipeline = Scene.perMinute()
                    .correctableFor(Duration.ZERO)
                    .aggregate(Aggregate.sum(Visit::number))
                    .to(Scene.RESULTS, Json.results());
            scene.append(0, "a,1,1", "b,2,2");
            scene.run(pipeline);
            scene.append(0, "a,3,4");
            scene.run(pipeline);
            scene.append(0, "b,4,8");
            scene.run(pipeline);

            AuditReport report = scene.audit(pipeline);

            assertThat(report.isClean()).as(report.toString()).isTrue();
        }
    }

    /** The same of windows that share slices, which close over several steps and again for a partition that was idle. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void slicesThatCloseOverSeveralStepsAndAgainLoseNothing(boolean cumulative) {
        try (Scene scene = new Scene(directory, 2)) {
            Duration unit = Duration.ofMinutes(1);
            Pipeline pipeline = Scene.visits(Duration.ofSeconds(10))
                    .keyBy(Visit::key)
                    .window(
                            cumulative
                                    ? Cumulative.of(unit.multipliedBy(3), unit)
                                    : Sliding.of(unit.multipliedBy(3), unit))
                    .aggregate(Aggregate.sum(Visit::number))
                    .to(Scene.RESULTS, Json.results());
            scene.options = EngineOptions.defaults().resultsPerStepMax(1).stateLogBytesMin(0);
            for (int i = 0; i < 6; i++) {
                scene.append(0, "k" + i + "," + i * 20 + ",1", "k" + i + ",130,2");
            }
            scene.run(pipeline);
            // The other partition was idle: all of this is on time, for windows that have closed.
            scene.append(1, "k0,5,4", "k9,70,8", "k1,200,16");
            scene.append(0, "k2,400,32");
            scene.run(pipeline);
            scene.correct(pipeline);

            AuditReport report = scene.audit(pipeline);

            assertThat(report.isClean()).as(report.toString()).isTrue();
            assertThat(report.open()).isZero();
        }
    }

    /** A correction between two steps that closed a window made the pipeline read on, and lose what it read for that window. */
    @Test
    void whatHasBegunToCloseGoesOnAfterACorrection() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline pipeline = Scene.visits(Duration.ofSeconds(10))
                    .keyBy(Visit::key)
                    .window(Sliding.of(Duration.ofMinutes(3), Duration.ofMinutes(1)))
                    .aggregate(Aggregate.sum(Visit::number))
                    .to(Scene.RESULTS, Json.results());
            scene.options = EngineOptions.defaults().resultsPerStepMax(1);
            scene.append(0, "a,1,1", "b,2,2", "c,3,4");
            try (Stepper stepper = Engine.on(scene.log, scene.options).open(pipeline)) {
                stepper.step();
                stepper.closeAll();
                stepper.correct();
                scene.append(0, "a,4,8", "b,5,16", "c,6,32");
                stepper.step();
            }
            scene.run(pipeline);

            AuditReport report = scene.audit(pipeline);

            assertThat(report.isClean()).as(report.toString()).isTrue();
            assertThat(report.onTime()).isEqualTo(6);
        }
    }

    @Test
    void aResultWithALargeKeyIsADeadLetterAndDoesNotStopThePipeline() {
        try (Scene scene = new Scene(directory, 1)) {
            scene.log.createTopic(Scene.RESULTS, TopicConfig.compacted(1).recordBytesMax(4_096));
            scene.append(0, "k".repeat(4_000) + ",1,1", "b,2,2");

            Ledger ledger = scene.run(Scene.sums());

            assertThat(ledger.failedResults()).isEqualTo(1);
            assertThat(scene.audit(Scene.sums())).matches(AuditReport::isClean);
        }
    }

    @Test
    void anOutputWithALargeKeyIsADeadLetterAndDoesNotStopThePipeline() {
        try (Scene scene = new Scene(directory, 1)) {
            scene.log.createTopic("large", TopicConfig.of(1).recordBytesMax(4 << 20));
            Pipeline pipeline =
                    Pipeline.named("p").from(Topic.of("large", Codec.text())).to("copies", Codec.text());
            scene.log.commit(Commit.of(new TopicPartition("large", 0), 1, new byte[2 << 20], "v".getBytes(UTF_8)));

            Ledger ledger = scene.run(pipeline);

            assertThat(ledger.total().deadLettered()).isEqualTo(1);
            assertThat(scene.audit(pipeline)).matches(AuditReport::isClean);
        }
    }

    @Test
    void aRecordThatIsLateManyTimesDoesNotStopThePipeline() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline pipeline = spread(0);
            scene.append(0, "a,999999,1", "a,1,99999");

            Ledger ledger = scene.run(pipeline);
            scene.correct(pipeline);

            assertThat(ledger.total().late()).isEqualTo(1);
            assertThat(scene.audit(pipeline)).matches(AuditReport::isClean);
        }
    }

    @Test
    void aRecordThatIsLateForTooManyWindowsIsADeadLetter() {
        try (Scene scene = new Scene(directory, 1)) {
            Pipeline pipeline = spread(60);
            scene.append(0, "a,999999,1", "a,1,5000", "a,1,5001");

            Ledger ledger = scene.run(pipeline);
            scene.correct(pipeline);

            assertThat(ledger.total().late()).isEqualTo(1);
            assertThat(ledger.total().deadLettered()).isEqualTo(1);
            assertThat(scene.audit(pipeline)).matches(AuditReport::isClean);
        }
    }

    /** A visit with the number n is n visits, each so many seconds before the other. */
    private static Pipeline spread(long apart) {
        return Pipeline.named("p")
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .map(Visit::parse)
                .flatMap(visit -> LongStream.range(0, visit.number())
                        .mapToObj(i -> new Visit(visit.key(), visit.second() - i * apart, i))
                        .toList())
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(Visit::key)
                .window(Tumbling.of(Duration.ofMinutes(1)))
                .aggregate(Aggregate.count())
                .to(Scene.RESULTS, Json.results());
    }
}
