package io.tidemill.api;

import java.io.Serializable;
import java.time.Duration;
import java.time.ZoneId;

/** Where windows begin: at the epoch or with a time zone's days, and how far after that. */
public sealed interface Alignment extends Serializable {
    /** Midnight of 1970-01-01 UTC. */
    static Alignment epoch() {
        return new Epoch(Duration.ZERO);
    }

    /** What is added to the epoch or to local midnight; in whole milliseconds, at most 36,500 days, before or after. */
    Duration offset();

    /** The same with another offset. */
    Alignment offsetBy(Duration offset);

    /** The same offset after the midnights of {@code zone}. */
    default Alignment in(ZoneId zone) {
        return new Zone(zone, offset());
    }

    /** Multiples of the windows' size since the epoch, before it too. */
    record Epoch(Duration offset) implements Alignment {
        public Epoch {
            Durations.requireOffset(offset);
        }

        @Override
        public Alignment offsetBy(Duration newOffset) {
            return new Epoch(newOffset);
        }
    }

    /**
     * The days of a time zone. A day begins at the first instant at which local clocks show its midnight, or the offset
     * after midnight, or later: where clocks leap over midnight that is the moment they leap, and where they show it twice the
     * first time. So days adjoin, whatever their length; a day that the zone's calendar leaves out has none.
     *
     * @param offset time of day shown by local clocks, not time that has passed since midnight: days from 06:00 begin at
     *     06:00 also on the day on which clocks are changed at 02:00
     */
    record Zone(ZoneId zone, Duration offset) implements Alignment {
        public Zone {
            Durations.requireOffset(offset);
        }

        @Override
        public Alignment offsetBy(Duration newOffset) {
            return new Zone(zone, newOffset);
        }
    }
}
