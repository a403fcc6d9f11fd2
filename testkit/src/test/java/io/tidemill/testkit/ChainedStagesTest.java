package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.EventStream;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pane;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Session;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Stages behind stages: what random graphs come to seldom. A record is {@code key@millis=value}. */
final class ChainedStagesTest {
    private static final Codec<String> TEXT = Codec.text();

    // ---- pipelines ----

    private static EventStream<String> events(String topic) {
        return Pipeline.named("chained")
                .from(Topic.of(topic, TEXT))
                .filter(text -> !key(text).equals("ignored"))
                .eventTime(
                        text -> Instant.ofEpochMilli(Long.parseLong(text.split("[@=]", -1)[1])),
                        Watermark.outOfOrderBy(Duration.ZERO));
    }

    private static String key(String text) {
        return text.split("@", -1)[0];
    }

    private static long value(String text) {
        return Long.parseLong(text.split("=", -1)[1]);
    }

    private static Tumbling ms(long size) {
        return Tumbling.of(Duration.ofMillis(size));
    }

    private static ResultStream<String, Long> sums(EventStream<String> of, long size, String name) {
        return of.keyBy(ChainedStagesTest::key)
                .window(ms(size))
                .aggregate(Aggregate.sum(ChainedStagesTest::value))
                .as(name);
    }

    private static EventStream<String> elements(ResultStream<String, Long> results) {
        return results.results(Codec.int64()).map(ChainedStagesTest::text, TEXT);
    }

    private static String text(Result<String, Long> result) {
        return result.key() + "@" + Objects.requireNonNull(result.window()).startMillis() + "=" + result.value();
    }

    /** How many keys had which sum. */
    private static ResultStream<String, Long> bySum(EventStream<String> sums, long size) {
        return sums.keyBy(text -> String.valueOf(value(text)))
                .window(ms(size))
                .aggregate(Aggregate.count())
                .as("bySum");
    }

    private static List<String> texts(PipelineTestDriver driver, String topic) {
        return driver.results(topic).stream()
                .map(each -> each.key() + "=" + each.text())
                .toList();
    }

    private static void append(PipelineTestDriver driver, String topic, String... records) {
        for (String record : records) {
            driver.append(topic, null, record);
        }
    }

    private static void assertBalanced(PipelineTestDriver driver) {
        assertThat(driver.ledger().imbalances()).isEmpty();
    }

    // ---- corrections behind the first stage ----

    @Test
    void aCorrectedElementMovesToAnotherKey() {
        Pipeline pipeline =
                bySum(elements(sums(events("in"), 10, "sums")), 100).to("out", ChainedStagesTest::count, TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "b@2=5", "c@3=7", "a@50=1", "a@4=2", "b@200=9");
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("1=1", "5=2", "7=1", "9=1");
            driver.restart();
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("1=1", "5=1", "7=2", "9=1");
            assertBalanced(driver);
        }
    }

    private static String count(Result<String, Long> result) {
        return String.valueOf(result.value());
    }

    @Test
    void theLastElementOfAKeyLeavesIt() {
        Pipeline pipeline =
                bySum(elements(sums(events("in"), 10, "sums")), 100).to("out", ChainedStagesTest::count, TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "a@500=1", "a@2=1");
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("5=1", "1=1");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("6=1", "1=1");
            // And it comes back to the first one's key.
            append(driver, "in", "a@3=-1");
            driver.end();
            driver.crash();
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("5=1", "1=1");
            assertThat(driver.allResults("out").stream().filter(each -> Objects.equals(each.key(), "5")))
                    .extracting(TestResult::revision)
                    .containsExactly(0, 1, 2);
            assertBalanced(driver);
        }
    }

    @Test
    void aFilterLetsThroughWhatItDidNotAndTheOtherWayRound() {
        EventStream<String> even = elements(sums(events("in"), 10, "sums")).filter(text -> value(text) % 2 == 0);
        Pipeline pipeline = Pipeline.of(
                even.to("even", TEXT),
                even.keyBy(text -> "all")
                        .window(ms(100))
                        .aggregate(Aggregate.sum(ChainedStagesTest::value))
                        .to("out", ChainedStagesTest::count, TEXT));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=2", "b@1=3", "a@500=1", "a@2=1", "b@2=1");
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("all=2");
            assertThat(texts(driver, "even")).containsExactly("a=a@0=2");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("all=4");
            assertThat(texts(driver, "even")).containsExactly("b=b@0=4");
            assertBalanced(driver);
        }
    }

    @Test
    void aFilterThatLetsNothingThroughAnyMoreTakesTheAnswerBack() {
        Pipeline pipeline = elements(sums(events("in"), 10, "sums"))
                .filter(text -> value(text) % 2 == 0)
                .keyBy(text -> "all")
                .window(ms(100))
                .aggregate(Aggregate.count())
                .to("out", ChainedStagesTest::count, TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=2", "a@500=1", "a@2=1");
            driver.end();
            driver.correct();
            assertThat(driver.results("out")).isEmpty();
            append(driver, "in", "a@2=1");
            driver.end();
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("all=1");
            assertBalanced(driver);
        }
    }

    /** When all has ended, windows have closed in which a stage has seen nothing, too: what a correction brings is told. */
    @Test
    void aCorrectionMakesTheFirstElementOfALaterWindow() {
        Pipeline pipeline = elements(sums(events("in"), 10, "sums"))
                .filter(text -> value(text) % 2 == 0)
                .keyBy(ChainedStagesTest::key)
                .window(ms(10))
                .aggregate(Aggregate.count())
                .to("out", result -> String.valueOf(result.window()), TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=2", "a@500=1", "a@25=4");
            driver.end();
            assertThat(driver.results("out")).hasSize(1);
            driver.correct();
            assertThat(driver.results("out")).hasSize(2);
            assertThat(driver.results("out").get(1).pane()).isEqualTo(Pane.CORRECTION);
            assertBalanced(driver);
        }
    }

    /** It is a dead letter, and what the former result was made into is no longer true. */
    @Test
    void aCorrectedResultThatFailsBehindItsStageLeavesNothing() {
        EventStream<String> failing =
                elements(sums(events("in"), 10, "sums")).map(text -> text + "/" + 6 / (value(text) - 3), TEXT);
        Pipeline pipeline = Pipeline.of(
                failing.to("texts", TEXT),
                failing.keyBy(text -> "all")
                        .window(ms(1_000))
                        .aggregate(Aggregate.count())
                        .to("out", ChainedStagesTest::count, TEXT));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=2", "b@1=9", "a@500=1", "a@2=1");
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("all=3");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("all=2");
            assertThat(texts(driver, "texts")).containsExactly("b=b@0=9/1", "a=a@500=1/-3");
            assertThat(driver.deadLetters()).hasSize(1);
            append(driver, "in", "a@3=1");
            driver.end();
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("all=3");
            assertThat(texts(driver, "texts")).containsExactly("a=a@0=4/6", "b=b@0=9/1", "a=a@500=1/-3");
            assertBalanced(driver);
        }
    }

    /** The answers that stand are those of the elements that are there: also where nobody has asked for windows. */
    @Test
    void aRunningAggregateOfResultsFollowsThem() {
        Pipeline pipeline = elements(sums(events("in"), 10, "sums"))
                .keyBy(text -> String.valueOf(value(text)))
                .aggregate(Aggregate.count())
                .to("out", ChainedStagesTest::count, TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "b@2=5", "c@3=7", "a@500=1", "a@4=2", "c@5=1");
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("1=1", "5=2", "7=1");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("1=1", "5=1", "7=1", "8=1");
            append(driver, "in", "b@3=3");
            driver.end();
            driver.restart();
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("1=1", "7=1", "8=2");
            assertBalanced(driver);
        }
    }

    // ---- state ----

    @Test
    void stagesOfAllKindsAreReadBackFromTheChangelog() {
        EventStream<String> events = events("in");
        ResultStream<String, Long> sums = sums(events, 10, "sums");
        EventStream<String> elements = elements(sums);
        Pipeline pipeline = Pipeline.of(
                sums.to("sums", ChainedStagesTest::count, TEXT),
                elements.keyBy(ChainedStagesTest::key)
                        .join(events.keyBy(ChainedStagesTest::key))
                        .window(ms(50))
                        .left((left, right) -> left + "+" + right, TEXT)
                        .to("joined", TEXT),
                bySum(elements, 1_000).to("out", ChainedStagesTest::count, TEXT),
                events.keyBy(ChainedStagesTest::key)
                        .aggregate(Aggregate.count())
                        .to("counts", ChainedStagesTest::count, TEXT));
        EngineOptions options = EngineOptions.defaults().resultsPerStepMax(1).stateLogBytesMin(0);
        try (PipelineTestDriver driver =
                PipelineTestDriver.builder(pipeline).options(options).build()) {
            List<String> records = List.of("a@1=5", "b@2=5", "a@12=3", "b@25=2", "a@60=1", "a@3=1", "b@70=5", "b@61=4");
            for (String record : records) {
                append(driver, "in", record);
                driver.step();
                driver.crash();
                driver.step();
                driver.restart();
            }
            driver.end();
            driver.correct();
            assertThat(texts(driver, "sums")).containsExactly("a=6", "b=5", "a=3", "b=2", "a=1", "b=4", "b=5");
            assertThat(texts(driver, "counts")).containsExactly("a=4", "b=4");
            assertThat(texts(driver, "out")).containsExactlyInAnyOrder("6=1", "5=2", "3=1", "2=1", "1=1", "4=1");
            assertThat(texts(driver, "joined"))
                    .hasSize(2 * 3 + 2 * 2 + 1 + 2 * 2)
                    .contains("a=a@0=6+a@3=1");
            assertBalanced(driver);
        }
    }

    // ---- fates ----

    @Test
    void aRecordIsLateForOneOperatorAndOnTimeForAnother() {
        EventStream<String> events = events("in");
        Pipeline pipeline = Pipeline.of(
                sums(events, 10, "small").to("small", ChainedStagesTest::count, TEXT),
                sums(events, 100, "large").to("large", ChainedStagesTest::count, TEXT));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "a@20=1", "a@2=1");
            driver.end();
            assertThat(driver.late()).hasSize(1);
            assertThat(driver.late().get(0).missed())
                    .extracting(LateRecord.Missed::operator)
                    .containsExactly("small");
            assertThat(texts(driver, "small")).containsExactly("a=5", "a=1");
            assertThat(texts(driver, "large")).containsExactly("a=7");
            Ledger.Records total = driver.ledger().total();
            assertThat(List.of(total.read(), total.onTime(), total.late())).containsExactly(3L, 2L, 1L);
            driver.correct();
            assertThat(texts(driver, "small")).containsExactly("a=6", "a=1");
            assertThat(texts(driver, "large")).containsExactly("a=7");
            assertBalanced(driver);
        }
    }

    @Test
    void aDeadLetterIsOneAlthoughTwoOperatorsReadTheSource() {
        EventStream<String> events = events("in");
        Pipeline pipeline = Pipeline.of(
                sums(events, 10, "one").to("one", ChainedStagesTest::count, TEXT),
                events.map(text -> text + value(text) / (value(text) - 3), TEXT).to("two", TEXT));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "a@2=3", "no number@x=1", "a@3=4");
            driver.end();
            assertThat(driver.deadLetters()).extracting(DeadLetter::operator).containsExactly("map", "eventTime");
            assertThat(texts(driver, "one")).containsExactly("a=9");
            assertThat(driver.results("two")).hasSize(2);
            Ledger.Records total = driver.ledger().total();
            assertThat(List.of(total.read(), total.onTime(), total.deadLettered()))
                    .containsExactly(4L, 2L, 2L);
            assertBalanced(driver);
        }
    }

    @Test
    void lateRecordsOfTwoTopicsAreCorrectedByWhatReadsThem() {
        EventStream<String> both = events("in").union(events("other").map(text -> "o" + text, TEXT));
        Pipeline pipeline = bySum(elements(sums(both, 10, "sums")), 100).to("out", ChainedStagesTest::count, TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.builder(pipeline)
                .partitions("other", 2)
                .lanes(2)
                .build()) {
            append(driver, "in", "a@1=5", "a@200=1", "a@2=1");
            for (int i = 0; i < 2; i++) {
                driver.append("other", TestRecord.of(null, "b@1=5").partition(i));
                driver.append("other", TestRecord.of(null, "b@300=1").partition(i));
                driver.append("other", TestRecord.of(null, "b@2=1").partition(i));
            }
            driver.end();
            assertThat(driver.late())
                    .extracting(late -> late.origin().topic() + late.origin().partition())
                    .containsExactlyInAnyOrder("in0", "other0", "other1");
            assertThat(texts(driver, "out")).containsExactly("10=1", "5=1", "1=1", "2=1");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("12=1", "6=1", "1=1", "2=1");
            assertThat(driver.ledger().corrected()).isEqualTo(3);
            assertBalanced(driver);
        }
    }

    // ---- ends ----

    /** Records of the same key and window from two operators are two, and each is taken back by its own. */
    @Test
    void resultsOfTwoOperatorsInOneTopic() {
        EventStream<String> events = events("in");
        EventStream<String> odd = elements(sums(events, 10, "one")).filter(text -> value(text) % 2 != 0);
        EventStream<String> all = elements(sums(events, 10, "two"));
        Pipeline pipeline = odd.union(all, all).to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "a@500=2", "a@2=1");
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("a=a@0=5", "a=a@0=5", "a=a@0=5", "a=a@500=2", "a=a@500=2");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("a=a@0=6", "a=a@0=6", "a=a@500=2", "a=a@500=2");
        }
    }

    /** The key may be as long as a window's bounds: it says nothing of one. */
    @Test
    void resultsUnderAKeyOfTheUsersOwn() {
        Pipeline pipeline = elements(sums(events("in"), 10, "sums"))
                .keyBy(text -> "a key of many letters: " + key(text))
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "in", "a@1=5", "b@1=7", "b@500=2", "a@2=1");
            driver.end();
            driver.correct();
            assertThat(driver.results("out"))
                    .extracting(TestResult::text)
                    .containsExactlyInAnyOrder("a@0=5", "b@0=7", "b@500=2", "a@0=6");
            assertThat(driver.results("out")).allMatch(each -> each.window() == null);
        }
    }

    @Test
    void recordsAndResultsInOneTopic() {
        EventStream<String> events = events("in");
        Pipeline pipeline = events.union(elements(sums(events, 10, "sums"))).to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            driver.append("in", "k", "a@1=5");
            driver.append("in", null, "a@500=5");
            driver.end();
            assertThat(driver.allResults("out"))
                    .extracting(TestResult::text)
                    .containsExactlyInAnyOrder("a@1=5", "a@500=5", "a@0=5", "a@500=5");
            assertBalanced(driver);
        }
    }

    @Test
    void sessionsOfResultsAreRefused() {
        Pipeline pipeline = elements(sums(events("in"), 10, "sums"))
                .keyBy(ChainedStagesTest::key)
                .window(Session.withGap(Duration.ofMillis(10)))
                .aggregate(Aggregate.count())
                .as("sessions")
                .to("out", ChainedStagesTest::count, TEXT);
        assertThatThrownBy(() -> PipelineTestDriver.of(pipeline))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("'sessions' has sessions of the results of another operator");
    }
}
