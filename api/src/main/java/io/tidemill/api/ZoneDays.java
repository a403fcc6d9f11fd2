package io.tidemill.api;

import java.io.Serializable;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import org.jspecify.annotations.Nullable;

/**
 * When the days of a time zone begin, counted from 1970-01-01. Days adjoin. One that the calendar left out is empty: it begins
 * when the next one does.
 *
 * <p>Safe for use by many threads, none of which waits: what the cache holds is immutable and can be computed again, so a
 * lost entry costs time only.
 */
final class ZoneDays implements Serializable {
    /** More than a year. */
    private static final int CACHE_SIZE_LOG2 = 9;

    private final ZoneId zone;
    private final long offsetMillis;
    private transient @Nullable Day @Nullable [] cache;

    /** @param offsetMillis how long after midnight a day begins; 0 up to one day */
    ZoneDays(ZoneId zone, long offsetMillis) {
        this.zone = zone;
        this.offsetMillis = offsetMillis;
    }

    /**
     * @param startMillis when it begins, since the epoch
     * @param endMillis when the next one begins
     */
    record Day(long number, long startMillis, long endMillis) {
        boolean isEmpty() {
            return startMillis == endMillis;
        }

        boolean holds(long timeMillis) {
            return startMillis <= timeMillis && timeMillis < endMillis;
        }
    }

    /** The day that holds {@code timeMillis}; never empty. */
    Day holding(long timeMillis) {
        Day day = day(Math.floorDiv(timeMillis - offsetMillis, Durations.DAY_MILLIS));
        while (timeMillis < day.startMillis) {
            day = day(day.number - 1);
        }
        while (timeMillis >= day.endMillis) {
            day = day(day.number + 1);
        }
        return day;
    }

    Day day(long number) {
        @Nullable Day[] days = cache();
        int slot = (int) ((number * 0x9E37_79B9_7F4A_7C15L) >>> (64 - CACHE_SIZE_LOG2));
        Day day = days[slot];
        if (day == null || day.number != number) {
            day = new Day(number, startOf(number), startOf(number + 1));
            days[slot] = day;
        }
        return day;
    }

    private @Nullable Day[] cache() {
        @Nullable Day @Nullable [] days = cache;
        if (days == null) {
            days = new Day[1 << CACHE_SIZE_LOG2];
            cache = days;
        }
        return days;
    }

    /** The first instant at which local clocks show the day's beginning or later. */
    private long startOf(long number) {
        long localMillis = number * Durations.DAY_MILLIS + offsetMillis;
        LocalDateTime local = LocalDateTime.ofEpochSecond(
                Math.floorDiv(localMillis, 1000), (int) Math.floorMod(localMillis, 1000L) * 1_000_000, ZoneOffset.UTC);
        ZoneRules rules = zone.getRules();
        ZoneOffsetTransition transition = rules.getTransition(local);
        if (transition == null) {
            return localMillis - millis(rules.getOffset(local));
        }
        return transition.isGap()
                ? transition.toEpochSecond() * 1000
                : localMillis - millis(transition.getOffsetBefore());
    }

    private static long millis(ZoneOffset offset) {
        return offset.getTotalSeconds() * 1000L;
    }
}
