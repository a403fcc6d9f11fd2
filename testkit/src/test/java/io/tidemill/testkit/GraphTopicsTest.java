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

    // ---- late ----

    // ---- names ----

    // ---- the driver ----
}
