package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.WindowJoin;
import io.tidemill.api.Windowing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Joins by hand: which rows are told when, what is taken back, and what fails. Orders {@code L17a} and payments {@code R17a}, at
 * 17 ms, called a; there is one key.
 */
@ParameterizedClass
@ValueSource(booleans = {false, true})
final class JoinsTest {
    /** Whether the state is in a store. */
    @Parameter
    boolean stored;

    private PipelineTestDriver driver(Pipeline pipeline) {
        return builder(pipeline).build();
    }

    private PipelineTestDriver.Builder builder(Pipeline pipeline) {
        return PipelineTestDriver.builder(pipeline).stored(stored);
    }

    private static final Windowing TENS = Tumbling.of(Duration.ofMillis(10));
    private static final Windowing PAUSES = Session.withGap(Duration.ofMillis(10));

    private static Pipeline pipeline(
            Windowing windowing, Function<WindowJoin<String, String, String>, EventStream<String>> join) {
        EventStream<String> rows = Pipeline.named("paid")
                .from(Topic.of("in", Codec.text()))
                .eventTime(JoinsTest::time, Watermark.outOfOrderBy(Duration.ZERO));
        return join.apply(
                        side(rows, "L").join(side(rows, "R")).window(windowing).correctableFor(Duration.ofDays(1)))
                .to("out", Codec.text());
    }

    private static Instant time(String text) {
        return Instant.ofEpochMilli(Integer.parseInt(text.substring(1, text.length() - 1)));
    }

    private static KeyedStream<String, String> side(EventStream<String> rows, String letter) {
        return rows.filter(row -> row.startsWith(letter)).keyBy(row -> "k");
    }

    private static String pair(@Nullable String left, @Nullable String right) {
        return (left == null ? "-" : left.substring(left.length() - 1))
                + (right == null ? "-" : right.substring(right.length() - 1));
    }

    private static void append(PipelineTestDriver driver, String... rows) {
        for (String row : rows) {
            driver.append("in", null, row);
        }
        driver.run();
    }

    /** All records; those that take something back end in {@code =}. */
    private static List<String> told(PipelineTestDriver driver) {
        return driver.allResults().stream().map(JoinsTest::text).toList();
    }

    private static String text(TestResult result) {
        Window window = Objects.requireNonNull(result.window());
        return window.startMillis() + "-" + (window.endMillis() - 1) + "=" + result.text() + " " + result.pane() + " "
                + result.revision();
    }

    private static List<String> standing(PipelineTestDriver driver) {
        return driver.results().stream().map(TestResult::text).sorted().toList();
    }

    @Test
    void pairsAreToldWhenTheirWindowCloses() {
        try (PipelineTestDriver driver = driver(pipeline(TENS, join -> join.inner(JoinsTest::pair, Codec.text())))) {
            append(driver, "L1a", "R2x", "L3b", "R4y", "L7c", "R5z", "L9d");
            assertThat(told(driver)).isEmpty();
            append(driver, "L10e");
            assertThat(standing(driver))
                    .containsExactly("ax", "ay", "az", "bx", "by", "bz", "cx", "cy", "cz", "dx", "dy", "dz");
            // 5 was late after 7, by a watermark without a bound: but its window was open.
            assertThat(driver.late()).isEmpty();
        }
    }

    @Test
    void aCorrectionTellsOnlyWhatIsNewAndTakesBackWhatIsNoLongerTrue() {
        try (PipelineTestDriver driver = driver(pipeline(TENS, join -> join.left(JoinsTest::pair, Codec.text())))) {
            append(driver, "L1a", "L2b", "L11c", "R12x", "L20d");
            append(driver, "R3y", "L13e");
            driver.end();
            assertThat(told(driver))
                    .containsExactly("0-9=a- FINAL 0", "0-9=b- FINAL 0", "10-19=cx FINAL 0", "20-29=d- FINAL 0");
            driver.correct();
            assertThat(told(driver).subList(4, 9))
                    .containsExactlyInAnyOrder(
                            "0-9=ay CORRECTION 1",
                            "0-9=by CORRECTION 1",
                            "0-9= CORRECTION 1",
                            "0-9= CORRECTION 1",
                            "10-19=ex CORRECTION 1");
            assertThat(standing(driver)).containsExactly("ay", "by", "cx", "d-", "ex");
        }
    }

    @Test
    void anAllowedLatenessTellsUpdates() {
        try (PipelineTestDriver driver = driver(pipeline(
                TENS, join -> join.allowedLateness(Duration.ofMillis(5)).full(JoinsTest::pair, Codec.text())))) {
            append(driver, "L1a", "L11c");
            append(driver, "R2x");
            driver.restart();
            append(driver, "R3y");
            assertThat(told(driver))
                    .containsExactly("0-9=a- FINAL 0", "0-9=ax UPDATE 1", "0-9= UPDATE 1", "0-9=ay UPDATE 2");
            assertThat(standing(driver)).containsExactly("ax", "ay");
        }
    }

    @Test
    void sessionsThatBecomeOneHaveOthersRows() {
        try (PipelineTestDriver driver = driver(pipeline(PAUSES, join -> join.full(JoinsTest::pair, Codec.text())))) {
            append(driver, "L0a", "R5x", "L20b", "L100d");
            append(driver, "R12y");
            driver.end();
            assertThat(standing(driver)).containsExactly("ax", "b-", "d-");
            driver.correct();
            assertThat(standing(driver)).containsExactly("ax", "ay", "bx", "by", "d-");
            assertThat(driver.results().get(0).window()).isEqualTo(new Window(0, 21));
        }
    }

    @Test
    void whereThereAreTooManyRowsOneDeadLetterSaysSo() {
        try (PipelineTestDriver driver =
                driver(pipeline(TENS, join -> join.rowsMax(3).inner(JoinsTest::pair, Codec.text())))) {
            append(driver, "L1a", "R2x", "L3b", "L10c", "R11y", "L12d", "R13z", "L20e");
            assertThat(standing(driver)).containsExactly("ax", "bx");
            assertThat(driver.deadLetters())
                    .extracting(DeadLetter::operator, DeadLetter::reason, DeadLetter::errorMessage)
                    .singleElement()
                    .asString()
                    .contains("join", "RESULT_FAILED", "more than 3 rows of one key and window");
            // A late one is too much for the first window, too: its pairs go.
            append(driver, "R4w");
            driver.end();
            driver.correct();
            assertThat(standing(driver)).isEmpty();
            assertThat(driver.deadLetters()).hasSize(2);
            assertThat(driver.ledger().failedResults()).isEqualTo(2);
        }
    }

    @Test
    void aJoinerThatFailsCostsItsPairAlone() {
        Aggregate.Joiner<String, String, String> failing = (left, right) -> {
            if (left.endsWith("a")) {
                throw new IllegalArgumentException("not a");
            }
            return pair(left, right);
        };
        try (PipelineTestDriver driver =
                driver(pipeline(TENS, join -> join.as("meet").inner(failing, Codec.text())))) {
            append(driver, "L1a", "L2b", "R3x");
            driver.end();
            assertThat(standing(driver)).containsExactly("bx");
            DeadLetter letter = driver.deadLetters().get(0);
            assertThat(letter.operator()).isEqualTo("meet");
            assertThat(letter.errorMessage()).isEqualTo("not a");
            assertThat(new String(Objects.requireNonNull(letter.payload()), StandardCharsets.UTF_8))
                    .contains("L1a", "R3x");
            assertThat(driver.deadLetters()).hasSize(1);
        }
    }

    /** The newest time is that of an element that was filtered, and the late row's partner might have come after it. */
    @Test
    void aLateRowWithoutAPartnerIsToldByTheCorrectionAfterTheEnd() {
        EventStream<String> rows = Pipeline.named("near")
                .from(Topic.of("in", Codec.text()))
                .eventTime(JoinsTest::time, Watermark.outOfOrderBy(Duration.ZERO));
        Pipeline near = side(rows, "L")
                .join(side(rows, "R"))
                .between(Duration.ZERO, Duration.ofMillis(40))
                .correctableFor(Duration.ofDays(1))
                .left(JoinsTest::pair, Codec.text())
                .to("out", Codec.text());
        try (PipelineTestDriver driver = driver(near)) {
            append(driver, "X50x", "L30a");
            driver.end();
            assertThat(driver.late()).hasSize(1);
            driver.correct();
            assertThat(standing(driver)).containsExactly("a-");
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }
}
