package io.tidemill.api;

import java.time.Duration;

/**
 * Windows of one size, side by side, aligned to the epoch; times before 1970 fall into windows like all others.
 *
 * @param size from one millisecond to 36,500 days, in whole milliseconds
 */
public record Tumbling(Duration size) implements Windowing {
    public Tumbling {
        if (size.compareTo(Duration.ofMillis(1)) < 0
                || size.compareTo(Duration.ofDays(36_500)) > 0
                || !Duration.ofMillis(size.toMillis()).equals(size)) {
            throw new IllegalArgumentException(
                    "a tumbling window has a size of 1 ms to 36,500 days in whole milliseconds, not " + size);
        }
    }

    public static Tumbling of(Duration size) {
        return new Tumbling(size);
    }

    /** The start of the window that holds {@code timeMillis}. */
    public long startOf(long timeMillis) {
        long sizeMillis = size.toMillis();
        return Math.floorDiv(timeMillis, sizeMillis) * sizeMillis;
    }

    public Window windowOf(long timeMillis) {
        long start = startOf(timeMillis);
        return new Window(start, start + size.toMillis());
    }

    @Override
    public String describe() {
        return "tumbling windows of " + size;
    }
}
