package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.json.Json;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Records that nobody should send: each becomes a dead letter or a clear error, and what comes after it is counted. */
final class HostileInputTest {
    private static final Topic<Reading> READINGS = Topic.of("readings", Json.of(Reading.class));
    private static final int RECORD_BYTES_MAX = TopicConfig.RECORD_BYTES_MAX_DEFAULT;
    private static final int FIFTY_MEGABYTES = 50 << 20;

    record Reading(String sensor, Instant time, long value) {}

    private static Pipeline pipeline() {
        return Pipeline.named("counts")
                .from(READINGS)
                .eventTime(Reading::time, Watermark.outOfOrderBy(Duration.ofMinutes(1)))
                .keyBy(Reading::sensor)
                .window(Tumbling.of(Duration.ofHours(1)))
                .aggregate(Aggregate.sum(Reading::value))
                .to("sums", result -> result.value() + "#" + result.revision(), Codec.text());
    }

    private static byte[] json(@Nullable String sensor, String time, long value) {
        String key = sensor == null ? "null" : "\"" + sensor + "\"";
        return utf8("{\"sensor\":" + key + ",\"time\":\"" + time + "\",\"value\":" + value + "}");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Between two good records. */
    private static DeadLetter onlyDeadLetter(byte @Nullable [] key, byte @Nullable [] payload) {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            driver.append("readings", "a", json("a", "2024-01-01T00:00:01Z", 1));
            DeadLetter.Origin origin = driver.append(TestRecord.of(key, payload).header("trace", utf8("t1")));
            driver.append("readings", "a", json("a", "2024-01-01T00:59:59Z", 2));
            driver.end();
            assertThat(driver.results(Codec.text())).containsExactly("3#0");
            assertThat(driver.late()).isEmpty();
            assertThat(driver.ledger().imbalances()).isEmpty();
            DeadLetter letter = only(driver.deadLetters());
            assertThat(letter.origin()).isEqualTo(origin);
            assertThat(letter.key()).isEqualTo(key);
            assertThat(letter.payload()).isEqualTo(payload);
            assertThat(letter.headers()).extracting(Header::name).containsExactly("trace");
            assertThat(letter.reader().name()).isEqualTo("counts");
            assertThat(letter.fingerprint()).isNotEmpty();
            return letter;
        }
    }

    private static DeadLetter only(List<DeadLetter> letters) {
        assertThat(letters).hasSize(1);
        return letters.get(0);
    }

    private static void expectDead(
            byte @Nullable [] payload, String operator, FailureClass failureClass, String reason) {
        expect(onlyDeadLetter(utf8("k"), payload), operator, failureClass, reason);
    }

    private static void expect(DeadLetter letter, String operator, FailureClass failureClass, String reason) {
        assertThat(List.of(letter.operator(), letter.failureClass(), letter.reason()))
                .isEqualTo(List.of(operator, failureClass, reason));
    }

    // ---- what does not decode ----

    @Test
    void bytesThatAreNoValue() {
        byte[] good = json("a", "2024-01-01T00:00:00Z", 1);
        List<byte[]> payloads = List.of(
                new byte[0],
                utf8("null"),
                utf8("7"),
                utf8("{\"sensor\":\"a\",\"sensor\":\"b\"}"),
                Arrays.copyOf(good, good.length - 1),
                Arrays.copyOf(good, 1),
                utf8(new String(good, StandardCharsets.UTF_8) + "}"),
                new byte[] {(byte) 0xFF, (byte) 0xFE, 0},
                new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'},
                utf8("[".repeat(100_000)),
                utf8("[".repeat(100_000) + "]".repeat(100_000)),
                utf8("{\"x\":".repeat(100_000) + "1" + "}".repeat(100_000)),
                utf8("{\"value\":1" + "0".repeat(500_000) + "}"),
                utf8("{\"" + "n".repeat(500_000) + "\":1}"),
                utf8("{\"sensor\":\"a\",\"time\":\"2024-13-01T00:00:00Z\",\"value\":1}"),
                utf8("{\"sensor\":\"a\",\"time\":\"2024-01-01T00:00:00Z\",\"value\":9223372036854775808}"));
        for (byte[] payload : payloads) {
            expectDead(payload, "from", FailureClass.DATA, "UNDECODABLE");
        }
    }

    @Test
    void aRecordWithoutAValue() {
        expectDead(null, "from", FailureClass.DATA, "NO_VALUE");
        expect(onlyDeadLetter(null, null), "from", FailureClass.DATA, "NO_VALUE");
    }

    // ---- time ----

    @Test
    void timesThatCannotBe() {
        for (Instant time : List.of(Instant.MAX, Instant.MIN, Instant.parse("+10000-01-01T00:00:00Z"))) {
            expectDead(json("a", time.toString(), 1), "eventTime", FailureClass.DATA, "TIMESTAMP_OUT_OF_RANGE");
        }
        expectDead(utf8("{\"sensor\":\"a\",\"value\":1}"), "eventTime", FailureClass.DATA, "NO_EVENT_TIME");
        expectDead(json("a", "9999-12-31T23:59:59.999Z", 1), "eventTime", FailureClass.DATA, "TIMESTAMP_AHEAD");
    }

    @Test
    void aTimestampOneMillisecondTooFarAheadMovesNoWatermark() {
        Instant ahead = PipelineTestDriver.START_DEFAULT.plus(Watermark.AHEAD_MAX_DEFAULT);
        expectDead(json("a", ahead.plusMillis(1).toString(), 1), "eventTime", FailureClass.DATA, "TIMESTAMP_AHEAD");
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            driver.append("readings", null, json("a", ahead.toString(), 1));
            driver.append("readings", null, json("a", "2024-01-01T00:00:00Z", 1));
            driver.end();
            assertThat(driver.deadLetters()).isEmpty();
            assertThat(driver.late()).hasSize(1);
        }
    }

    @Test
    void timesBefore1970FallIntoWindowsLikeAllOthers() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            for (String time : List.of("-9999-01-01T00:30:00Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z")) {
                driver.append("readings", null, json("a", time, 1));
            }
            driver.end();
            assertThat(driver.results())
                    .extracting(result -> String.valueOf(result.window()))
                    .containsExactly(
                            "-9999-01-01T00:00:00Z/-9999-01-01T01:00:00Z",
                            "1969-12-31T23:00:00Z/1970-01-01T00:00:00Z",
                            "1970-01-01T00:00:00Z/1970-01-01T01:00:00Z");
        }
    }

    @Test
    void recordsWithoutATimestamp() {
        Pipeline byTimestamp = Pipeline.named("counts")
                .from(Topic.of("texts", Codec.text()))
                .eventTime(Watermark.outOfOrderBy(Duration.ZERO))
                .keyBy(text -> text)
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .aggregate(Aggregate.count())
                .to("counted", Json.results());
        try (PipelineTestDriver driver = PipelineTestDriver.of(byTimestamp)) {
            driver.append(TestRecord.of("k", "a").timestamp(Instant.EPOCH));
            driver.append(TestRecord.of("k", "b").timestamp(Instant.ofEpochMilli(-5_000)));
            driver.append(TestRecord.of("k", "c").timestamp(Instant.ofEpochMilli(Long.MAX_VALUE)));
            driver.end();
            assertThat(driver.results()).hasSize(1);
            assertThat(driver.deadLetters())
                    .extracting(DeadLetter::reason)
                    .containsExactly("NO_EVENT_TIME", "TIMESTAMP_AHEAD");
            assertThat(driver.deadLetters())
                    .extracting(letter -> letter.origin().timestampMillis())
                    .containsExactly(-1L, Long.MAX_VALUE);
        }
    }

    // ---- keys ----

    @Test
    void keysThatAreNoneAndKeysThatAreHuge() {
        expectDead(json(null, "2024-01-01T00:00:00Z", 1), "keyBy", FailureClass.DATA, "NO_KEY");
        expectDead(
                json("x".repeat((64 << 10) + 1), "2024-01-01T00:00:00Z", 1),
                "keyBy",
                FailureClass.DATA,
                "KEY_TOO_LARGE");
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            driver.append("readings", "", json("", "2024-01-01T00:00:00Z", 1));
            driver.append("readings", null, json("x".repeat(64 << 10), "2024-01-01T00:00:00Z", 2));
            driver.end();
            assertThat(driver.results()).extracting(TestResult::text).containsExactly("1#0", "2#0");
            assertThat(driver.results().get(0).key()).isEmpty();
        }
    }

    @Test
    void aKeyOfAMegabyteOnTheRecordItself() {
        Pipeline copy = Pipeline.named("copy")
                .from(Topic.of("in", Codec.bytes()))
                .map(bytes -> bytes)
                .to("out", Codec.bytes());
        try (PipelineTestDriver driver = PipelineTestDriver.builder(copy)
                .source(TopicConfig.of(1).recordBytesMax(8 << 20))
                .build()) {
            driver.append(TestRecord.of(new byte[2 << 20], new byte[1]));
            driver.append(TestRecord.of(new byte[600 << 10], new byte[600 << 10]));
            driver.append(TestRecord.of(new byte[1], new byte[1]));
            driver.run();
            assertThat(driver.results()).hasSize(1);
            assertThat(driver.deadLetters())
                    .extracting(DeadLetter::reason)
                    .containsExactly("RESULT_TOO_LARGE", "RESULT_TOO_LARGE");
        }
    }

    // ---- size ----

    @Test
    void aRecordOfTheLargestSizeCanBeLateAndDead() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            driver.append("readings", null, json("a", "2024-01-01T08:00:00Z", 1));
            byte[] late = padded(json("a", "2024-01-01T00:00:00Z", 1), largest(driver));
            byte[] dead = padded(utf8("["), late.length);
            driver.append("readings", null, late);
            driver.append("readings", null, dead);
            driver.end();
            assertThat(driver.late().get(0).payload()).isEqualTo(late);
            assertThat(driver.deadLetters().get(1).payload()).isEqualTo(dead);
            assertThatThrownBy(() -> driver.append("readings", null, new byte[late.length + 1]))
                    .isInstanceOfSatisfying(
                            LogException.class,
                            e -> assertThat(e.code()).isEqualTo(LogException.Code.RECORD_TOO_LARGE));
        }
    }

    /** The largest value that the log takes, found by trying. */
    private static int largest(PipelineTestDriver driver) {
        int size = RECORD_BYTES_MAX;
        while (true) {
            try {
                driver.append("readings", null, new byte[size]);
                driver.run();
                assertThat(only(driver.deadLetters()).payload()).hasSize(size);
                return size;
            } catch (LogException e) {
                size--;
            }
        }
    }

    private static byte[] padded(byte[] text, int size) {
        byte[] padded = Arrays.copyOf(text, size);
        Arrays.fill(padded, text.length, size, (byte) ' ');
        return padded;
    }

    @Test
    void fiftyMegabytesAreRefusedInASentenceAndLittleMemory() {
        byte[] payload = new byte[FIFTY_MEGABYTES];
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            long before = allocatedBytes();
            assertThatThrownBy(() -> driver.append("readings", "a", payload))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("larger than topic 'readings' takes (1048576 bytes)")
                    .hasMessageContaining("record-bytes-max");
            assertThat(allocatedBytes() - before).isLessThan(4L * FIFTY_MEGABYTES);
            driver.append("readings", "a", json("a", "2024-01-01T00:00:00Z", 1));
            driver.end();
            assertThat(driver.results()).hasSize(1);
        }
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    @Test
    void fiftyMegabytesThatATopicTakesAreADeadLetterWhole() {
        try (PipelineTestDriver driver = PipelineTestDriver.builder(pipeline())
                .source(TopicConfig.of(1).recordBytesMax(TopicConfig.RECORD_BYTES_MAX_LIMIT))
                .build()) {
            byte[] payload = padded(utf8("{"), FIFTY_MEGABYTES);
            driver.append("readings", "a", payload);
            driver.append("readings", "a", json("a", "2024-01-01T00:00:00Z", 1));
            driver.end();
            assertThat(Arrays.equals(only(driver.deadLetters()).payload(), payload))
                    .isTrue();
            assertThat(driver.results()).hasSize(1);
        }
    }

    // ---- envelopes in envelopes ----

    @Test
    void headersThatLookLikeOurOwnComeBackAsTheyWere() {
        List<Header> headers = List.of(
                Header.text("tidemill.headers", "0"),
                Header.text("tidemill.topic", "elsewhere"),
                Header.text("tidemill.late", "garbage"),
                Header.text("tidemill.window", "x"),
                Header.text("tidemill.revision", "no number"),
                Header.text("tidemill.headers", "-1"));
        for (byte[] payload : List.of(utf8("?"), json("a", "2024-01-01T00:00:00Z", 5))) {
            try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
                driver.append("readings", null, json("a", "2024-01-01T02:00:00Z", 1));
                driver.append(TestRecord.of(null, payload).headers(headers));
                driver.end();
                List<Header> found = driver.late().isEmpty()
                        ? only(driver.deadLetters()).headers()
                        : driver.late().get(0).headers();
                assertThat(text(found)).isEqualTo(text(headers));
                driver.correct();
                assertThat(driver.ledger().uncorrectable()).isZero();
            }
        }
    }

    private static List<String> text(List<Header> headers) {
        return headers.stream()
                .map(header -> header.name() + "=" + header.text())
                .toList();
    }

    @Test
    void aDeadLetterOfADeadLetterHoldsBoth() {
        DeadLetter inner = onlyDeadLetter(utf8("k"), utf8("{broken"));
        Pipeline triage = Pipeline.named("triage")
                .from(Topic.of("counts.dead", Codec.int64()))
                .map(number -> number + 1)
                .to("numbers", Codec.int64());
        try (PipelineTestDriver driver = PipelineTestDriver.of(triage)) {
            driver.append(TestRecord.of(inner.key(), inner.payload()).headers(inner.toHeaders()));
            driver.run();
            DeadLetter outer = only(driver.deadLetters());
            expect(outer, "from", FailureClass.DATA, "UNDECODABLE");
            DeadLetter unwrapped = DeadLetter.of(outer.key(), outer.payload(), outer.headers());
            assertThat(unwrapped.reader().name()).isEqualTo("counts");
            assertThat(unwrapped.origin()).isEqualTo(inner.origin());
            assertThat(text(unwrapped.headers())).containsExactly("trace=t1");
        }
    }

    // ---- one record becomes many ----

    /** A number becomes so many elements at 0 or, if it is negative, at 0, -1, -2, and so on. */
    private static Pipeline words(String name, Duration bound) {
        return Pipeline.named(name)
                .from(Topic.of("counts", Codec.int64()))
                .flatMap(count -> () -> LongStream.iterate(0, i -> i + 1)
                        .limit(Math.abs(count))
                        .map(i -> count < 0 ? -i : 0)
                        .iterator())
                .eventTime(number -> Instant.ofEpochSecond(number), Watermark.outOfOrderBy(bound))
                .keyBy(number -> "k")
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .aggregate(Aggregate.count())
                .to("counted", result -> String.valueOf(result.value()), Codec.text());
    }

    @Test
    void oneRecordBecomesAsManyElementsAsItMayAndNoMore() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(words("words", Duration.ZERO))) {
            driver.append("counts", null, 100_000L);
            driver.append("counts", null, 100_001L);
            driver.append("counts", null, Long.MAX_VALUE);
            driver.append("counts", null, 1L);
            driver.end();
            assertThat(driver.results(Codec.text())).containsExactly("100001");
            assertThat(driver.deadLetters())
                    .allSatisfy(letter -> expect(letter, "flatMap", FailureClass.CODE, "TOO_MANY_ELEMENTS"))
                    .hasSize(2);
        }
    }

    @Test
    void oneRecordIsLateForThousandsOfWindows() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(words("words", Duration.ZERO))) {
            driver.append("counts", null, 1L);
            driver.append("counts", null, -100_000L);
            driver.append("counts", null, -1_000L);
            driver.append("counts", null, 3L);
            driver.end();
            expect(only(driver.deadLetters()), "window", FailureClass.DATA, "TOO_MANY_ELEMENTS");
            assertThat(driver.late()).hasSize(1);
            driver.correct();
            assertThat(driver.results()).hasSize(1_000);
            assertThat(driver.ledger().imbalances()).isEmpty();
        }
    }

    @Test
    void aHundredThousandElementsAreLateForOneWindow() {
        Pipeline bursts = Pipeline.named("bursts")
                .from(Topic.of("times", Codec.int64()))
                .eventTime(Instant::ofEpochMilli, Watermark.outOfOrderBy(Duration.ZERO))
                .flatMap(time -> Collections.nCopies(time == 0 ? 100_000 : 1, time))
                .keyBy(number -> "k")
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .aggregate(Aggregate.count())
                .to("counted", result -> String.valueOf(result.value()), Codec.text());
        try (PipelineTestDriver driver = PipelineTestDriver.of(bursts)) {
            driver.append("times", null, 5_000L);
            driver.append("times", null, 0L);
            driver.append("times", null, 5_001L);
            driver.end();
            assertThat(driver.late())
                    .extracting(LateRecord::missed)
                    .allSatisfy(missed -> assertThat(missed).hasSize(100_000));
            driver.correct();
            assertThat(driver.results(Codec.text())).containsExactly("100000", "2");
        }
    }

    // ---- results ----

    @Test
    void aResultThatFailsIsADeadLetterAndTheOthersAreNot() {
        try (PipelineTestDriver driver = PipelineTestDriver.of(pipeline())) {
            for (int i = 0; i < 2; i++) {
                driver.append("readings", null, json("much", "2024-01-01T00:00:00Z", Long.MAX_VALUE));
                driver.append("readings", null, json("little", "2024-01-01T00:00:00Z", 1));
            }
            driver.end();
            assertThat(driver.results(Codec.text())).containsExactly("2#0");
            DeadLetter letter = only(driver.deadLetters());
            expect(letter, "aggregate", FailureClass.CODE, "RESULT_FAILED");
            assertThat(letter.errorType()).isEqualTo(ArithmeticException.class.getName());
            assertThat(letter.origin().topic()).isEqualTo("sums");
            assertThat(driver.ledger().failedResults()).isEqualTo(1);
            assertThat(driver.ledger().total().onTime()).isEqualTo(4);
        }
    }

    @Test
    void aResultThatIsTooLarge() {
        Pipeline large = Pipeline.named("large")
                .from(READINGS)
                .keyBy(Reading::sensor)
                .aggregate(Aggregate.sum(Reading::value))
                .to("sums", result -> new byte[(int) (long) result.value()], Codec.bytes());
        try (PipelineTestDriver driver = PipelineTestDriver.of(large)) {
            driver.append("readings", null, json("a", "2024-01-01T00:00:00Z", FIFTY_MEGABYTES));
            driver.append(
                    "readings", null, json("b".repeat(64 << 10), "2024-01-01T00:00:00Z", RECORD_BYTES_MAX - 2_000));
            driver.append("readings", null, json("c", "2024-01-01T00:00:00Z", 3));
            driver.run();
            assertThat(driver.results()).hasSize(1);
            assertThat(driver.deadLetters())
                    .allSatisfy(letter -> expect(letter, "aggregate", FailureClass.CODE, "RESULT_TOO_LARGE"))
                    .hasSize(2);
        }
    }
}
