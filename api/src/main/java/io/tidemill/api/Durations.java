package io.tidemill.api;

import java.time.Duration;

/** The bounds of spans of time. */
final class Durations {
    static final long DAY_MILLIS = 86_400_000;
    static final Duration MAX = Duration.ofDays(36_500);
    private static final Duration MIN = Duration.ofMillis(1);

    private Durations() {}

    /** Returns {@code span} in milliseconds, if it is one. */
    static long requireSpan(String what, Duration span) {
        if (span.compareTo(MIN) < 0 || span.compareTo(MAX) > 0 || !isWholeMillis(span)) {
            throw new IllegalArgumentException(what + " is 1 ms to 36,500 days in whole milliseconds, not " + span);
        }
        return span.toMillis();
    }

    static void requireHorizon(String what, Duration duration) {
        if (duration.isNegative() || duration.compareTo(MAX) > 0) {
            throw new IllegalArgumentException(what + " is zero to 100 years, not " + duration);
        }
    }

    static void requireOffset(Duration offset) {
        if (offset.abs().compareTo(MAX) > 0 || !isWholeMillis(offset)) {
            throw new IllegalArgumentException(
                    "an offset is at most 36,500 days, before or after, in whole milliseconds, not " + offset);
        }
    }

    private static boolean isWholeMillis(Duration span) {
        return span.toNanosPart() % 1_000_000 == 0;
    }
}
