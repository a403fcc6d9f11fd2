package io.tidemill.api;

import org.jspecify.annotations.Nullable;

/**
 * An aggregate's answer for one key and, where there are windows, one window.
 *
 * @param window null for a running aggregate
 * @param revision 0 when the window closes, then one more each time the answer changes: a reader keeps the newest per key
 *     and window. {@link #EARLY_REVISION} before that. Always 0 for a running aggregate
 * @param pane which answer it is; always {@link Pane#FINAL} for a running aggregate, whose answers are never taken back
 */
public record Result<K, V>(K key, @Nullable Window window, V value, int revision, Pane pane) {
    /** Of all results of a window that has not closed, so that those of a closed one do not depend on how many there were. */
    public static final int EARLY_REVISION = -1;

    public Result {
        if (revision < EARLY_REVISION || (pane == Pane.EARLY) != (revision == EARLY_REVISION)) {
            throw new IllegalArgumentException("revision " + revision + " is none of pane " + pane);
        }
    }

    /** A final result or, from revision 1 on, a correction. */
    public Result(K key, @Nullable Window window, V value, int revision) {
        this(key, window, value, revision, revision == 0 ? Pane.FINAL : Pane.CORRECTION);
    }
}
