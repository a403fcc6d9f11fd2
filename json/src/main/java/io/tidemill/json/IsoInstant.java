package io.tidemill.json;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** {@link Instant#parse}, ten times faster for the usual form: {@code 2007-12-03T10:15:30.123Z}. */
final class IsoInstant {
    private static final int SECONDS_END = "2007-12-03T10:15:30".length();

    private IsoInstant() {}

    /** Throws {@link java.time.DateTimeException} if {@code text} is no instant. */
    static Instant parse(String text) {
        int length = text.length();
        if (length > SECONDS_END
                && text.charAt(length - 1) == 'Z'
                && text.charAt(4) == '-'
                && text.charAt(7) == '-'
                && text.charAt(10) == 'T'
                && text.charAt(13) == ':'
                && text.charAt(16) == ':') {
            int year = digits(text, 0, 4);
            int month = digits(text, 5, 7);
            int day = digits(text, 8, 10);
            int hour = digits(text, 11, 13);
            int minute = digits(text, 14, 16);
            int second = digits(text, 17, SECONDS_END);
            int nano = nano(text, length - 1);
            if ((year | month | day | hour | minute | second | nano) >= 0 && hour < 24 && minute < 60 && second < 60) {
                return LocalDateTime.of(year, month, day, hour, minute, second, nano)
                        .toInstant(ZoneOffset.UTC);
            }
        }
        return Instant.parse(text); // another form, or the error
    }

    private static int nano(String text, int end) {
        if (end == SECONDS_END) {
            return 0;
        }
        int count = end - SECONDS_END - 1;
        if (text.charAt(SECONDS_END) != '.' || count < 1 || count > 9) {
            return -1;
        }
        int value = digits(text, SECONDS_END + 1, end);
        for (int i = count; i < 9; i++) {
            value *= 10;
        }
        return value;
    }

    /** Negative if one of {@code text[from .. to)} is no digit. */
    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
