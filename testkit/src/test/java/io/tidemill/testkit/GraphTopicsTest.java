package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Table;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.engine.PipelineException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What graphs write where several ways meet in a topic, and what they refuse. An element is {@code key,millis}. */
final class GraphTopicsTest {
    private static final Codec<String> TEXT = Codec.text();

    /** Murmur2 makes the same of both. */
    private static final List<String> ONE_HASH = List.of("opj18w", "op1b60p");

    private static EventStream<String> events(String topic) {
        return Pipeline.named("topics")
                .from(Topic.of(topic, TEXT))
                .as("from-" + topic)
                .eventTime(
                        text -> Instant.ofEpochMilli(Long.parseLong(text.split(",", -1)[1])),
                        Watermark.outOfOrderBy(Duration.ZERO).idleAfter(Duration.ofSeconds(10)))
                .as("time-" + topic);
    }

    private static String key(String text) {
        return text.split(",", -1)[0];
    }

    private static ResultStream<String, Long> counts(KeyedStream<String, String> of, String name) {
        return of.window(Tumbling.of(Duration.ofMillis(10)))
                .as("window-" + name)
                .aggregate(Aggregate.<String>count())
                .as(name);
    }

    private static EventStream<String> counted(EventStream<String> events) {
        return counts(events.keyBy(GraphTopicsTest::key), "one")
                .results(Codec.int64())
                .map(result -> "c" + result.value() + " of " + result.key(), TEXT);
    }

    private static void append(PipelineTestDriver driver, String... records) {
        for (String record : records) {
            driver.append("in", null, record);
        }
        driver.run();
    }

    private static List<String> texts(PipelineTestDriver driver, String topic) {
        return driver.results(topic).stream()
                .map(each -> each.key() + "=" + each.text())
                .toList();
    }

    private static void assertBalanced(PipelineTestDriver driver) {
        assertThat(driver.ledger().imbalances()).isEmpty();
    }

    // ---- several operators, one topic ----

    private record Marked(OutputTag<String> tag, String mark) implements ProcessFunction<String, String, String> {
        @Override
        public List<OutputTag<?>> outputs() {
            return List.of(tag);
        }

        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.output(tag, mark + element);
        }
    }

    @Test
    void sideOutputsOfTwoFunctionsDoNotReplaceEachOther() {
        OutputTag<String> tag = OutputTag.of("x", TEXT);
        KeyedStream<String, String> keyed = events("in").keyBy(GraphTopicsTest::key);
        Pipeline pipeline = keyed.process(new Marked(tag, "one "), TEXT)
                .as("one")
                .side(tag)
                .union(keyed.process(new Marked(tag, "two "), TEXT)
                        .as("two")
                        .side(tag)
                        .as("side-two"))
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "k,1", "k,2");
            driver.end();
            assertThat(texts(driver, "out"))
                    .containsExactlyInAnyOrder("k=one k,1", "k=two k,1", "k=one k,2", "k=two k,2");
            assertBalanced(driver);
        }
    }

    /** An event is no version of another one. */
    @Test
    void eventsBesideResultsAllStay() {
        EventStream<String> events = events("in");
        Pipeline pipeline = events.union(counted(events)).to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            driver.append("in", "k", "k,1");
            driver.append("in", "k", "k,2");
            append(driver, "l,3", "l,50", "k,3");
            driver.end();
            driver.correct();
            assertThat(driver.log().topic("out").orElseThrow().config().compacted())
                    .isFalse();
            assertThat(driver.results("out"))
                    .extracting(TestResult::text)
                    .containsExactlyInAnyOrder("k,1", "k,2", "l,3", "l,50", "k,3", "c3 of k", "c1 of l", "c1 of l");
            assertBalanced(driver);
        }
    }

    /** What stands under such a key may be another row's. */
    @Test
    void nothingIsTakenBackUnderAKeyOfTheUsersOwn() {
        Pipeline pipeline = counted(events("in"))
                .keyBy(text -> text.substring(0, 2))
                .as("keyBy2")
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "k,1", "k,50", "k,51", "x,70", "x,90", "k,2");
            driver.correct();
            assertThat(driver.log().topic("out").orElseThrow().config().compacted())
                    .isFalse();
            assertThat(texts(driver, "out")).containsExactly("c1=c1 of k", "c2=c2 of k", "c1=c1 of x", "c2=c2 of k");
            assertBalanced(driver);
        }
    }

    @Test
    void anEmptiedRunningResultIsTakenBackBehindOperators() {
        EventStream<String> running = counted(events("in"))
                .keyBy(text -> text.substring(0, 2))
                .as("keyBy2")
                .aggregate(Aggregate.<String>count())
                .as("two")
                .results(Codec.int64())
                .as("results2")
                .filter(result -> true)
                .map(result -> "n" + result.value(), TEXT)
                .as("map2");
        Pipeline pipeline = running.to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "k,1", "k,50", "k,2");
            assertThat(texts(driver, "out")).containsExactly("c1=n1");
            driver.correct();
            assertThat(texts(driver, "out")).containsExactly("c2=n1");
            driver.restart();
            driver.end();
            assertThat(texts(driver, "out")).containsExactly("c1=n1", "c2=n1");
            assertBalanced(driver);
        }
    }

    /** However a key ends, it is not another's with a number. */
    @Test
    void keysAndNumbersAreToldApart() {
        Pipeline pipeline = counts(events("in").keyBy(GraphTopicsTest::key), "one")
                .results(Codec.int64())
                .flatMap(result -> List.of("first", "second"), TEXT)
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "a,1", "a\0\0\0\1,1", "a\0\0\0\1\0\0\0\4,1");
            driver.end();
            assertThat(texts(driver, "out"))
                    .containsExactlyInAnyOrder(
                            "a=first",
                            "a=second",
                            "a\0\0\0\1=first",
                            "a\0\0\0\1=second",
                            "a\0\0\0\1\0\0\0\4=first",
                            "a\0\0\0\1\0\0\0\4=second");
            Set<ByteBuffer> keys = new HashSet<>();
            TopicRecords.forEach(
                    driver.log(), "out", record -> keys.add(ByteBuffer.wrap(Objects.requireNonNull(record.key()))));
            assertThat(keys).hasSize(6);
            assertBalanced(driver);
        }
    }

    // ---- late ----

    @Test
    void aRecordOfManyElementsIsLateForTwoOperators() {
        EventStream<String> events = events("in")
                .flatMap(text -> text.endsWith("big") ? Collections.nCopies(6_000, text) : List.of(text), TEXT);
        Pipeline pipeline = Pipeline.of(
                counts(events.keyBy(GraphTopicsTest::key), "one").to("one", result -> "" + result.value(), TEXT),
                counts(events.keyBy(text -> "all"), "two").to("two", result -> "" + result.value(), TEXT));
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "k,1", "k,100", "k,2,big");
            assertThat(driver.deadLetters()).isEmpty();
            assertThat(driver.late()).hasSize(1);
            LateRecord late = driver.late().get(0);
            assertThat(late.missed()).hasSize(2 * 6_000);
            assertThat(late.toHeaders())
                    .allSatisfy(header -> assertThat(header.value()).hasSizeLessThan(1_000));
            driver.correct();
            driver.end();
            assertThat(texts(driver, "one")).containsExactly("k=6001", "k=1");
            assertThat(texts(driver, "two")).containsExactly("all=6001", "all=1");
            assertBalanced(driver);
        }
    }

    // ---- names ----

    @Test
    void operatorsWithOneNumberAreRefused() {
        KeyedStream<String, String> keyed = events("in").keyBy(GraphTopicsTest::key);
        Pipeline pipeline = Pipeline.of(
                counts(keyed, ONE_HASH.get(0)).to("one", result -> "" + result.value(), TEXT),
                counts(keyed, "other").formerly(ONE_HASH.get(1)).to("two", result -> "" + result.value(), TEXT));
        assertThatThrownBy(() -> PipelineTestDriver.of(pipeline))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("'opj18w' and 'op1b60p' have the same number in the state");
    }

    @Test
    void sourcesWithOneNumberAreRefused() {
        Pipeline pipeline = counts(
                        events(ONE_HASH.get(0)).union(events(ONE_HASH.get(1))).keyBy(GraphTopicsTest::key), "one")
                .to("out", result -> "" + result.value(), TEXT);
        assertThatThrownBy(() -> PipelineTestDriver.of(pipeline))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("topics 'opj18w' and 'op1b60p' have the same number in the state");
    }

    // ---- the driver ----

    @Test
    void aTableIsASourceOfTheDriver() {
        Table<String, String> table = Pipeline.named("topics")
                .table(
                        Topic.of("table", TEXT),
                        TEXT,
                        Watermark.outOfOrderBy(Duration.ZERO).idleAfter(Duration.ofSeconds(1)));
        Pipeline pipeline = events("in")
                .keyBy(GraphTopicsTest::key)
                .enrich(table)
                .inner((element, version) -> element + ":" + version, TEXT)
                .to("out", TEXT);
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            driver.append("table", TestRecord.of("k", "one").timestamp(Instant.ofEpochMilli(10)));
            driver.append("table", TestRecord.of("k", "two").timestamp(Instant.ofEpochMilli(90)));
            append(driver, "k,50", "k,95");
            driver.restart();
            driver.end();
            assertThat(driver.results()).extracting(TestResult::text).containsExactlyInAnyOrder("k,50:one", "k,95:two");
            assertBalanced(driver);
        }
    }
}
