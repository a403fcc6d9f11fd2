package io.tidemill.engine;

import io.tidemill.api.Window;
import org.jspecify.annotations.Nullable;

/** The state of one key in one window, in one slice of several windows, or in a session. Belongs to one lane. */
class Entry {
    /** The window of a running aggregate. */
    static final Window NO_WINDOW = new Window(Long.MIN_VALUE, Long.MAX_VALUE);

    /** What it is, as {@link StateFormat} has it. */
    byte kind;

    final byte[] key;
    final int hash;
    final Window window;
    Object accumulator;

    /** How many elements are in it. */
    long count;

    /** How many late records are in it; only for what waits for its window to close. */
    long records;

    /** The revision that its next result gets. */
    int revision;

    /** The window had closed before, and what was in it then is on the disk. */
    boolean reopened;

    /** Its result at the window's end has been emitted. */
    boolean isFinal;

    /** It has closed already, but other keys of its window have not; of a result: it has been taken back. */
    boolean done;

    /** It changed since its last result. */
    boolean changed;

    /** Elements since its last result; counted only where that decides when the next one is due. */
    long unemitted;

    /** It changed since it was last written to the changelog. */
    boolean dirty;

    /** It is in the list of those that an early result is due for. */
    boolean awaitsEarly;

    /**
     * The accumulator as it was when the result that stands was told; null if there is none, or nobody has to know what it was.
     * Shares nothing with {@link #accumulator}.
     */
    @Nullable
    Object former;

    /** The key as the user knows it, once it was needed. */
    @Nullable
    Object decodedKey;

    /** The step that last wrote it to the changelog, and the bytes that took. */
    long step = -1;

    int bytes;

    /** The store has something under its key, which nothing that has yet to be applied removes. */
    boolean stored;

    /** It is among those that have yet to be applied to the store. */
    boolean pending;

    /** Neighbours in the order of {@link #step}. */
    @Nullable
    Entry older;

    @Nullable
    Entry newer;

    Entry(byte kind, byte[] key, int hash, Window window, Object accumulator) {
        this.kind = kind;
        this.key = key;
        this.hash = hash;
        this.window = window;
        this.accumulator = accumulator;
    }

    boolean isWindowed() {
        return window.startMillis() != Long.MIN_VALUE;
    }
}
