package io.tidemill.api.plan;

import io.tidemill.api.ByteSink;

/**
 * An aggregate whose accumulator is a fixed number of whole numbers, so that accumulators of many keys can live in one array,
 * without an object for each. What it does with cells and with accumulators is the same. Thread-safe.
 *
 * @param <T> the values
 * @param <A> the accumulator by itself
 */
public interface CellAggregate<T, A> {
    /** How many cells an accumulator takes; 1 or more. */
    int width();

    /** Makes the cells from {@code at} on those of an empty accumulator. */
    void begin(long[] cells, int at);

    /**
     * Folds a value in. Nothing has changed if it throws.
     *
     * @param room at least {@link #width} cells that it may use for the moment
     */
    void add(long[] cells, int at, T value, long[] room) throws Exception;

    /** Merges the cells of {@code right} into those of {@code left}. */
    void merge(long[] left, int leftAt, long[] right, int rightAt);

    /** Writes the same bytes as the accumulator by itself. */
    void write(long[] cells, int at, ByteSink sink);

    /** The accumulator by itself; it shares nothing with the cells. */
    A toAccumulator(long[] cells, int at);

    void toCells(A accumulator, long[] cells, int at);
}
