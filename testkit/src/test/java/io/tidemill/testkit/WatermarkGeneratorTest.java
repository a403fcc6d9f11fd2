package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.WatermarkGenerator;
import io.tidemill.engine.PipelineException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Watermarks by a function of the user's own. A record is {@code millis} or {@code millis,what}: {@code to=…} for how far the partition
 * has come, {@code fail} for a failure after that was said, {@code filter} for one that is not counted.
 */
final class WatermarkGeneratorTest {
    /** Remembers how many elements there were. */
    private record Told(AtomicInteger size) implements WatermarkGenerator<String> {
        @Override
        public long[] initialState() {
            return new long[size.get()];
        }

        @Override
        public void onElement(String text, long timeMillis, Progress progress) {
            progress.state(0, progress.state(0) + 1);
            for (String part : text.split(",", -1)) {
                if (part.startsWith("to=")) {
                    progress.advanceTo(Long.parseLong(part.substring(3)));
                } else if (part.equals("fail")) {
                    throw new IllegalStateException("told to fail");
                } else if (part.equals("fifth") && progress.state(0) == 5) {
                    progress.advanceTo(timeMillis);
                }
            }
        }
    }

    private final AtomicInteger size = new AtomicInteger(1);

    private Pipeline pipeline() {
        Watermark watermark = Watermark.outOfOrderBy(Duration.ofMillis(5))
                .idleAfter(Duration.ofSeconds(10))
                .aheadMax(Duration.ofHours(1));
        return Pipeline.named("generated")
                .from(Topic.of("in", Codec.text()))
                .eventTime(
                        text -> Instant.ofEpochMilli(Long.parseLong(text.split(",", -1)[0])), watermark, new Told(size))
                .filter(text -> !text.contains("filter"))
                .keyBy(text -> "k")
                .window(Tumbling.of(Duration.ofMillis(10)))
                .aggregate(Aggregate.count())
                .to(
                        "out",
                        result -> Objects.requireNonNull(result.window()).startMillis() + "=" + result.value(),
                        Codec.text());
    }

    private static void append(PipelineTestDriver driver, int partition, String... records) {
        for (String record : records) {
            driver.append(
                    TestRecord.of(null, record.getBytes(StandardCharsets.UTF_8)).partition(partition));
        }
        driver.run();
    }

    private static List<String> texts(PipelineTestDriver driver) {
        return driver.results().stream().map(TestResult::text).toList();
    }

    @Test
    void nothingClosesAndNothingIsLateBeforeItIsSaid() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            append(driver, 0, "1", "1000", "2");
            assertThat(texts(driver)).isEmpty();
            append(driver, 0, "3,to=14", "4");
            assertThat(texts(driver)).as("the bound is behind what was said").isEmpty();
            append(driver, 0, "5,to=15", "6");
            assertThat(texts(driver)).containsExactly("0=5");
            assertThat(driver.late()).hasSize(1);
        }
    }

    @Test
    void itNeverGoesBack() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            append(driver, 0, "1", "2,to=15", "3,to=-9223372036854775808", "4,to=1", "5");
            assertThat(texts(driver)).containsExactly("0=2");
            assertThat(driver.late()).hasSize(3);
        }
    }

    @Test
    void elementsThatAreFilteredLaterSayItToo() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            append(driver, 0, "1", "2,to=15,filter");
            assertThat(texts(driver)).containsExactly("0=1");
        }
    }

    @Test
    void whatFailsIsADeadLetterAndHasSaidNothing() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            append(driver, 0, "1", "2,to=100,fail", "3");
            assertThat(texts(driver)).isEmpty();
            assertThat(driver.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.operator()).isEqualTo("eventTime");
                assertThat(letter.failureClass()).isEqualTo(FailureClass.CODE);
                assertThat(letter.errorMessage()).contains("told to fail");
            });
            // The failed one was not counted.
            append(driver, 0, "4", "5", "50,fifth");
            assertThat(texts(driver)).containsExactly("0=4");
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }

    @Test
    void whatIsTooFarAheadIsADeadLetter() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            long limit =
                    PipelineTestDriver.START_DEFAULT.plus(Duration.ofHours(1)).toEpochMilli();
            append(driver, 0, "1", "2,to=" + (limit + 1), "3,to=" + Long.MAX_VALUE);
            assertThat(driver.deadLetters())
                    .extracting(DeadLetter::reason)
                    .containsExactly("TIMESTAMP_AHEAD", "EXCEPTION");
            assertThat(texts(driver)).isEmpty();
            append(driver, 0, "4,to=" + limit);
            assertThat(driver.deadLetters()).hasSize(2);
            assertThat(texts(driver)).containsExactly("0=2");
        }
    }

    @Test
    void aPartitionThatSaysNothingHoldsOthersUpUntilItIsIdle() {
        try (PipelineTestDriver driver =
                PipelineTestDriver.builder(pipeline()).partitions(2).build()) {
            append(driver, 0, "1,to=100");
            append(driver, 1, "2");
            assertThat(texts(driver)).isEmpty();
            driver.advance(Duration.ofSeconds(10));
            append(driver, 0, "60,to=100");
            assertThat(texts(driver)).containsExactly("0=2");
        }
    }

    @Test
    void whatItRemembersIsThereAfterARestart() {
        try (PipelineTestDriver driver =
                PipelineTestDriver.builder(pipeline()).partitions(2).build()) {
            append(driver, 0, "1", "2", "3");
            append(driver, 1, "1", "2,to=100");
            driver.restart();
            append(driver, 0, "4");
            driver.crash();
            append(driver, 0, "30,fifth");
            assertThat(texts(driver)).containsExactly("0=6");
        }
    }

    @Test
    void anotherGeneratorsMemoryIsRefused() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            append(driver, 0, "1");
            size.set(2);
            assertThatThrownBy(driver::restart)
                    .isInstanceOf(PipelineException.class)
                    .hasMessageContaining("remembers 2 numbers")
                    .hasMessageContaining("run the pipeline under another name");
            size.set(1);
            driver.restart();
        }
    }

    @Test
    void itsMemoryIsBounded() {
        size.set(WatermarkGenerator.STATE_MAX + 1);
        assertThatThrownBy(this::pipeline)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64");
    }
}
