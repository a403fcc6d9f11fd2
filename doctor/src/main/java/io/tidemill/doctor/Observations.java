package io.tidemill.doctor;

import io.tidemill.groups.Rebalance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one group.
 *
 * @param rebalances in any order; those of other groups and from outside of the window are passed over
 * @param unreadable entries that could not be read
 * @param truncated whether there were more entries than were read; the newest are here
 * @param snapshot null where it is not known
 */
public record Observations(
        String group,
        Source source,
        Instant from,
        Instant to,
        List<Rebalance> rebalances,
        int unreadable,
        boolean truncated,
        @Nullable GroupSnapshot snapshot,
        LagView lag) {
    /** Where they come from. */
    public enum Source {
        /** The coordinator's journal of rebalances. */
        JOURNAL,
        /** Descriptions of the group, taken again and again: misses short rebalances, and hears no reasons. */
        POLLED
    }

    /** From the journal alone. */
    public static Observations of(String group, List<Rebalance> journal, Duration window, Instant now) {
        return new Observations(
                group, Source.JOURNAL, now.minus(window), now, journal, 0, false, null, LagView.UNKNOWN);
    }

    public Observations snapshot(GroupSnapshot value) {
        return new Observations(group, source, from, to, rebalances, unreadable, truncated, value, lag);
    }

    public Observations lag(LagView value) {
        return new Observations(group, source, from, to, rebalances, unreadable, truncated, snapshot, value);
    }

    boolean isPolled() {
        return source == Source.POLLED;
    }

    Duration window() {
        return Duration.between(from, to);
    }
}
