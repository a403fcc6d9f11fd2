package io.tidemill.doctor;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Numbers, times and names as people read them. */
final class Words {
    private static final int NAME_CHARS_MAX = 80;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Words() {}

    static String millis(long millis) {
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 120_000) {
            return decimal(millis / 1_000.0) + " s";
        }
        return millis < 7_200_000 ? decimal(millis / 60_000.0) + " min" : decimal(millis / 3_600_000.0) + " h";
    }

    static String duration(Duration duration) {
        return millis(duration.toMillis());
    }

    private static String decimal(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    static String percent(double share) {
        return share > 0 && share < 0.005 ? "under 1 %" : Math.round(100 * share) + " %";
    }

    static String time(long millis) {
        return time(Instant.ofEpochMilli(millis));
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    static String times(int count) {
        return switch (count) {
            case 1 -> "once";
            case 2 -> "twice";
            default -> count + " times";
        };
    }

    static String count(int count, String one) {
        return count + " " + (count == 1 ? one : one + "s");
    }

    /** Names come from clients: no control characters, not too long. */
    static String name(String name) {
        String cut = name.length() <= NAME_CHARS_MAX ? name : name.substring(0, NAME_CHARS_MAX) + "…";
        return cut.chars().noneMatch(Words::isUnprintable)
                ? cut
                : cut.codePoints()
                        .map(each -> isUnprintable(each) ? '?' : each)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isUnprintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> true;
            default -> false;
        };
    }

    /** The first few, and how many more there are. */
    static String list(List<String> names) {
        int shown = Math.min(4, names.size());
        String more = names.size() > shown ? " and " + (names.size() - shown) + " more" : "";
        return String.join(", ", names.subList(0, shown)) + more;
    }

    /** Begins with a capital letter, unless that would change the name of a setting. */
    static String sentence(String text) {
        int end = text.indexOf(' ');
        String first = end < 0 ? text : text.substring(0, end);
        return first.matches("[a-z]+\\.?") ? Character.toUpperCase(text.charAt(0)) + text.substring(1) : text;
    }
}
