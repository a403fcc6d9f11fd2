package io.tidemill.api;

import java.io.Serializable;
import java.time.Duration;
import java.time.ZoneId;

/**
 * Time cut into cells by a time zone's days: so many whole days each, or so many cells a day. Cells adjoin; a window is a run
 * of them.
 */
abstract sealed class ZoneGrid implements Serializable {
    /** No two offsets of a zone are further apart, so no day's beginning is further from where even days would put it. */
    private static final long SHIFT_MAX_MILLIS = Duration.ofHours(36).toMillis();

    final ZoneDays days;

    private ZoneGrid(ZoneDays days) {
        this.days = days;
    }

    /**
     * @param what the cells, for an error
     * @param cellMillis whole days, or a part that divides a day
     */
    static ZoneGrid of(String what, long cellMillis, ZoneId zone, Duration offset) {
        long offsetMillis = offset.toMillis();
        ZoneDays days = new ZoneDays(zone, Math.floorMod(offsetMillis, Durations.DAY_MILLIS));
        if (cellMillis % Durations.DAY_MILLIS == 0) {
            long offsetDays = Math.floorDiv(offsetMillis, Durations.DAY_MILLIS);
            return new WholeDays(days, cellMillis / Durations.DAY_MILLIS, offsetDays);
        }
        if (Durations.DAY_MILLIS % cellMillis == 0) {
            return new PartsOfDays(days, cellMillis);
        }
        throw new IllegalArgumentException(what + " in a time zone is whole days or divides a day, not "
                + Duration.ofMillis(cellMillis) + ": use the epoch's alignment, or such as PT1H, PT6H, P1D, P7D");
    }

    /** The start of the cell that holds the time. */
    abstract long startOf(long timeMillis);

    /** The end of the cell that holds the time. */
    abstract long endOf(long timeMillis);

    /** Visits the runs of {@code count} cells that hold the time, by end and then by start. */
    abstract void runsOf(long timeMillis, long count, WindowVisitor visitor);

    /** The end of the run of {@code count} cells that begins with the one that holds the time. */
    abstract long runEnd(long timeMillis, long count);

    /** No run of {@code count} cells is longer. */
    abstract long runMaxMillis(long count);

    /** Multiples of so many days, counted from 1970-01-01. Days that the calendar left out are counted, and begin nothing. */
    private static final class WholeDays extends ZoneGrid {
        private final long perCell;
        private final long offsetDays;

        private WholeDays(ZoneDays days, long perCell, long offsetDays) {
            super(days);
            this.perCell = perCell;
            this.offsetDays = offsetDays;
        }

        private long cellOf(long timeMillis) {
            return Math.floorDiv(days.holding(timeMillis).number() - offsetDays, perCell);
        }

        private long start(long cell) {
            return days.day(cell * perCell + offsetDays).startMillis();
        }

        @Override
        long startOf(long timeMillis) {
            return start(cellOf(timeMillis));
        }

        @Override
        long endOf(long timeMillis) {
            return start(cellOf(timeMillis) + 1);
        }

        @Override
        void runsOf(long timeMillis, long count, WindowVisitor visitor) {
            long last = cellOf(timeMillis);
            for (long cell = last - count + 1; cell <= last; cell++) {
                if (start(cell) < start(cell + 1)) {
                    visitor.visit(start(cell), start(cell + count));
                }
            }
        }

        @Override
        long runEnd(long timeMillis, long count) {
            return start(cellOf(timeMillis) + count);
        }

        @Override
        long runMaxMillis(long count) {
            return count * perCell * Durations.DAY_MILLIS + SHIFT_MAX_MILLIS;
        }
    }

    /** From the day's beginning in time that has passed; the day's last cell ends with the day. */
    private static final class PartsOfDays extends ZoneGrid {
        private final long cellMillis;

        private PartsOfDays(ZoneDays days, long cellMillis) {
            super(days);
            this.cellMillis = cellMillis;
        }

        private long indexOf(ZoneDays.Day day, long timeMillis) {
            return (timeMillis - day.startMillis()) / cellMillis;
        }

        private long count(ZoneDays.Day day) {
            return Math.floorDiv(day.endMillis() - day.startMillis() + cellMillis - 1, cellMillis);
        }

        private long start(ZoneDays.Day day, long index) {
            return day.startMillis() + index * cellMillis;
        }

        private long end(ZoneDays.Day day, long index) {
            return Math.min(start(day, index + 1), day.endMillis());
        }

        private ZoneDays.Day after(ZoneDays.Day day) {
            ZoneDays.Day next = days.day(day.number() + 1);
            return next.isEmpty() ? after(next) : next;
        }

        @Override
        long startOf(long timeMillis) {
            ZoneDays.Day day = days.holding(timeMillis);
            return start(day, indexOf(day, timeMillis));
        }

        @Override
        long endOf(long timeMillis) {
            ZoneDays.Day day = days.holding(timeMillis);
            return end(day, indexOf(day, timeMillis));
        }

        @Override
        void runsOf(long timeMillis, long count, WindowVisitor visitor) {
            ZoneDays.Day lastDay = days.holding(timeMillis);
            long last = indexOf(lastDay, timeMillis);
            ZoneDays.Day firstDay = lastDay;
            long first = last - count + 1;
            while (first < 0) {
                firstDay = days.day(firstDay.number() - 1);
                first += count(firstDay);
            }
            // Both ends of the run go on, cell by cell.
            for (long i = 0; i < count; i++) {
                visitor.visit(start(firstDay, first), end(lastDay, last));
                if (++first == count(firstDay)) {
                    firstDay = after(firstDay);
                    first = 0;
                }
                if (++last == count(lastDay)) {
                    lastDay = after(lastDay);
                    last = 0;
                }
            }
        }

        @Override
        long runEnd(long timeMillis, long count) {
            ZoneDays.Day day = days.holding(timeMillis);
            long last = indexOf(day, timeMillis) + count - 1;
            while (last >= count(day)) {
                last -= count(day);
                day = after(day);
            }
            return end(day, last);
        }

        @Override
        long runMaxMillis(long count) {
            return count * cellMillis;
        }
    }
}
