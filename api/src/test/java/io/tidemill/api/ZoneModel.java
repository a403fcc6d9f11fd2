package io.tidemill.api;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/** A zone's days, found by looking at a local clock minute by minute. */
final class ZoneModel {
    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    static final long DAY = 24 * HOUR;

    private final ZoneId zone;
    private final long offsetMillis;

    /** @param offsetMillis whole seconds */
    ZoneModel(ZoneId zone, long offsetMillis) {
        this.zone = zone;
        this.offsetMillis = offsetMillis;
    }

    /** The first instant at which the clock shows the day's beginning or later. */
    long start(long day) {
        LocalDateTime beginning =
                LocalDateTime.of(1970, 1, 1, 0, 0).plusDays(day).plusSeconds(offsetMillis / SECOND);
        long time = day * DAY + offsetMillis - 26 * HOUR;
        while (!isReached(beginning, time)) {
            time += MINUTE;
        }
        time -= MINUTE;
        while (!isReached(beginning, time)) {
            time += SECOND;
        }
        return time;
    }

    private boolean isReached(LocalDateTime beginning, long time) {
        return !LocalDateTime.ofInstant(Instant.ofEpochMilli(time), zone).isBefore(beginning);
    }

    List<Long> days(long first, long last) {
        List<Long> starts = new ArrayList<>();
        for (long day = first; day <= last; day++) {
            starts.add(start(day));
        }
        return starts;
    }

    /** Every so many days, counted from 1970-01-01. */
    static List<Long> every(int count, List<Long> days, long firstDay) {
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < days.size(); i++) {
            if (Math.floorMod(firstDay + i, (long) count) == 0) {
                starts.add(days.get(i));
            }
        }
        return starts;
    }

    /** Each day cut into parts from its beginning. */
    static List<Long> parts(long partMillis, List<Long> days) {
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i + 1 < days.size(); i++) {
            for (long start = days.get(i); start < days.get(i + 1); start += partMillis) {
                starts.add(start);
            }
        }
        return starts;
    }
}
