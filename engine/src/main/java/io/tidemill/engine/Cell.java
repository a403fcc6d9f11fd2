package io.tidemill.engine;

import io.tidemill.api.Window;

/**
 * Elements of one key that are in the same session, whatever else comes. Where sessions have no maximum, it is the session
 * so far; where they have one, it is one millisecond, since a cut may come between any two. Known in the state by its first
 * millisecond, which its window is: so a session that grows is written under the same name again.
 */
final class Cell extends Entry {
    /** The time of its last element. */
    long last;

    Cell(byte[] key, int hash, long first, long last, Object accumulator) {
        super(StateFormat.CELL, key, hash, millisecond(first), accumulator);
        this.last = last;
    }

    long first() {
        return window.startMillis();
    }

    static Window millisecond(long time) {
        return new Window(time, time + 1);
    }
}
