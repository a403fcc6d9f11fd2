package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
    private static final byte[] KEY = {1, 2, 3};
    private static final byte[] PAYLOAD = {(byte) 0xFF, 0, (byte) 0xC0};
    private static final DeadLetter.Origin ORIGIN = new DeadLetter.Origin("t", 3, 99, -1);

    private static DeadLetter letter(List<Header> headers, String message) {
        return new DeadLetter(
                KEY,
                PAYLOAD,
                headers,
                ORIGIN,
                DeadLetter.Reader.pipeline("p"),
                DeadLetter.Phase.RECORD,
                "map",
                FailureClass.CODE,
                "any-exception",
                "EXCEPTION",
                "java.lang.IllegalStateException",
                message,
                "stack",
                "1:abc",
                1,
                Instant.EPOCH,
                Instant.MAX,
                "v7",
                null);
    }

    @Test
    void aDeadLetterReadsBackAlsoFromInsideOfAnother() {
        DeadLetter inner = letter(List.of(new Header("h", new byte[] {7})), "oh");
        DeadLetter outer = letter(inner.toHeaders(), "again");
        DeadLetter read = DeadLetter.of(KEY, PAYLOAD, outer.toHeaders());
        assertThat(read.errorMessage()).isEqualTo("again");
        assertThat(read.headers()).hasSameSizeAs(inner.toHeaders());
        DeadLetter readInner = DeadLetter.of(read.key(), read.payload(), read.headers());
        assertThat(readInner.errorMessage()).isEqualTo("oh");
        assertThat(readInner.headers()).hasSize(1);
        assertThat(readInner.headers().get(0).value()).containsExactly(7);
        assertThat(readInner.origin()).isEqualTo(ORIGIN);
        assertThat(readInner.lastFailure()).isEqualTo(Instant.MAX);
    }

    @Test
    void longTextsAreCut() {
        DeadLetter read =
                DeadLetter.of(null, null, letter(List.of(), "x".repeat(100_000)).toHeaders());
        assertThat(read.errorMessage()).hasSize(DeadLetter.MESSAGE_CHARS_MAX);
    }

    @Test
    void aLateRecordReadsBack() {
        List<LateRecord.Missed> missed = List.of(
                new LateRecord.Missed(0, new Window(-10, 0), 5), new LateRecord.Missed(2, new Window(0, 10), 0));
        LateRecord late = new LateRecord(KEY, PAYLOAD, List.of(), ORIGIN, "p", missed);
        LateRecord read = LateRecord.of(KEY, PAYLOAD, late.toHeaders());
        assertThat(read.missed()).isEqualTo(missed);
        assertThat(read.origin()).isEqualTo(ORIGIN);
    }

    @Test
    void theWindowsThatWereMissedReadBackWhateverTheyAre() {
        for (int trial = 0; trial < 1_000; trial++) {
            SplittableRandom random = new SplittableRandom(trial);
            List<LateRecord.Missed> missed = new ArrayList<>();
            long start = random.nextInt(-5, 5);
            int count = 1 + random.nextInt(8);
            for (int i = 0; i < count; i++) {
                start += random.nextInt(2);
                Window window = new Window(start, start + 1 + random.nextInt(2));
                missed.add(new LateRecord.Missed(random.nextInt(2), window, 20 - window.endMillis()));
            }
            assertThat(readBack(missed).missed()).as("trial " + trial).isEqualTo(missed);
        }
    }

    /** Ten thousand at most, and a few bytes. */
    @Test
    void theWindowsOfASlideTakeLittleRoom() {
        List<LateRecord.Missed> missed = new ArrayList<>();
        for (int element = 0; element < 3; element++) {
            int number = element;
            Sliding.of(Duration.ofMillis(10_000), Duration.ofMillis(1))
                    .windowsOf(
                            1_000_000,
                            (start, end) ->
                                    missed.add(new LateRecord.Missed(number, new Window(start, end), 2_000_000 - end)));
        }
        LateRecord late = new LateRecord(KEY, PAYLOAD, List.of(), ORIGIN, "p", missed);
        assertThat(late.toHeaders()).allMatch(header -> header.text().length() < 200);
        assertThat(readBack(missed).missed()).hasSize(30_000).isEqualTo(missed);
    }

    private static LateRecord readBack(List<LateRecord.Missed> missed) {
        LateRecord late = new LateRecord(KEY, PAYLOAD, List.of(), ORIGIN, "p", missed);
        return LateRecord.of(KEY, PAYLOAD, late.toHeaders());
    }

    @Test
    void somethingElseIsRefused() {
        assertThatThrownBy(() -> DeadLetter.of(KEY, PAYLOAD, List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(
                        () -> LateRecord.of(KEY, PAYLOAD, letter(List.of(), "x").toHeaders()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DeadLetter.of(
                        KEY, PAYLOAD, List.of(new Header("tidemill.headers", "9".getBytes(StandardCharsets.UTF_8)))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
