package io.tidemill.operations;

/**
 * A share of the keys by their hash.
 *
 * @param count a power of two
 */
record Slice(int index, int count) {
    /** A finer share would not be a smaller one. */
    private static final int COUNT_MAX = 1 << 20;

    static final Slice ALL = new Slice(0, 1);

    boolean holds(ByteKey key) {
        return (key.hashCode() & (count - 1)) == index;
    }

    boolean isDivisible() {
        return count < COUNT_MAX;
    }

    Slice firstHalf() {
        return new Slice(index, count * 2);
    }

    Slice secondHalf() {
        return new Slice(index + count, count * 2);
    }
}
