package io.tidemill.engine.state;

import java.util.Optional;

/** A store for each pipeline, by its name, which is a legal topic name. Thread-safe. All methods throw {@link StateStoreException}. */
public interface StateStores {
    /**
     * Opens the pipeline's store for the one that writes, an empty one if there is none. It holds a prefix of the writes that
     * were ever made, each whole or not at all, and at least those that had become durable. Throws {@code DAMAGED} if
     * it cannot be trusted to, and {@code IN_USE} if it is open.
     */
    StateStore open(String pipeline);

    /** Removes the pipeline's store, whatever is wrong with it. Does nothing if there is none. */
    void delete(String pipeline);

    /**
     * What of the pipeline's store was durable at some moment after the call, whether or not it is open, here or in another
     * process; empty if there is no store. It does not change.
     */
    Optional<StateView> view(String pipeline);
}
