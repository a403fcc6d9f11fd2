package io.tidemill.api;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Windows of one size, side by side: every time is in exactly one. Aligned to the epoch unless told otherwise.
 *
 * <p>In a time zone, a size of whole days means local days, which last as long as they last (23 to 25 hours in New York), and
 * several days are counted from 1970-01-01. A size under a day divides a day; windows begin at local midnight and go on in
 * time that passes, and the day's last one ends with the day.
 */
public final class Tumbling implements AlignedWindowing {
    private final long sizeMillis;
    private final long offsetMillis;
    private final Alignment alignment;
    private final @Nullable ZoneGrid zoned;

    private Tumbling(long sizeMillis, Alignment alignment) {
        this.sizeMillis = sizeMillis;
        this.offsetMillis = Math.floorMod(alignment.offset().toMillis(), sizeMillis);
        this.alignment = alignment;
        this.zoned = alignment instanceof Alignment.Zone zone
                ? ZoneGrid.of("the size of a tumbling window", sizeMillis, zone.zone(), zone.offset())
                : null;
    }

    /** @param size 1 ms to 36,500 days, in whole milliseconds */
    public static Tumbling of(Duration size) {
        return new Tumbling(Durations.requireSpan("the size of a tumbling window", size), Alignment.epoch());
    }

    /** Windows that begin so long after (or before) the epoch, or by the clock after local midnight. */
    public Tumbling offsetBy(Duration offset) {
        return new Tumbling(sizeMillis, alignment.offsetBy(offset));
    }

    /**
     * Windows aligned to the days of {@code zone}.
     *
     * @throws IllegalArgumentException if the size is neither whole days nor divides a day
     */
    public Tumbling in(ZoneId zone) {
        return new Tumbling(sizeMillis, alignment.in(zone));
    }

    public Duration size() {
        return Duration.ofMillis(sizeMillis);
    }

    @Override
    public Alignment alignment() {
        return alignment;
    }

    /** The start of the window that holds {@code timeMillis}. */
    public long startOf(long timeMillis) {
        return zoned == null
                ? Math.floorDiv(timeMillis - offsetMillis, sizeMillis) * sizeMillis + offsetMillis
                : zoned.startOf(timeMillis);
    }

    public Window windowOf(long timeMillis) {
        return new Window(startOf(timeMillis), lastEnd(timeMillis));
    }

    @Override
    public long sliceStart(long timeMillis) {
        return startOf(timeMillis);
    }

    @Override
    public long sliceEnd(long timeMillis) {
        return lastEnd(timeMillis);
    }

    @Override
    public void windowsOf(long timeMillis, WindowVisitor visitor) {
        long start = startOf(timeMillis);
        visitor.visit(start, zoned == null ? start + sizeMillis : zoned.endOf(timeMillis));
    }

    @Override
    public long lastEnd(long timeMillis) {
        return zoned == null ? startOf(timeMillis) + sizeMillis : zoned.endOf(timeMillis);
    }

    @Override
    public long maxSpanMillis() {
        return zoned == null ? sizeMillis : zoned.runMaxMillis(1);
    }

    @Override
    public String describe() {
        return "tumbling windows of " + size() + Alignments.describe(alignment, sizeMillis);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Tumbling that && sizeMillis == that.sizeMillis && alignment.equals(that.alignment);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sizeMillis, alignment);
    }

    @Override
    public String toString() {
        return describe();
    }
}
