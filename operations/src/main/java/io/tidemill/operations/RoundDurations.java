package io.tidemill.operations;

import java.time.Duration;

/** Durations that people choose: 1, 2, 5, 10, 15, 20, 30 of seconds and minutes; 1, 2, 3, 6, 12 hours; then days. */
final class RoundDurations {
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long[] MILLIS = {0, 1, 2, 5, 10, 20, 50, 100, 200, 500};
    private static final long[] OF_SIXTY = {1, 2, 5, 10, 15, 20, 30};
    private static final long[] HOURS = {1, 2, 3, 6, 12};
    private static final long[] DAYS = {1, 2, 3, 5, 7, 10, 14, 20, 30};

    private RoundDurations() {}

    /** The smallest one that is not less. */
    static Duration up(long millis) {
        long found = up(millis, MILLIS, 1);
        found = found < 0 ? up(millis, OF_SIXTY, SECOND) : found;
        found = found < 0 ? up(millis, OF_SIXTY, MINUTE) : found;
        found = found < 0 ? up(millis, HOURS, HOUR) : found;
        found = found < 0 ? up(millis, DAYS, DAY) : found;
        return Duration.ofMillis(found < 0 ? tensOfDays(millis) : found);
    }

    private static long up(long millis, long[] counts, long unit) {
        for (long count : counts) {
            if (count * unit >= millis) {
                return count * unit;
            }
        }
        return -1;
    }

    private static long tensOfDays(long millis) {
        long step = 10 * DAY;
        return Math.min(36_500 * DAY, (millis + step - 1) / step * step);
    }

    /** Without the digits that a histogram does not have: the nearest that is to be read easily. */
    static Duration readable(long millis) {
        long unit = millis >= DAY
                ? 10 * MINUTE
                : millis >= HOUR ? MINUTE : millis >= 10 * MINUTE ? 10 * SECOND : millis >= MINUTE ? SECOND : 1;
        return Duration.ofMillis((millis + unit / 2) / unit * unit);
    }
}
