package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.Early;
import io.tidemill.api.Pane;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.WindowedStream;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.EngineOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions by hand: what is emitted when, what is taken back, and what closed ones become when late elements are folded in. */
@ParameterizedClass
@ValueSource(booleans = {false, true})
final class SessionsTest {
    /** Whether the state is in a store. */
    @Parameter
    boolean stored;

    private PipelineTestDriver driver(Pipeline pipeline) {
        return builder(pipeline).build();
    }

    private PipelineTestDriver.Builder builder(Pipeline pipeline) {
        return PipelineTestDriver.builder(pipeline).stored(stored);
    }

    private static final Session GAP_10 = Session.withGap(Duration.ofMillis(10));
    private static final Session MAX_25 = GAP_10.maxDuration(Duration.ofMillis(25));

    /** One key, but for the few times that are to move nothing but the watermark. */
    private static Pipeline pipeline(Session session, long lateness, @Nullable Early early, Duration correctableFor) {
        WindowedStream<String, Long> windowed = Pipeline.named("visits")
                .from(Topic.of("times", Codec.int64()))
                .eventTime(Instant::ofEpochMilli, Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(time -> time % 1_000 == 777 ? "other" : "k")
                .window(session)
                .allowedLateness(Duration.ofMillis(lateness))
                .correctableFor(correctableFor);
        return (early == null ? windowed : windowed.early(early))
                .aggregate(Aggregate.count())
                .to("visited", result -> String.valueOf(result.value()), Codec.text());
    }

    private static Pipeline pipeline(Session session) {
        return pipeline(session, 0, null, Duration.ofDays(1));
    }

    private static Pipeline lenient(Session session, long lateness) {
        return pipeline(session, lateness, null, Duration.ofDays(1));
    }

    private static void append(PipelineTestDriver driver, long... times) {
        for (long time : times) {
            driver.append("times", null, time);
        }
        driver.run();
    }

    /** As {@code start-last=count}. */
    private static List<String> standing(PipelineTestDriver driver) {
        return driver.results().stream().map(SessionsTest::text).toList();
    }

    private static String text(TestResult result) {
        Window window = result.window();
        return window == null
                ? result.text()
                : window.startMillis() + "-" + (window.endMillis() - 1) + "=" + result.text();
    }

    /** All records, and what they are; those that take something back end in {@code =}. */
    private static List<String> told(PipelineTestDriver driver) {
        return driver.allResults().stream()
                .map(each -> text(each) + " " + each.pane() + " " + each.revision())
                .toList();
    }

    @Test
    void aPauseOfTheGapKeepsASessionTogetherAndOneMoreMillisecondDoesNot() {
        try (PipelineTestDriver driver = driver(pipeline(GAP_10))) {
            append(driver, 0, 10, 21, 31);
            assertThat(told(driver)).containsExactly("0-10=2 FINAL 0");
            append(driver, 42);
            assertThat(standing(driver)).containsExactly("0-10=2", "21-31=2");
        }
    }

    @Test
    void aSessionIsFinalJustWhenNothingMoreCanComeToIt() {
        try (PipelineTestDriver driver = builder(pipeline(GAP_10)).partitions(2).build()) {
            append(driver, 0, 0); // one to each
            append(driver, 100, 10); // what is at 10 is still expected of the second one
            assertThat(told(driver)).isEmpty();
            append(driver, 101, 20); // and what is at 20 would belong to it as well
            assertThat(told(driver)).isEmpty();
            append(driver, 102, 31);
            assertThat(told(driver)).containsExactly("0-20=4 FINAL 0");
        }
    }

    @Test
    void atTheWatermarkItselfThereIsStillSomethingToExpect() {
        try (PipelineTestDriver driver = driver(pipeline(GAP_10))) {
            append(driver, 767, 777);
            assertThat(told(driver)).isEmpty();
            append(driver, 778);
            assertThat(told(driver)).containsExactly("767-767=1 FINAL 0");
        }
        try (PipelineTestDriver driver = driver(pipeline(GAP_10.maxDuration(Duration.ofMillis(5))))) {
            append(driver, 773, 777);
            assertThat(told(driver)).isEmpty();
            append(driver, 778);
            assertThat(told(driver)).containsExactly("773-773=1 FINAL 0");
        }
    }

    @Test
    void aMaximumCutsFromTheFirstElementOn() {
        try (PipelineTestDriver driver = driver(pipeline(MAX_25))) {
            append(driver, 0, 8, 16, 24);
            assertThat(told(driver)).isEmpty();
            append(driver, 25);
            assertThat(told(driver)).containsExactly("0-24=4 FINAL 0");
            append(driver, 33, 50);
            driver.end();
            assertThat(standing(driver)).containsExactly("0-24=4", "25-33=2", "50-50=1");
        }
    }

    @Test
    void aLateElementJoinsTwoSessionsWhichAreTakenBack() {
        try (PipelineTestDriver driver = driver(pipeline(GAP_10))) {
            append(driver, 0, 5, 20, 25, 100);
            assertThat(standing(driver)).containsExactly("0-5=2", "20-25=2");
            append(driver, 12);
            assertThat(driver.late()).hasSize(1);
            driver.restart();
            CorrectionSummary summary = driver.correct();
            assertThat(summary.corrected()).isEqualTo(1);
            assertThat(summary.results()).as("two taken back, one new").isEqualTo(3);
            assertThat(standing(driver)).containsExactly("0-25=5");
            assertThat(told(driver))
                    .containsExactly(
                            "0-5=2 FINAL 0",
                            "20-25=2 FINAL 0",
                            "0-5= CORRECTION 1",
                            "20-25= CORRECTION 1",
                            "0-25=5 CORRECTION 1");
            assertThat(driver.ledger().results()).isEqualTo(5);
            assertThat(driver.correct().results()).isZero();
        }
    }

    @Test
    void aLateElementMovesTheCutsOfAWholeChainUntilOneIsWhereItWas() {
        try (PipelineTestDriver driver = driver(pipeline(MAX_25))) {
            // 3, 13, 23 | 33, 43, 53 | 63 | 74 is another chain
            append(driver, 3, 13, 23, 33, 43, 53, 63, 74, 200);
            assertThat(standing(driver)).containsExactly("3-23=3", "33-53=3", "63-63=1", "74-74=1");
            append(driver, 0);
            driver.correct();
            // 0, 3, 13, 23 | 33 is at 0 + 25 or behind it: the cut is where it was
            assertThat(standing(driver)).containsExactly("0-23=4", "33-53=3", "63-63=1", "74-74=1");
            append(driver, -7);
            driver.correct();
            assertThat(standing(driver)).containsExactly("-7-13=4", "23-43=3", "53-63=2", "74-74=1");
            // 33-53, 63 and 23 are no more; 74 was never touched
            assertThat(told(driver)).filteredOn(each -> each.startsWith("74")).containsExactly("74-74=1 FINAL 0");
        }
    }

    @Test
    void aCorrectionOfWhatIsStillOpenWaits() {
        try (PipelineTestDriver driver = driver(pipeline(MAX_25))) {
            append(driver, 0, 10, 20, 30, 40);
            append(driver, 5); // would not move the cut
            append(driver, -8); // would move it into what is open
            CorrectionSummary first = driver.correct();
            assertThat(first.deferred()).isEqualTo(2);
            assertThat(standing(driver)).containsExactly("0-20=3");
            driver.restart();
            append(driver, 200);
            CorrectionSummary second = driver.correct();
            assertThat(second.corrected()).isEqualTo(2);
            assertThat(driver.ledger().deferred()).isZero();
            assertThat(standing(driver)).containsExactly("-8-10=4", "20-40=3");
        }
    }

    @Test
    void aCorrectionThatWouldReopenWhatIsStillExpectedWaits() {
        try (PipelineTestDriver driver = driver(pipeline(MAX_25))) {
            append(driver, 752, 760, 768, 772, 776, 777);
            assertThat(standing(driver)).containsExactly("752-776=5");
            // Cut from 746 on, 772 and 776 would be a session that what is still to come may belong to.
            append(driver, 746);
            assertThat(driver.correct().deferred()).isEqualTo(1);
            append(driver, 780);
            driver.end();
            assertThat(standing(driver)).containsExactly("752-776=5", "777-777=1", "780-780=1");
            driver.correct();
            assertThat(standing(driver)).containsExactly("746-768=4", "772-780=3", "777-777=1");
        }
    }

    @Test
    void withinTheAllowedLatenessASessionGrowsAndItsOldResultIsTakenBack() {
        try (PipelineTestDriver driver = driver(lenient(GAP_10, 50))) {
            append(driver, 0, 20, 40);
            assertThat(told(driver)).containsExactly("0-0=1 FINAL 0", "20-20=1 FINAL 0");
            append(driver, 5);
            assertThat(told(driver)).endsWith("0-0= UPDATE 1", "0-5=2 UPDATE 1");
            append(driver, 12);
            assertThat(standing(driver)).containsExactly("0-20=4");
            assertThat(told(driver)).endsWith("0-5= UPDATE 2", "20-20= UPDATE 1", "0-20=4 UPDATE 2");
            assertThat(driver.late()).isEmpty();
            driver.crash();
            driver.end();
            assertThat(standing(driver)).containsExactly("0-20=4", "40-40=1");
        }
    }

    @Test
    void anEarlyResultOfASessionThatGrowsIsTakenBack() {
        try (PipelineTestDriver driver = driver(pipeline(GAP_10, 0, Early.count(2), Duration.ofDays(1)))) {
            append(driver, 0, 1);
            append(driver, 5, 6);
            assertThat(told(driver)).containsExactly("0-1=2 EARLY -1", "0-1= EARLY -1", "0-6=4 EARLY -1");
            driver.restart();
            append(driver, 8);
            assertThat(told(driver)).hasSize(3);
            append(driver, 100);
            assertThat(told(driver)).endsWith("0-6= EARLY -1", "0-8=5 FINAL 0");
            assertThat(driver.allResults())
                    .filteredOn(each -> each.pane() != Pane.EARLY)
                    .hasSize(1);
        }
    }

    @Test
    void whatComesOnTimeOfAPartitionThatWasIdleJoinsClosedSessions() {
        try (PipelineTestDriver driver = builder(pipeline(GAP_10)).partitions(2).build()) {
            append(driver, 0, 0);
            driver.advance(Duration.ofMinutes(10));
            driver.append(
                    TestRecord.of(null, new byte[] {0, 0, 0, 0, 0, 0, 0, 20}).partition(0));
            driver.append(
                    TestRecord.of(null, new byte[] {0, 0, 0, 0, 0, 0, 0, 60}).partition(0));
            driver.advance(Duration.ofMillis(1));
            assertThat(standing(driver)).containsExactly("0-0=2", "20-20=1");
            driver.append(
                    TestRecord.of(null, new byte[] {0, 0, 0, 0, 0, 0, 0, 10}).partition(1));
            driver.run();
            driver.end();
            assertThat(driver.late()).isEmpty();
            assertThat(standing(driver)).containsExactly("0-20=4", "60-60=1");
            assertThat(told(driver)).contains("0-0= UPDATE 1", "20-20= UPDATE 1", "0-20=4 UPDATE 1");
        }
    }

    @Test
    void whatIsBeyondCorrectionIsADeadLetter() {
        try (PipelineTestDriver driver = driver(pipeline(GAP_10, 0, null, Duration.ofMillis(100)))) {
            append(driver, 0, 200);
            append(driver, 99, 100);
            CorrectionSummary summary = driver.correct();
            assertThat(summary.uncorrectable()).isEqualTo(1);
            assertThat(summary.corrected()).isEqualTo(1);
            assertThat(driver.deadLetters()).extracting(DeadLetter::reason).containsExactly("BEYOND_CORRECTION");
            assertThat(standing(driver)).containsExactly("0-0=1", "100-100=1");
        }
    }

    @Test
    void sessionsThatCanNoLongerBeCorrectedAreForgotten() {
        try (PipelineTestDriver driver = driver(pipeline(MAX_25, 0, null, Duration.ofSeconds(5)))) {
            for (long time = 0; time < 100_000; time += 100) {
                append(driver, time, time + 7);
            }
            long[] closed = {0};
            TopicRecords.forEach(driver.log(), "visits.closed", record -> closed[0]++);
            assertThat(closed[0]).isBetween(50L, 200L);
        }
    }

    @Test
    void aBusySessionIsWrittenInPartsAndReadBackWhole() {
        EngineOptions options = EngineOptions.defaults().stateLogBytesMin(0).resultsPerStepMax(1);
        Session hour = Session.withGap(Duration.ofSeconds(10)).maxDuration(Duration.ofMinutes(1));
        try (PipelineTestDriver driver =
                builder(pipeline(hour)).options(options).build()) {
            List<Long> times = new ArrayList<>();
            for (long time = 0; time < 180_000; time += 2) {
                times.add(time);
            }
            append(driver, times.stream().mapToLong(Long::longValue).toArray());
            driver.restart();
            driver.end();
            assertThat(standing(driver)).hasSize(3).allMatch(each -> each.endsWith("=30000"));
            append(driver, 59_999 + 60_000, -1);
            driver.correct();
            // Every cut is a millisecond earlier, and there is an odd element now.
            assertThat(standing(driver)).containsExactly("-1-59998=30001", "60000-119999=30001", "120000-179998=30000");
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }
}
