package io.tidemill.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Early;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineRun;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.Log;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTest {
    private static final Window FIRST_MINUTE = new Window(0, 60_000);

    @TempDir
    Path directory;

    private @Nullable Scene opened;

    private Scene scene(int partitions) {
        Scene scene = new Scene(directory, partitions);
        opened = scene;
        return scene;
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @SuppressWarnings("NullAway") // what a careless user's function does
    private static String keyOrNull(Visit visit) {
        return visit.key().isEmpty() ? null : visit.key();
    }

    // ---- windows ----

    @Test
    void whatTheEngineAnswersIsWhatTheSourceSays() {
        Scene scene = scene(2);
        scene.append(0, "a,1,1", "b,2,2", "a,61,3", "a,59,4", "b,200,5");
        scene.append(1, "a,5,10", "c,100,20", "a,95,30");
        Ledger ledger = scene.run(Scene.sums());

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.read()).isEqualTo(8).isEqualTo(ledger.total().read());
        assertThat(report.onTime()).isEqualTo(8);
        assertThat(report.results()).isEqualTo(5);
        assertThat(report.open()).isZero();
    }

    @Test
    void lateRecordsExplainMismatchesUntilTheyAreCorrected() {
        Scene scene = scene(1);
        // The first and the third late one change a result, the second makes one.
        scene.append(0, "a,1,1", "b,2,2", "a,200,3", "a,3,4", "c,4,5", "a,5,6");
        scene.run(Scene.sums());

        AuditReport before = scene.audit(Scene.sums());
        CorrectionSummary correction = scene.correct(Scene.sums());
        AuditReport after = scene.audit(Scene.sums());

        assertThat(before.late()).isEqualTo(3);
        assertThat(before.mismatches()).isEqualTo(2);
        assertThat(before.awaitingCorrection()).isEqualTo(2);
        assertThat(before.isClean()).isFalse();
        assertThat(before.imbalances()).isEmpty();
        assertThat(before.examples())
                .extracting(Mismatch::key, Mismatch::window)
                .containsExactlyInAnyOrder(tuple("a", FIRST_MINUTE), tuple("c", FIRST_MINUTE));
        assertThat(correction.corrected()).isEqualTo(3);
        assertThat(after.isClean()).as(after.toString()).isTrue();
        assertThat(after.results()).isEqualTo(4);
    }

    @Test
    void recordsThatComeLateAfterACorrectionAwaitTheNext() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,2,2", "a,200,3", "a,3,4");
        scene.run(Scene.sums());
        scene.correct(Scene.sums());
        scene.append(0, "a,5,6", "b,6,7");
        scene.run(Scene.sums());

        AuditReport before = scene.audit(Scene.sums());
        scene.correct(Scene.sums());
        AuditReport after = scene.audit(Scene.sums());

        assertThat(before.mismatches()).isEqualTo(2);
        assertThat(before.awaitingCorrection()).isEqualTo(2);
        assertThat(after.isClean()).as(after.toString()).isTrue();
    }

    @Test
    void windowsThatHaveNotClosedAreNotCompared() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,75,2", "b,80,2");
        scene.step(Scene.sums());

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.results()).isEqualTo(1);
        assertThat(report.open()).isEqualTo(1);
    }

    @Test
    void aWrongResultIsFoundAndNamed() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,2,2");
        scene.run(Scene.sums());
        Scene.Found right = scene.records(Scene.RESULTS).stream()
                .filter(each -> each.text().contains("\"a\""))
                .findFirst()
                .orElseThrow();
        scene.log.commit(Commit.of(
                right.partition(),
                1,
                right.key(),
                right.text().replace(":1}", ":100}").getBytes(UTF_8),
                right.headers()));

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.awaitingCorrection()).isZero();
        Mismatch named = report.examples().get(0);
        assertThat(named.key()).isEqualTo("a");
        assertThat(named.window()).isEqualTo(FIRST_MINUTE);
        assertThat(named.expected()).contains("\"value\":1}");
        assertThat(named.actual()).contains("\"value\":100}");
        assertThat(report.imbalances()).singleElement().asString().contains("3 records were ever written");
    }

    @Test
    void aResultThatIsWrittenTwiceIsFound() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1");
        scene.run(Scene.sums());
        Scene.Found once = scene.records(Scene.RESULTS).get(0);
        scene.log.commit(Commit.of(once.partition(), 1, once.key(), once.value(), once.headers()));

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.examples().get(0).why()).contains("twice");
    }

    @Test
    void aResultThatIsMissingIsFound() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,2,2");
        scene.run(Scene.sums());
        Scene.Found one = scene.records(Scene.RESULTS).get(0);
        scene.log.commit(Commit.of(one.partition(), 1, one.key(), null));

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.examples().get(0).why()).contains("missing");
        assertThat(report.examples().get(0).actual()).isEqualTo("no result");
    }

    @Test
    void aResultThatShouldNotBeThereIsFound() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1");
        scene.run(Scene.sums());
        scene.log.commit(Commit.of(new TopicPartition(Scene.RESULTS, 0), 1, "x".getBytes(UTF_8), "y".getBytes(UTF_8)));

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.results()).isEqualTo(2);
        assertThat(report.examples().get(0).why()).contains("no record of the source");
    }

    @Test
    void whatIsFilteredOrFailsIsCountedAndLeavesNoTrace() {
        Scene scene = scene(1);
        Pipeline pipeline = Scene.visits(Duration.ofSeconds(10))
                .filter(visit -> visit.number() > 0)
                .keyBy(AuditTest::keyOrNull)
                .window(Tumbling.of(Duration.ofMinutes(1)))
                .aggregate(Aggregate.sum(visit -> {
                    if (visit.number() == 13) {
                        throw new IllegalStateException("13");
                    }
                    return visit.number();
                }))
                .to(Scene.RESULTS, Json.results());
        scene.append(0, "a,1,1", "a,2,0", "nonsense", ",3,3", "a,4,13", "a,5,5");
        scene.append(0, null, new byte[] {(byte) 0xFF});
        scene.append(0, "k".getBytes(UTF_8), null);
        // Too far ahead: were it taken, the next one would be late. A filtered one moves the watermark all the same.
        scene.append(0, "a," + (Scene.NOW_SECOND + 3_601) + ",1", "a,6,6", "a,500,0", "a,7,7", "a,8,13");
        scene.run(pipeline);
        scene.correct(pipeline);

        AuditReport report = scene.audit(pipeline);

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.read()).isEqualTo(13);
        assertThat(report.onTime()).isEqualTo(3);
        assertThat(report.late()).isEqualTo(1);
        assertThat(report.filtered()).isEqualTo(2);
        assertThat(report.deadLettered()).isEqualTo(7);
    }

    @Test
    void oneRecordMayBeOnTimeInOneWindowAndLateInAnother() {
        Scene scene = scene(2);
        Pipeline spread = spread();
        scene.append(0, "a,100,3", "b,200,1", "a,210,5", "c,20,2");
        scene.append(1, "a,100,2", "a,1000,20", "a,1000,3");
        scene.run(spread);

        AuditReport before = scene.audit(spread);
        scene.correct(spread);
        AuditReport after = scene.audit(spread);

        assertThat(before.awaitingCorrection()).isPositive().isEqualTo(before.mismatches());
        assertThat(before.imbalances()).isEmpty();
        assertThat(after.isClean()).as(after.toString()).isTrue();
    }

    /** A visit with the number n is also one of each of the n minutes before. */
    private static Pipeline spread() {
        return Pipeline.named("spread")
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .map(Visit::parse)
                .flatMap(visit -> {
                    List<Visit> all = new ArrayList<>();
                    for (int i = 0; i < visit.number(); i++) {
                        all.add(new Visit(visit.key(), visit.second() - 60L * i, i));
                    }
                    return all;
                })
                .eventTime(Visit::time, Watermark.outOfOrderBy(Duration.ofSeconds(10)))
                .keyBy(Visit::key)
                .window(Tumbling.of(Duration.ofMinutes(1)))
                .aggregate(Aggregate.both(Aggregate.count(), Aggregate.sum(Visit::number), (n, sum) -> n + "/" + sum))
                .to("spread-results", Json.results());
    }

    @Test
    void timesBefore1970() {
        Scene scene = scene(1);
        scene.append(0, "a,-1,1", "a,-60,2", "a,-61,4", "a,0,8", "a,-3600,16", "a,100,1", "a,-1,32");
        scene.run(Scene.sums());
        scene.correct(Scene.sums());

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.late()).isEqualTo(3);
        assertThat(report.results()).isEqualTo(5);
    }

    @Test
    void allowedLatenessKeepsWindowsOpen() {
        Scene scene = scene(1);
        Pipeline pipeline = Scene.perMinute()
                .allowedLateness(Duration.ofSeconds(30))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
        // The watermark is 70 after the second, 100 after the fourth.
        scene.append(0, "a,1,1", "a,80,2", "a,2,4", "a,110,8", "a,3,16");
        scene.step(pipeline);

        AuditReport open = scene.audit(pipeline);
        assertThat(open.late()).isEqualTo(1);
        assertThat(open.open()).isEqualTo(1);
        assertThat(open.mismatches()).isEqualTo(1).isEqualTo(open.awaitingCorrection());
        scene.append(0, "a,115,32");
        scene.run(pipeline);
        scene.correct(pipeline);

        AuditReport closed = scene.audit(pipeline);
        assertThat(closed.isClean()).as(closed.toString()).isTrue();
        assertThat(closed.results()).isEqualTo(2);
    }

    @Test
    void updatesWithinTheAllowedLatenessAreTheNewestRevision() {
        Scene scene = scene(1);
        Pipeline pipeline = Scene.perMinute()
                .allowedLateness(Duration.ofSeconds(30))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
        scene.append(0, "a,1,1", "a,80,2");
        scene.step(pipeline);
        scene.append(0, "a,2,4");
        scene.step(pipeline);
        scene.append(0, "a,300,8");
        scene.step(pipeline);

        AuditReport report = scene.audit(pipeline);

        assertThat(scene.records(Scene.RESULTS)).hasSize(3);
        assertThat(report.isClean()).as(report.toString()).isTrue();
    }

    @Test
    void recordsThatNoCorrectionCanFoldInAreExcepted() {
        Scene scene = scene(1);
        Pipeline pipeline = Scene.perMinute()
                .correctableFor(Duration.ofMinutes(5))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
        // Beyond correction when it comes; can be corrected; on time.
        scene.append(0, "a,1,1", "a,1000,2", "a,2,4", "a,800,8", "a,1001,16");
        scene.run(pipeline);
        AuditReport before = scene.audit(pipeline);
        CorrectionSummary correction = scene.correct(pipeline);

        AuditReport after = scene.audit(pipeline);

        assertThat(before.mismatches()).isEqualTo(2).isEqualTo(before.awaitingCorrection());
        assertThat(correction.uncorrectable()).isEqualTo(1);
        assertThat(after.isClean()).as(after.toString()).isTrue();
        assertThat(after.late()).isEqualTo(2);
    }

    @Test
    void aResultThatFailsIsRightlyMissing() {
        Scene scene = scene(1);
        scene.append(0, "a,1," + Long.MAX_VALUE, "b,1,1", "a,2,1", "a,100,5");
        Ledger ledger = scene.run(Scene.sums());

        AuditReport report = scene.audit(Scene.sums());

        assertThat(ledger.failedResults()).isEqualTo(1);
        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.results()).isEqualTo(3);
    }

    @Test
    void aCorrectionThatFailsLeavesAnOldResultWhichIsTold() {
        Scene scene = scene(1);
        scene.append(0, "a,1," + Long.MAX_VALUE, "b,200,1", "a,2,1");
        scene.run(Scene.sums());
        scene.correct(Scene.sums());

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.examples().get(0).expected()).contains("fails").contains("does not fit a long");
        assertThat(report.examples().get(0).why()).contains("older");
    }

    @Test
    void aResultTooLargeForItsTopicIsRightlyMissing() {
        Scene scene = scene(1);
        scene.log.createTopic("texts", TopicConfig.compacted(1).recordBytesMax(4_096));
        Pipeline pipeline = Scene.perMinute()
                .aggregate(Aggregate.sum(Visit::number))
                .to("texts", result -> "x".repeat(result.value().intValue()), Codec.text());
        scene.append(0, "a,1,3823", "b,1,3824");
        Ledger ledger = scene.run(pipeline);

        AuditReport report = scene.audit(pipeline);

        assertThat(ledger.failedResults()).isEqualTo(1);
        assertThat(report.isClean()).as(report.toString()).isTrue();
    }

    @Test
    void moreResultsThanFitAreComparedInSeveralPasses() {
        Scene scene = scene(2);
        for (int i = 0; i < 300; i++) {
            scene.append(i % 2, "k" + i % 37 + "," + i * 7 % 900 + "," + i);
        }
        scene.run(Scene.sums());
        AuditReport whole = scene.audit(Scene.sums());
        List<Long> totals = new ArrayList<>();

        AuditReport sliced = new Audit(scene.log, Scene.sums(), new Pairs.Limits(20, 1 << 20))
                .run((done, total) -> totals.add(total));

        assertThat(sliced).usingRecursiveComparison().ignoringFields("examples").isEqualTo(whole);
        assertThat(whole.mismatches()).isPositive();
        assertThat(Collections.max(totals)).isGreaterThan(2 * totals.get(0));
        scene.correct(Scene.sums());
        assertThat(new Audit(scene.log, Scene.sums(), new Pairs.Limits(1_000, 20_000)).run((done, total) -> {}))
                .matches(AuditReport::isClean)
                .extracting(AuditReport::results)
                .isEqualTo(whole.results());
    }

    @Test
    void recordsWhoseWindowIsForgottenAreLettersAndLeaveNoTrace() {
        Scene scene = scene(2);
        Pipeline pipeline = Scene.perMinute()
                .correctableFor(Duration.ofMinutes(1))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
        scene.append(0, "a,1,1");
        scene.append(1, "b,2,2");
        scene.run(pipeline);
        scene.append(0, "a,1000,4");
        scene.run(pipeline);
        scene.run(pipeline);
        // On time by its own partition; what it belongs to is gone.
        scene.append(1, "b,500,8", "b,3,16", "b,1000,32");
        scene.run(pipeline);
        scene.correct(pipeline);

        AuditReport report = scene.audit(pipeline);

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.deadLettered()).isPositive();
    }

    @Test
    void aLedgerOfOtherFatesIsTold() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "a,2,2", "b,3,1");
        scene.run(filtered(1));

        AuditReport report = scene.audit(filtered(2));

        assertThat(report.isClean()).isFalse();
        assertThat(report.mismatches()).isEqualTo(2);
        assertThat(report.imbalances())
                .anyMatch(each -> each.equals("visits-0: the ledger counts 0 filtered records, but there are 2"))
                .anyMatch(each -> each.contains("window " + FIRST_MINUTE) && each.contains("elements on time"));
    }

    private static Pipeline filtered(long least) {
        return Scene.visits(Duration.ZERO)
                .filter(visit -> visit.number() >= least)
                .keyBy(Visit::key)
                .window(Tumbling.of(Duration.ofMinutes(1)))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
    }

    // ---- several windows for each element ----

    private static Pipeline sliding() {
        return Scene.visits(Duration.ofSeconds(10))
                .keyBy(Visit::key)
                .window(Sliding.of(Duration.ofMinutes(3), Duration.ofMinutes(1)))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
    }

    @Test
    void anElementMayBeLateForSomeOfItsWindowsOnly() {
        Scene scene = scene(1);
        // The watermark is 70 after the second: the windows that end at 60 are over, those that end at 120 and 180 are
        // not.
        scene.append(0, "a,1,1", "a,80,2", "a,2,4");
        Ledger ledger = scene.run(sliding());

        AuditReport report = scene.audit(sliding());
        assertThat(report.late()).isEqualTo(1);
        assertThat(report.results()).isEqualTo(4);
        assertThat(report.mismatches()).isEqualTo(1).isEqualTo(report.awaitingCorrection());
        assertThat(report.imbalances()).isEmpty();
        assertThat(ledger.total().lateElements()).isEqualTo(1);
        assertThat(report.examples().get(0).window()).isEqualTo(new Window(-120_000, 60_000));

        scene.correct(sliding());
        assertThat(scene.audit(sliding())).matches(AuditReport::isClean);
    }

    @Test
    void windowsOfSlicesThatHaveNotClosedAreOpen() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,70,2", "a,140,4");
        scene.step(sliding());

        AuditReport report = scene.audit(sliding());

        assertThat(report.isClean()).as(report.toString()).isTrue();
        // Closed: ends 60 and 120 of a, 120 of b. Open: 180 of both, 240 of both, 300 of a.
        assertThat(report.results()).isEqualTo(3);
        assertThat(report.open()).isEqualTo(5);
    }

    @Test
    void windowsThatCloseOverSeveralStepsAreOpenUntilTheirKeyIsDone() {
        Scene scene = scene(1);
        scene.options = EngineOptions.defaults().resultsPerStepMax(1);
        for (int i = 0; i < 10; i++) {
            scene.append(0, "k" + i + "," + i + ",1");
        }
        scene.append(0, "a,1000,1");
        try (var stepper = Engine.on(scene.log, scene.options).open(sliding())) {
            boolean more = true;
            while (more) {
                more = stepper.step().hasMore();
                AuditReport report = scene.audit(sliding());
                assertThat(report.isClean()).as(report.toString()).isTrue();
            }
        }
        assertThat(scene.audit(sliding()).results()).isEqualTo(30);
    }

    @Test
    void aDayThatGrowsInItsTimeZone() {
        Scene scene = scene(1);
        Pipeline pipeline = Scene.visits(Duration.ofSeconds(10))
                .keyBy(Visit::key)
                .window(Cumulative.of(Duration.ofDays(1), Duration.ofHours(6)).in(ZoneId.of("America/New_York")))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
        // 18,000 is local midnight.
        scene.append(0, "a,17999,1", "a,18000,2", "a,50000,4", "a,20000,8");
        scene.run(pipeline);
        AuditReport before = scene.audit(pipeline);
        assertThat(before.mismatches()).isEqualTo(1).isEqualTo(before.awaitingCorrection());
        scene.correct(pipeline);

        AuditReport report = scene.audit(pipeline);

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.results()).isEqualTo(1 + 4);
    }

    // ---- early results ----

    private static Pipeline early() {
        return Scene.perMinute()
                .early(Early.count(1))
                .aggregate(Aggregate.sum(Visit::number))
                .to(Scene.RESULTS, Json.results());
    }

    @Test
    void earlyResultsRepeatUntilTheFinalOne() {
        Scene scene = scene(1);
        for (String visit : List.of("a,1,1", "a,2,2", "a,3,4", "a,100,8")) {
            scene.append(0, visit);
            scene.step(early());
        }

        AuditReport report = scene.audit(early());

        assertThat(scene.records(Scene.RESULTS)).hasSize(5);
        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.results()).isEqualTo(1);
        assertThat(report.open()).isEqualTo(1);
    }

    @Test
    void anEarlyResultAfterTheFinalOneIsTold() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1");
        scene.step(early());
        Scene.Found earlyOne = scene.records(Scene.RESULTS).get(0);
        scene.append(0, "a,100,8");
        scene.step(early());
        scene.log.commit(Commit.of(earlyOne.partition(), 1, earlyOne.key(), earlyOne.value(), earlyOne.headers()));

        AuditReport report = scene.audit(early());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.examples().get(0).why()).contains("after a newer one");
    }

    @Test
    void aResultThatIsTakenBackForNoReasonIsMissing() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1");
        scene.run(Scene.sums());
        Scene.Found found = scene.records(Scene.RESULTS).get(0);
        scene.log.commit(Commit.of(found.partition(), 1, found.key(), null, found.headers()));

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.mismatches()).isEqualTo(1);
        assertThat(report.examples().get(0).why()).contains("missing");
    }

    // ---- without windows ----

    @Test
    void theNewestResultOfARunningAggregate() {
        Scene scene = scene(2);
        Pipeline pipeline = Scene.visits(Duration.ZERO)
                .keyBy(Visit::key)
                .aggregate(Aggregate.all(Map.of("sum", Aggregate.sum(Visit::number))))
                .to(Scene.RESULTS, Json.results());
        scene.append(0, "a,1,1", "b,2,2", "a,0,3");
        scene.append(1, "a,1,4", "c,2,5");
        scene.run(pipeline);

        AuditReport clean = scene.audit(pipeline);
        assertThat(clean.isClean()).as(clean.toString()).isTrue();
        assertThat(clean.results()).isEqualTo(3);
        assertThat(clean.onTime()).isEqualTo(5);

        Scene.Found first = scene.records(Scene.RESULTS).stream()
                .filter(each -> each.text().contains("\"a\""))
                .findFirst()
                .orElseThrow();
        scene.log.commit(Commit.of(first.partition(), 1, first.key(), first.value()));
        AuditReport wrong = scene.audit(pipeline);
        assertThat(wrong.mismatches()).isEqualTo(1);
        assertThat(wrong.examples().get(0).key()).isEqualTo("a");
        assertThat(wrong.examples().get(0).window()).isNull();
    }

    @Test
    void theOutputOfAPipelineThatDoesNotAggregate() {
        Scene scene = scene(2);
        Pipeline pipeline = Pipeline.named("p")
                .from(Topic.of(Scene.SOURCE, Codec.text()))
                .filter(text -> !text.startsWith("#"))
                .flatMap(text -> List.of(text.split(" ")))
                .to("words", Codec.text());
        scene.append(0, "to be or", "# comment", "not to be");
        scene.append(1, "k".getBytes(UTF_8), "to be".getBytes(UTF_8));
        scene.append(1, "k".getBytes(UTF_8), null);
        scene.run(pipeline);

        AuditReport clean = scene.audit(pipeline);
        assertThat(clean.isClean()).as(clean.toString()).isTrue();
        assertThat(clean.read()).isEqualTo(5);
        assertThat(clean.filtered()).isEqualTo(1);
        assertThat(clean.deadLettered()).isEqualTo(1);
        assertThat(clean.results()).isEqualTo(8);

        scene.log.commit(Commit.of(new TopicPartition("words", 0), 1, "k".getBytes(UTF_8), "be".getBytes(UTF_8)));
        AuditReport wrong = scene.audit(pipeline);
        assertThat(wrong.mismatches()).isEqualTo(1);
        assertThat(wrong.examples())
                .containsExactly(
                        new Mismatch("k", null, "1 × be", "2 × be", "output that no record of the source makes"));
        AuditReport sliced = new Audit(scene.log, pipeline, new Pairs.Limits(2, 1 << 20)).run((done, total) -> {});
        assertThat(sliced).isEqualTo(wrong);
    }

    // ---- what cannot be audited ----

    @Test
    void aPipelineThatNeverRanCannotBeAudited() {
        Scene scene = scene(1);
        assertThatThrownBy(() -> scene.audit(Scene.sums()))
                .isInstanceOf(AuditException.class)
                .hasMessageContaining("has not run");
    }

    @Test
    void recordsThatRetentionTookAreNamed() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "a,2,2", "a,3,3");
        scene.run(Scene.sums());
        scene.log.commit(
                Commit.builder().trim(new TopicPartition(Scene.SOURCE, 0), 2).build());

        assertThatThrownBy(() -> scene.audit(Scene.sums()))
                .isInstanceOf(AuditException.class)
                .hasMessageContaining("before offset 2 are no longer there");
    }

    @Test
    void resultsThatRetentionTookAreNamed() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,2,2");
        scene.run(Scene.sums());
        scene.log.commit(
                Commit.builder().trim(new TopicPartition(Scene.RESULTS, 0), 1).build());

        assertThatThrownBy(() -> scene.audit(Scene.sums()))
                .isInstanceOf(AuditException.class)
                .hasMessageContaining("results before offset 1");
    }

    @Test
    void whatWasGoneBeforeThePipelineCameIsNotMissed() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "a,2,2", "a,3,3");
        scene.log.commit(
                Commit.builder().trim(new TopicPartition(Scene.SOURCE, 0), 2).build());
        scene.run(Scene.sums());

        AuditReport report = scene.audit(Scene.sums());

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.read()).isEqualTo(1);
    }

    @Test
    void whatChangesDuringTheAuditIsOpen() {
        Scene scene = scene(1);
        scene.append(0, "a,1,1", "b,2,2", "a,200,3");
        scene.step(Scene.sums());
        scene.append(0, "a,2,4", "c,300,5");
        // Results are written after the audit has asked for their end and before it reads the status.
        Log moving = movedOn(scene.log, () -> {
            scene.step(Scene.sums());
            scene.correct(Scene.sums());
        });

        AuditReport report = new Audit(moving, Scene.sums(), Scene.ROOM).run((done, total) -> {});

        assertThat(report.isClean()).as(report.toString()).isTrue();
        assertThat(report.results()).isEqualTo(1);
        assertThat(report.open()).isEqualTo(3);
    }

    @Test
    void aPipelineMayRunDuringItsAudits() {
        Scene scene = scene(2);
        scene.options = EngineOptions.defaults().stateLogBytesMin(0).stepBytesMax(1024);
        Pipeline pipeline = Scene.sums();
        scene.append(0, "k0,0,1");
        scene.step(pipeline);
        try (PipelineRun run = Engine.on(scene.log, scene.options).start(pipeline)) {
            for (int i = 0; i < 40; i++) {
                for (int j = 0; j < 20; j++) {
                    int late = j % 7 == 0 ? 200 : 0;
                    scene.append(j % 2, "k" + j % 5 + "," + (i * 50 + j - late) + "," + j);
                }
                AuditReport report = scene.audit(pipeline);
                assertThat(report.imbalances()).isEmpty();
                assertThat(report.mismatches()).as(report.toString()).isEqualTo(report.awaitingCorrection());
            }
            assertThat(run.failure()).isNull();
        }
    }

    /** The log, in which something happens when the state of the pipeline is about to be read. */
    private static Log movedOn(Log log, Runnable event) {
        AtomicBoolean once = new AtomicBoolean();
        return (Log) Proxy.newProxyInstance(
                AuditTest.class.getClassLoader(), new Class<?>[] {Log.class}, (proxy, method, arguments) -> {
                    boolean isAsked = method.getName().equals("topic") && "p.changelog".equals(arguments[0]);
                    if (isAsked && once.compareAndSet(false, true)) {
                        event.run();
                    }
                    return method.invoke(log, arguments);
                });
    }
}
