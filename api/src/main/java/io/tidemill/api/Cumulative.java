package io.tidemill.api;

import java.io.Serializable;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Windows that grow: all windows of one {@code size} begin together and end a {@code step} apart, the last one after the whole
 * size; then the next ones begin. The day so far, every hour. Aligned to the epoch unless told otherwise.
 *
 * <p>In a time zone, windows begin where {@link Tumbling} windows of the size in that zone do, and end where tumbling windows
 * of the size {@code step} do: a day of 25 hours has 25 steps of an hour.
 */
public final class Cumulative implements AlignedWindowing {
    /** The most steps in a size, and so the most windows that a time may be in where no clocks are changed. */
    public static final int STEPS_MAX = 10_000;

    private final long sizeMillis;
    private final long stepMillis;
    private final long offsetMillis;
    private final Alignment alignment;
    private final @Nullable Zoned zoned;

    private record Zoned(ZoneGrid sizes, ZoneGrid steps) implements Serializable {}

    private Cumulative(long sizeMillis, long stepMillis, Alignment alignment) {
        this.sizeMillis = sizeMillis;
        this.stepMillis = stepMillis;
        this.offsetMillis = Math.floorMod(alignment.offset().toMillis(), sizeMillis);
        this.alignment = alignment;
        this.zoned = alignment instanceof Alignment.Zone zone
                ? new Zoned(
                        ZoneGrid.of("the size of a cumulative window", sizeMillis, zone.zone(), zone.offset()),
                        ZoneGrid.of("the step of a cumulative window", stepMillis, zone.zone(), zone.offset()))
                : null;
    }

    /**
     * @param size 1 ms to 36,500 days, in whole milliseconds
     * @param step divides the size, into at most 10,000
     */
    public static Cumulative of(Duration size, Duration step) {
        long sizeMillis = Durations.requireSpan("the size of a cumulative window", size);
        long stepMillis = Durations.requireSpan("the step of a cumulative window", step);
        if (sizeMillis % stepMillis != 0) {
            throw new IllegalArgumentException(
                    "the step of a cumulative window divides its size; " + step + " does not divide " + size);
        }
        if (sizeMillis / stepMillis > STEPS_MAX) {
            throw new IllegalArgumentException("a cumulative window has at most " + STEPS_MAX + " steps: " + size
                    + " in steps of " + step + " has more");
        }
        return new Cumulative(sizeMillis, stepMillis, Alignment.epoch());
    }

    /** Windows that begin so long after (or before) the epoch, or by the clock after local midnight. */
    public Cumulative offsetBy(Duration offset) {
        return new Cumulative(sizeMillis, stepMillis, alignment.offsetBy(offset));
    }

    /**
     * Windows aligned to the days of {@code zone}.
     *
     * @throws IllegalArgumentException if the size or the step is neither whole days nor divides a day
     */
    public Cumulative in(ZoneId zone) {
        return new Cumulative(sizeMillis, stepMillis, alignment.in(zone));
    }

    public Duration size() {
        return Duration.ofMillis(sizeMillis);
    }

    public Duration step() {
        return Duration.ofMillis(stepMillis);
    }

    @Override
    public Alignment alignment() {
        return alignment;
    }

    private long startOf(long timeMillis) {
        return zoned == null
                ? Math.floorDiv(timeMillis - offsetMillis, sizeMillis) * sizeMillis + offsetMillis
                : zoned.sizes.startOf(timeMillis);
    }

    @Override
    public long sliceStart(long timeMillis) {
        return zoned == null
                ? Math.floorDiv(timeMillis - offsetMillis, stepMillis) * stepMillis + offsetMillis
                : zoned.steps.startOf(timeMillis);
    }

    @Override
    public long sliceEnd(long timeMillis) {
        return zoned == null ? sliceStart(timeMillis) + stepMillis : zoned.steps.endOf(timeMillis);
    }

    @Override
    public void windowsOf(long timeMillis, WindowVisitor visitor) {
        long start = startOf(timeMillis);
        long last = lastEnd(timeMillis);
        long end = sliceEnd(timeMillis);
        visitor.visit(start, end);
        while (end < last) {
            end = sliceEnd(end);
            visitor.visit(start, end);
        }
    }

    @Override
    public long lastEnd(long timeMillis) {
        return zoned == null ? startOf(timeMillis) + sizeMillis : zoned.sizes.endOf(timeMillis);
    }

    @Override
    public long maxSpanMillis() {
        return zoned == null ? sizeMillis : zoned.sizes.runMaxMillis(1);
    }

    @Override
    public String describe() {
        return "cumulative windows of " + size() + " in steps of " + step()
                + Alignments.describe(alignment, sizeMillis);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cumulative that
                && sizeMillis == that.sizeMillis
                && stepMillis == that.stepMillis
                && alignment.equals(that.alignment);
    }

    @Override
    public int hashCode() {
        return Objects.hash(sizeMillis, stepMillis, alignment);
    }

    @Override
    public String toString() {
        return describe();
    }
}
