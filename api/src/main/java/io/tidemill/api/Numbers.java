package io.tidemill.api;

/** An aggregate whose accumulator is a few whole numbers: several of them can live in one array. */
interface Numbers<T> {
    /** How many numbers it takes. */
    int width();

    void begin(long[] cells, int at);

    /** What {@link #fold} needs of a value; the only thing that may fail. */
    long take(T value) throws Exception;

    void fold(long[] cells, int at, long taken);

    /** Merges what {@code right} holds at the same place into {@code left}. */
    void merge(long[] left, int at, long[] right);

    Object answer(long[] cells, int at) throws Exception;

    /** The same bytes as the aggregate by itself. */
    void write(long[] cells, int at, ByteSink sink);

    void read(long[] cells, int at, ByteSource source);
}
