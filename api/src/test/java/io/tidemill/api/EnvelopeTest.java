package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
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
                "p",
                "map",
                FailureClass.CODE,
                "EXCEPTION",
                "java.lang.IllegalStateException",
                message,
                "stack",
                "1:abc",
                1,
                Instant.EPOCH,
                Instant.MAX,
                "v7");
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
