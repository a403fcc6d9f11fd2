package io.tidemill.cli.output;

import io.tidemill.api.Window;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers, times and bytes as people read them. */
public final class Text {
    private static final int HEX_BYTES_MAX = 64;
    private static final DateTimeFormatter MINUTES = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    private Text() {}

    /** With thousands separated: {@code 20,000}. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The count and the noun in singular or plural: {@code 1 record}, {@code 20,000 records}. */
    public static String count(long number, String noun) {
        return count(number) + " " + noun + (number == 1 ? "" : "s");
    }

    /** The same where the plural is another word. */
    public static String count(long number, String one, String many) {
        return count(number) + " " + (number == 1 ? one : many);
    }

    public static String percent(long part, long whole) {
        return whole == 0 ? "0 %" : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
    }

    /** {@code 1.5 MiB}. */
    public static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < 4) {
            value /= 1024;
            unit++;
        }
        String number = String.format(Locale.ROOT, "%.1f", value);
        return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number) + " "
                + "KMGT".charAt(unit - 1) + "iB";
    }

    /** {@code 7d}, {@code 1h 30m}, {@code 2.5s}, {@code 120ms}: at most two units. */
    public static String duration(Duration duration) {
        if (duration.compareTo(Duration.ofMinutes(1)) >= 0) {
            String text = (part(duration.toDays(), "d")
                            + part(duration.toHoursPart(), "h")
                            + part(duration.toMinutesPart(), "m")
                            + part(duration.toSecondsPart(), "s"))
                    .strip();
            int second = text.indexOf(' ');
            int third = second < 0 ? -1 : text.indexOf(' ', second + 1);
            return third < 0 ? text : text.substring(0, third);
        }
        long millis = duration.toMillis();
        if (millis < 1_000) {
            return millis + "ms";
        }
        return millis % 1_000 == 0 ? millis / 1_000 + "s" : String.format(Locale.ROOT, "%.1fs", millis / 1e3);
    }

    private static String part(long number, String unit) {
        return number == 0 ? "" : number + unit + " ";
    }

    public static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    /** {@code 2001-03-29 13:00 to 14:00}, in UTC. */
    public static String window(Window window) {
        return window(window, ZoneOffset.UTC);
    }

    /** In UTC and, where there is another zone, also as its clocks show it: {@code … UTC (2001-03-29 08:00 to 09:00 America/New_York)}. */
    public static String windowIn(@Nullable ZoneId zone, Window window) {
        return zone == null
                ? window(window)
                : window(window) + " UTC (" + window(window, zone) + " " + zone.getId() + ")";
    }

    /** As the clocks of a zone show it. */
    public static String window(Window window, ZoneId zone) {
        LocalDateTime start = LocalDateTime.ofInstant(window.start(), zone);
        LocalDateTime end = LocalDateTime.ofInstant(window.end(), zone);
        boolean sameDay = start.toLocalDate().equals(end.toLocalDate());
        DateTimeFormatter time = window.startMillis() % 60_000 == 0 && window.endMillis() % 60_000 == 0
                ? MINUTES
                : window.startMillis() % 1_000 == 0 && window.endMillis() % 1_000 == 0 ? SECONDS : MILLIS;
        return start.toLocalDate() + " " + time.format(start) + " to " + (sameDay ? "" : end.toLocalDate() + " ")
                + time.format(end);
    }

    /** As text where the bytes are UTF-8, else in hexadecimal digits. */
    public static String of(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "null";
        }
        String text = Json.utf8(bytes);
        if (text != null) {
            return printable(text);
        }
        int shown = Math.min(bytes.length, HEX_BYTES_MAX);
        return "0x" + HexFormat.of().formatHex(bytes, 0, shown)
                + (shown < bytes.length ? "… (" + bytes.length + " bytes)" : "");
    }

    /** With control characters written as {@code \u001b}: a record must not move the cursor of whoever looks at it. */
    public static String printable(String text) {
        StringBuilder safe = null;
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            boolean harmless = !Character.isISOControl(each) && Character.getType(each) != Character.FORMAT;
            if (!harmless && safe == null) {
                safe = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            if (safe != null) {
                if (harmless) {
                    safe.append(each);
                } else {
                    safe.append(String.format(Locale.ROOT, "\\u%04x", (int) each));
                }
            }
        }
        return safe == null ? text : safe.toString();
    }

    /** At most so many characters. */
    public static String cut(String text, int charsMax) {
        return text.length() <= charsMax ? text : text.substring(0, charsMax - 1) + "…";
    }
}
