package io.tidemill.api;

import io.tidemill.api.plan.CellAggregate;

/** An aggregate whose accumulator is a few whole numbers, of which a value gives one: several of them can live in one array. */
interface Numbers<T, A> extends CellAggregate<T, A> {
    /** What {@link #fold} needs of a value; the only thing that may fail. */
    long take(T value) throws Exception;

    void fold(long[] cells, int at, long taken);

    Object answer(long[] cells, int at) throws Exception;

    void read(long[] cells, int at, ByteSource source);

    @Override
    default void add(long[] cells, int at, T value, long[] room) throws Exception {
        fold(cells, at, take(value));
    }
}
