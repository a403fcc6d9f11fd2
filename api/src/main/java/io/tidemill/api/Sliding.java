package io.tidemill.api;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Windows of one size, of which one begins every so often: they overlap, and a time is in several. Aligned to the epoch
 * unless told otherwise.
 *
 * <p>In a time zone, windows begin where {@link Tumbling} windows of the size {@code every} in that zone do, and last for
 * {@code size / every} of those, which must be a whole number: seven local days, or 24 local hours of which the day's last may
 * be a short one. A day that the calendar left out is counted, and no window begins with it.
 */
public final class Sliding implements AlignedWindowing {
    /** The most windows that a time may be in. */
    public static final int WINDOWS_PER_TIME_MAX = 10_000;

    private final long sizeMillis;
    private final long everyMillis;
    private final long offsetMillis;
    private final Alignment alignment;
    private final @Nullable ZoneGrid zoned;

    private Sliding(long sizeMillis, long everyMillis, Alignment alignment) {
        this.sizeMillis = sizeMillis;
        this.everyMillis = everyMillis;
        this.offsetMillis = Math.floorMod(alignment.offset().toMillis(), everyMillis);
        this.alignment = alignment;
        this.zoned = alignment instanceof Alignment.Zone zone ? grid(zone) : null;
    }

    private ZoneGrid grid(Alignment.Zone zone) {
        if (sizeMillis % everyMillis != 0) {
            throw new IllegalArgumentException("in a time zone the size of a sliding window is a multiple of every; "
                    + size() + " is no multiple of " + every());
        }
        return ZoneGrid.of("every", everyMillis, zone.zone(), zone.offset());
    }

    /**
     * @param size 1 ms to 36,500 days, in whole milliseconds
     * @param every from one window's start to the next one's; at most {@code size}, and at least a 10,000th of it
     */
    public static Sliding of(Duration size, Duration every) {
        long sizeMillis = Durations.requireSpan("the size of a sliding window", size);
        long everyMillis = Durations.requireSpan("every", every);
        if (everyMillis > sizeMillis) {
            throw new IllegalArgumentException("every is at most the size, or times between windows would be in none: "
                    + every + " is more than " + size);
        }
        if (sizeMillis > WINDOWS_PER_TIME_MAX * everyMillis) {
            throw new IllegalArgumentException("a time may be in " + WINDOWS_PER_TIME_MAX + " windows: " + size
                    + " every " + every + " makes it more");
        }
        return new Sliding(sizeMillis, everyMillis, Alignment.epoch());
    }

    /** Windows that begin so long after (or before) the epoch, or by the clock after local midnight. */
    public Sliding offsetBy(Duration offset) {
        return new Sliding(sizeMillis, everyMillis, alignment.offsetBy(offset));
    }

    /**
     * Windows aligned to the days of {@code zone}.
     *
     * @throws IllegalArgumentException if every is neither whole days nor divides a day, or does not divide the size
     */
    public Sliding in(ZoneId zone) {
        return new Sliding(sizeMillis, everyMillis, alignment.in(zone));
    }

    public Duration size() {
        return Duration.ofMillis(sizeMillis);
    }

    public Duration every() {
        return Duration.ofMillis(everyMillis);
    }

    @Override
    public Alignment alignment() {
        return alignment;
    }

    /** The last start at or before the time. */
    private long startOf(long timeMillis) {
        return Math.floorDiv(timeMillis - offsetMillis, everyMillis) * everyMillis + offsetMillis;
    }

    @Override
    public long sliceStart(long timeMillis) {
        return zoned != null
                ? zoned.startOf(timeMillis)
                : Math.max(startOf(timeMillis), startOf(timeMillis - sizeMillis) + sizeMillis);
    }

    @Override
    public long sliceEnd(long timeMillis) {
        return zoned != null
                ? zoned.endOf(timeMillis)
                : everyMillis + Math.min(startOf(timeMillis), startOf(timeMillis - sizeMillis) + sizeMillis);
    }

    @Override
    public void windowsOf(long timeMillis, WindowVisitor visitor) {
        if (zoned != null) {
            zoned.runsOf(timeMillis, sizeMillis / everyMillis, visitor);
            return;
        }
        for (long start = startOf(timeMillis - sizeMillis) + everyMillis; start <= timeMillis; start += everyMillis) {
            visitor.visit(start, start + sizeMillis);
        }
    }

    @Override
    public long lastEnd(long timeMillis) {
        return zoned != null ? zoned.runEnd(timeMillis, sizeMillis / everyMillis) : startOf(timeMillis) + sizeMillis;
    }

    @Override
    public long maxSpanMillis() {
        return zoned == null ? sizeMillis : zoned.runMaxMillis(sizeMillis / everyMillis);
    }

    @Override
    public String describe() {
        return "sliding windows of " + size() + " every " + every() + Alignments.describe(alignment, everyMillis);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Sliding that
                && sizeMillis == that.sizeMillis
                && everyMillis == that.everyMillis
                && alignment.equals(that.alignment);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sizeMillis, everyMillis, alignment);
    }

    @Override
    public String toString() {
        return describe();
    }
}
