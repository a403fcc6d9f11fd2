package io.tidemill.api;

import java.time.Instant;

/**
 * A span of event time.
 *
 * @param startMillis the first millisecond in the window, since the epoch
 * @param endMillis the first millisecond after it
 */
public record Window(long startMillis, long endMillis) implements Comparable<Window> {
    public Window {
        if (endMillis <= startMillis) {
            throw new IllegalArgumentException("a window ends after it starts: " + startMillis + " to " + endMillis);
        }
    }

    public Instant start() {
        return Instant.ofEpochMilli(startMillis);
    }

    public Instant end() {
        return Instant.ofEpochMilli(endMillis);
    }

    @Override
    public int compareTo(Window other) {
        int byStart = Long.compare(startMillis, other.startMillis);
        return byStart != 0 ? byStart : Long.compare(endMillis, other.endMillis);
    }

    @Override
    public String toString() {
        return start() + "/" + end();
    }
}
