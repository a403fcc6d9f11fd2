package io.tidemill.engine;

import org.jspecify.annotations.Nullable;

/** The state of one key in one window. Belongs to one lane. */
final class Entry {
    /** The window of a running aggregate. */
    static final long NO_WINDOW = Long.MIN_VALUE;

    final byte[] key;
    final int hash;
    final long window;
    Object accumulator;

    /** How many elements are in it. */
    long count;

    /** How many late records are in it; only for what waits for its window to close. */
    long records;

    /** The revision that its next result gets. */
    int revision;

    /** The window had closed before, and what was in it then is on the disk. */
    boolean reopened;

    /** It changed since it was last written to the changelog. */
    boolean dirty;

    /** It changed since its last result. */
    boolean changed;

    /** The key as the user knows it, once it was needed. */
    @Nullable
    Object decodedKey;

    /** The step that last wrote it to the changelog, and the bytes that took. */
    long step = -1;

    int bytes;

    /** Neighbours in the order of {@link #step}. */
    @Nullable
    Entry older;

    @Nullable
    Entry newer;

    Entry(byte[] key, int hash, long window, Object accumulator) {
        this.key = key;
        this.hash = hash;
        this.window = window;
        this.accumulator = accumulator;
    }
}
