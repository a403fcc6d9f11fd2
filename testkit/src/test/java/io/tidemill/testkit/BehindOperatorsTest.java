package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.Table;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators do behind others of another kind. An element is {@code key,time}; time is in milliseconds. */
class BehindOperatorsTest {
    private static EventStream<String> source() {
        return Pipeline.named("p")
                .from(Topic.of("in", Codec.text()))
                .eventTime(BehindOperatorsTest::time, Watermark.outOfOrderBy(Duration.ZERO));
    }

    private static Instant time(String element) {
        return Instant.ofEpochMilli(Long.parseLong(element.substring(element.indexOf(',') + 1)));
    }

    private static String key(String element) {
        return element.substring(0, element.indexOf(','));
    }

    private static void append(PipelineTestDriver driver, String... elements) {
        for (String element : elements) {
            driver.append("in", null, element);
        }
        driver.run();
    }

    private static List<String> results(PipelineTestDriver driver) {
        return driver.results().stream().map(TestResult::text).sorted().toList();
    }

    /** Passes on what it is given. */
    private record Same() implements ProcessFunction<String, String, String> {
        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.collect(element);
        }
    }

    @Test
    void aFunctionIsGivenTheFirstAnswerAlsoIfACorrectionIsTheFirstToGiveOne() {
        Pipeline pipeline = source().keyBy(BehindOperatorsTest::key)
                .window(Tumbling.of(Duration.ofMillis(10)))
                .aggregate(Aggregate.<String>count())
                .as("counts")
                .results(Codec.int64())
                .map(result -> result.key() + "," + result.value(), Codec.text())
                .keyBy(BehindOperatorsTest::key)
                .process(new Same(), Codec.text())
                .to("out", Codec.text());
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            append(driver, "k,1", "k,50", "new,2", "k,3");
            driver.correct();
            driver.end();
            // The second answer of k comes too late for a function.
            assertThat(results(driver)).containsExactly("k,1", "k,1", "new,1");
            assertThat(driver.ledger().imbalances()).isEmpty();
            assertThat(driver.ledger().operators())
                    .filteredOn(each -> each.operator().equals("process"))
                    .singleElement()
                    .satisfies(each -> assertThat(each.dropped()).containsEntry("revision", 1L));
        }
    }

    @Test
    void aVersionThatComesLateMovesWhatIsCountedBehind() {
        Pipeline.Start start = Pipeline.named("p");
        Table<String, String> table =
                start.table(Topic.of("table", Codec.text()), Codec.text(), Watermark.outOfOrderBy(Duration.ZERO));
        Pipeline pipeline = start.from(Topic.of("in", Codec.text()))
                .eventTime(BehindOperatorsTest::time, Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(BehindOperatorsTest::key)
                .enrich(table)
                .correctableFor(Duration.ofDays(1))
                .inner((element, version) -> version, Codec.text())
                .keyBy(version -> version)
                .window(Tumbling.of(Duration.ofMillis(100)))
                .aggregate(Aggregate.<String>count())
                .to("out", result -> result.key() + "=" + result.value(), Codec.text());
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            version(driver, "k", "old", 10);
            append(driver, "k,50");
            version(driver, "other", "x", 90);
            append(driver, "other,90");
            version(driver, "k", "new", 30);
            driver.run();
            driver.correct();
            driver.end();
            assertThat(results(driver)).containsExactly("new=1", "x=1");
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }

    private static void version(PipelineTestDriver driver, String key, String value, long time) {
        driver.append("table", TestRecord.of(key, value).timestamp(Instant.ofEpochMilli(time)));
        driver.run();
    }

    @Test
    void whatIsNeverTakenBackIsFoldedAndNotKept() {
        Pipeline pipeline = source().keyBy(BehindOperatorsTest::key)
                .aggregate(Aggregate.<String>count())
                .as("first")
                .results()
                .keyBy(result -> "all")
                .aggregate(Aggregate.<Result<String, Long>>count())
                .as("second")
                .to("out", result -> String.valueOf(result.value()), Codec.text());
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline)) {
            for (int i = 0; i < 3_000; i++) {
                driver.append("in", null, "k" + i % 7 + "," + i);
            }
            driver.run();
            assertThat(results(driver)).containsExactly("3000");
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }
}
