package io.tidemill.engine;

import org.jspecify.annotations.Nullable;

/**
 * An aggregate with any number of results for a key and window. Each has an id, which tells it from the others of its key and
 * window and depends only on what the result is made of.
 */
interface MultiResult<A> {
    /**
     * Tells the results of an accumulator, as they differ from those of another.
     *
     * @param former whose results stand; null if none do
     * @param counts to be changed by the difference between the two
     */
    void changes(@Nullable A former, A now, OperatorCounts counts, ResultConsumer to);

    /** An accumulator that has no results. */
    A create();
}
