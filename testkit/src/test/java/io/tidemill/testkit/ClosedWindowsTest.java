package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.EngineOptions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Windows that have closed and are needed again: by corrections, by a partition that was idle, or too late. */
final class ClosedWindowsTest {
    /** Numbers are milliseconds and keys are the last digit. */
    private static Pipeline counts(Duration lateness, Duration correctableFor) {
        return Pipeline.named("counts")
                .from(Topic.of("times", Codec.int64()))
                .eventTime(Instant::ofEpochMilli, Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(time -> "k" + time % 10)
                .window(Tumbling.of(Duration.ofMillis(100)))
                .allowedLateness(lateness)
                .correctableFor(correctableFor)
                .aggregate(Aggregate.count())
                .to("counted", result -> result.key() + "=" + result.value() + "#" + result.revision(), Codec.text());
    }

    private static void append(PipelineTestDriver driver, long... times) {
        for (long time : times) {
            driver.append("times", null, time);
        }
    }

    @Test
    void aForgottenWindowIsNotKnownAgainByWhatItClosesLast() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(counts(Duration.ZERO, Duration.ZERO))) {
            append(driver, 1, 2);
            driver.end();
            append(driver, 11);
            driver.end();
            driver.run();
            append(driver, 21, 22);
            driver.end();
            // What was counted is gone: another first answer would overwrite the right one.
            assertThat(driver.allResults())
                    .extracting(TestResult::text)
                    .containsExactlyInAnyOrder("k1=1#0", "k2=1#0", "k1=2#1");
            assertThat(driver.deadLetters()).extracting(DeadLetter::reason).containsOnly("BEYOND_CORRECTION");
            assertThat(driver.deadLetters()).hasSize(2);
        }
    }

    @Test
    void whatAForgottenWindowClosedIsTrimmed() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(counts(Duration.ZERO, Duration.ofMillis(200)))) {
            for (long time = 0; time < 5_000; time += 10) {
                append(driver, time);
                driver.run();
            }
            long[] closed = {0};
            TopicRecords.forEach(driver.log(), "counts.closed", record -> closed[0]++);
            assertThat(closed[0]).isBetween(1L, 5L);
            assertThat(driver.ledger().windows().size()).isLessThan(6);
        }
    }

    @Test
    void aWindowCorrectedAnyNumberOfTimesIsStillRight() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(counts(Duration.ZERO, Duration.ofDays(1)))) {
            append(driver, 7, 107, 207, 307);
            driver.run();
            for (int round = 1; round <= 50; round++) {
                // By turns, so that what closed of a window lies in more places than are remembered one by one.
                append(driver, round % 5, 100 + round % 5, 200 + round % 5);
                driver.run();
                assertThat(driver.correct().corrected()).isEqualTo(3);
            }
            append(driver, 17);
            driver.run();
            driver.correct();
            driver.end();
            assertThat(driver.results())
                    .extracting(TestResult::text)
                    .contains("k7=2#1", "k0=10#10", "k4=10#10", "k7=1#0")
                    .hasSize(19);
        }
    }

    @Test
    void aCorrectionWaitsForAWindowThatASlowPartitionHoldsOpen() {
        try (PipelineTestDriver driver = PipelineTestDriver.builder(counts(Duration.ZERO, Duration.ofDays(1)))
                .partitions(2)
                .build()) {
            append(
                    driver, 1, 1, 501, 1, 1,
                    2); // by turns to each partition: the second is late by its own time at the end
            driver.run();
            CorrectionSummary early = driver.correct();
            assertThat(early.deferred()).isEqualTo(driver.late().size());
            assertThat(early.results()).isZero();
            assertThat(driver.allResults()).isEmpty();
            driver.restart();
            driver.end();
            driver.correct();
            assertThat(driver.ledger().deferred()).isZero();
            assertThat(driver.ledger().corrected()).isEqualTo(driver.late().size());
            assertThat(driver.results()).extracting(TestResult::text).contains("k1=4#1", "k1=1#0");
        }
    }

    @Test
    void aWindowOfManyKeysClosesInManyStepsAlsoWhenNothingHasChanged() {
        try (PipelineTestDriver driver = PipelineTestDriver.builder(counts(Duration.ofMillis(100), Duration.ofDays(1)))
                .options(EngineOptions.defaults().resultsPerStepMax(3))
                .build()) {
            append(driver, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100);
            driver.run();
            assertThat(driver.allResults()).hasSize(10);
            append(driver, 5, 200);
            driver.run();
            assertThat(driver.allResults()).hasSize(12);
            assertThat(driver.results()).extracting(TestResult::text).contains("k5=2#1", "k0=1#0");
        }
    }
}
