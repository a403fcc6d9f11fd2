package io.tidemill.engine;

import io.tidemill.api.Pane;
import io.tidemill.api.Window;
import org.jspecify.annotations.Nullable;

/**
 * Takes the results of an operator that has any number of them for a key: those of a join, of a process function. Each has an
 * identity, and a later revision replaces an earlier one. Used by one thread at a time.
 */
interface RowOutput {
    /**
     * @param key the key as its codec has encoded it
     * @param hash of the key
     * @param id tells it from the other results of its key and window; not empty, not changed afterwards
     * @param window null where the operator has none
     */
    record RowId(byte[] key, int hash, byte[] id, @Nullable Window window, long timeMillis) {}

    /** Emits a result; one that cannot be encoded or is too large becomes a dead letter. */
    void emit(RowId row, Object value, int revision, Pane pane);

    /**
     * Emits another value of a result that stands.
     *
     * @param former its value, as it was emitted last: what was made of it is taken back; null if it was not
     */
    void replace(RowId row, @Nullable Object former, Object value, int revision, Pane pane);

    /**
     * Takes a result back.
     *
     * @param former its value, as it was emitted last: what was made of it is taken back, too
     */
    void retract(RowId row, Object former, int revision, Pane pane);

    /**
     * Makes a dead letter of a result that could not be made.
     *
     * @param row without an id where that is all results of its key and window
     * @param payload what it was to be made of, as far as that fits
     */
    void fail(RowId row, byte @Nullable [] payload, int revision, Pane pane, Throwable error);
}
