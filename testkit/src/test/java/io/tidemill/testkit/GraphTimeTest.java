package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.EventStream;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WindowedStream;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
import io.tidemill.engine.EngineOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Time behind the first stage: who waits for whom, until when, and what is too old. A record is {@code key,millis}. */
final class GraphTimeTest {
    private static final Codec<String> TEXT = Codec.text();

    // ---- pipelines ----

    private static EventStream<String> events(String topic) {
        return events(topic, Duration.ZERO);
    }

    private static EventStream<String> events(String topic, Duration bound) {
        return Pipeline.named("time")
                .from(Topic.of(topic, TEXT))
                .as("from-" + topic)
                .eventTime(
                        text -> Instant.ofEpochMilli(millis(text)),
                        Watermark.outOfOrderBy(bound).idleAfter(Duration.ofSeconds(10)))
                .as("time-" + topic);
    }

    private static String key(String text) {
        return text.split(",", -1)[0];
    }

    private static long millis(String text) {
        return Long.parseLong(text.split(",", -1)[1]);
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    private static WindowedStream<String, String> windows(EventStream<String> of) {
        return of.keyBy(GraphTimeTest::key).window(Tumbling.of(ms(10)));
    }

    private static EventStream<String> counts(WindowedStream<String, String> of, String name) {
        return elements(of.aggregate(Aggregate.<String>count()).as(name));
    }

    private static EventStream<String> elements(ResultStream<String, Long> of) {
        return of.results(Codec.int64()).map(result -> result.key() + "," + result.value(), TEXT);
    }

    private static Pipeline counted(WindowedStream<String, String> of) {
        return of.aggregate(Aggregate.<String>count()).as("counted").to("out", GraphTimeTest::count, TEXT);
    }

    private static String count(Result<String, Long> result) {
        return String.valueOf(result.value());
    }

    private record Pass() implements ProcessFunction<String, String, String> {
        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.collect(element);
        }
    }

    private static void append(PipelineTestDriver driver, String topic, String... records) {
        for (String record : records) {
            driver.append(topic, null, record);
        }
    }

    private static List<String> texts(PipelineTestDriver driver) {
        return driver.results("out").stream().map(TestResult::text).toList();
    }

    // ---- who is idle ----

    @Test
    void anEmptySourceBesideAStageHoldsNothingUp() {
        EventStream<String> sums = counts(windows(events("a")), "one");
        Pipeline pipeline = counted(windows(sums.union(events("b"))));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "a", "k,1", "k,12");
            driver.run();
            assertThat(texts(driver)).isEmpty();
            driver.advance(Duration.ofSeconds(11));
            append(driver, "a", "k,25");
            driver.run();
            assertThat(texts(driver)).containsExactly("1", "1");
        }
    }

    @Test
    void aStageWhoseSourcesAreIdleHoldsNothingUp() {
        EventStream<String> sums = counts(windows(events("a")), "one");
        Pipeline pipeline = counted(windows(sums.union(events("b"))));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "b", "k,1", "k,12");
            driver.run();
            assertThat(texts(driver)).isEmpty();
            driver.advance(Duration.ofSeconds(11));
            append(driver, "b", "k,25");
            driver.run();
            assertThat(texts(driver)).containsExactly("1", "1");
            driver.advance(Duration.ofSeconds(11));
            assertThat(texts(driver)).containsExactly("1", "1");
        }
    }

    // ---- what goes on closing ----

    /** A step that goes on with what another began takes nothing in: what it closes would be closed again without it. */
    @Test
    void resultsDoNotComeAmongTheSlicesThatClose() {
        EventStream<String> one = counts(windows(events("a", ms(5))).allowedLateness(ms(12)), "one")
                .map(text -> "c" + text, TEXT);
        EventStream<String> both =
                one.union(events("b").map(text -> "c" + text, TEXT).as("mapped"));
        Pipeline pipeline = both.keyBy(GraphTimeTest::key)
                .window(Sliding.of(ms(30), ms(10)))
                .aggregate(Aggregate.<String>count())
                .to("out", result -> result.window() + "=" + result.value(), TEXT);
        EngineOptions options = EngineOptions.defaults().lanes(1).resultsPerStepMax(1);
        try (PipelineTestDriver driver = PipelineTestDriver.builder(pipeline)
                .partitions(2)
                .options(options)
                .build()) {
            appendTo(driver, 1, "k,117");
            driver.advance(Duration.ofSeconds(11));
            appendTo(driver, 0, "k,88");
            appendTo(driver, 0, "k,92");
            driver.run();
            driver.end();
            assertThat(texts(driver).stream().map(text -> text.substring(text.indexOf('=') + 1)))
                    .containsExactlyInAnyOrder("1", "2", "2", "2", "1", "1");
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }

    private static void appendTo(PipelineTestDriver driver, int partition, String record) {
        driver.append(
                "a",
                TestRecord.of(null, record.getBytes(StandardCharsets.UTF_8)).partition(partition));
    }

    // ---- after the end ----

    @Test
    void timeGoesOnWhereItWasAfterTheEnd() {
        EventStream<String> a =
                events("a").keyBy(GraphTimeTest::key).process(new Pass(), TEXT).as("pa");
        EventStream<String> b =
                events("b").keyBy(GraphTimeTest::key).process(new Pass(), TEXT).as("pb");
        Pipeline pipeline = a.union(b)
                .keyBy(GraphTimeTest::key)
                .as("both")
                .process(new Pass(), TEXT)
                .as("ordered")
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "a", "k,1");
            append(driver, "b", "k,2");
            driver.end();
            append(driver, "a", "k,100", "k,200");
            driver.run();
            assertThat(texts(driver)).as("the others wait for b").containsExactlyInAnyOrder("k,1", "k,2");
            append(driver, "b", "k,50", "k,300");
            driver.run();
            assertThat(texts(driver)).containsExactlyInAnyOrder("k,1", "k,2", "k,50", "k,100");
        }
    }

    // ---- allowed lateness ----

    @Test
    void whatAllowedLatenessLetsInIsInTimeBehindItToo() {
        Pipeline pipeline = counts(windows(events("a")).allowedLateness(Duration.ofSeconds(1)), "one")
                .deduplicate(text -> text, TEXT, Duration.ofHours(1))
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "a", "k,1", "k,50");
            driver.run();
            append(driver, "a", "new,2");
            driver.run();
            driver.end();
            assertThat(texts(driver)).containsExactlyInAnyOrder("k,1", "new,1");
            assertThat(driver.deadLetters()).isEmpty();
        }
    }

    // ---- what is forgotten ----

    @Test
    void aForgottenWindowIsNotToldAnewByAResult() {
        ProcessOptions arrival = ProcessOptions.defaults().order(ProcessOrder.ARRIVAL);
        EventStream<String> passed = events("a")
                .keyBy(GraphTimeTest::key)
                .process(new Pass(), TEXT, arrival)
                .as("passed");
        Pipeline pipeline = counted(windows(passed).correctableFor(ms(100)));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "a", "k,1", "k,2", "k,3", "k,5000");
            driver.run();
            append(driver, "a", "k,5001");
            driver.run();
            append(driver, "a", "k,4");
            driver.run();
            append(driver, "a", "k,5002");
            driver.end();
            assertThat(texts(driver)).containsExactly("3", "3");
            assertForgotten(driver);
        }
    }

    @Test
    void aCorrectionDoesNotReachAForgottenWindow() {
        EventStream<String> sums = counts(windows(events("a")).correctableFor(Duration.ofDays(7)), "one");
        Pipeline pipeline = counted(windows(sums).correctableFor(ms(100)));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "a", "k,1", "k,50");
            driver.run();
            append(driver, "a", "k,5000");
            driver.run();
            append(driver, "a", "k,5");
            driver.run();
            driver.correct();
            append(driver, "a", "k,5001");
            driver.run();
            assertThat(texts(driver)).containsExactly("1", "1");
            assertForgotten(driver);
        }
    }

    /** Once, and told. */
    private static void assertForgotten(PipelineTestDriver driver) {
        assertThat(driver.deadLetters()).hasSize(1);
        DeadLetter letter = driver.deadLetters().get(0);
        assertThat(letter.operator()).isEqualTo("counted");
        assertThat(letter.failureClass()).isEqualTo(FailureClass.LATE);
        assertThat(letter.reason()).isEqualTo("BEYOND_CORRECTION");
        assertThat(driver.ledger().operators())
                .filteredOn(each -> each.operator().equals("counted"))
                .singleElement()
                .satisfies(each -> assertThat(each.dropped()).containsEntry("forgotten", 1L));
        assertThat(driver.ledger().imbalances()).isEmpty();
    }
}
