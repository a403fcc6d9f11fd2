package io.tidemill.api;

import java.util.Arrays;

/**
 * Distinct values of one key, with how often each came if that is asked for.
 *
 * <p>Where there are too many, it lets go of all of them and only remembers that it did. It does so when it is merged as
 * well as when a value is added, and then stays so: whether an answer fails is a property of the values, and not of the
 * steps in which they came.
 */
final class ValueSet {
    /** With room for what else is in a record of the changelog, which holds 64 MiB. */
    static final int DISTINCT_BYTES_MAX = 32 << 20;

    static final int DISTINCT_MAX_LIMIT = 2_000_000;

    private static final long[] NO_COUNTS = {};

    private final boolean counted;
    private ValueTable values = new ValueTable();
    private long[] counts = NO_COUNTS;

    /** How many were allowed when there were more; 0 as long as all values are here. */
    private int lostMax;

    ValueSet(boolean counted) {
        this.counted = counted;
    }

    static void requireDistinctMax(int distinctMax) {
        if (distinctMax < 1 || distinctMax > DISTINCT_MAX_LIMIT) {
            throw new IllegalArgumentException("distinctMax is 1 to " + DISTINCT_MAX_LIMIT + ", not " + distinctMax);
        }
    }

    /** The values, if there were not too many. */
    ValueTable all() {
        if (lostMax > 0) {
            throw new IllegalStateException("more than " + lostMax + " distinct values, or more than "
                    + DISTINCT_BYTES_MAX
                    + " bytes of them, are not kept: set a larger distinctMax, or take an approximate"
                    + " aggregate, such as Sketches.approximateDistinct or Sketches.frequentItems");
        }
        return values;
    }

    /** Decodes those that are here. */
    void tryValues(Codec<?> codec) throws Exception {
        for (int number = 0; number < values.count(); number++) {
            values.value(number, codec);
        }
    }

    long count(int number) {
        return counts[number];
    }

    /** Encodes the value even where it is not kept, so that one that cannot be encoded always fails. */
    <V> void add(V value, Codec<V> codec, int distinctMax) {
        tally(values.add(value, codec), 1);
        bound(distinctMax);
    }

    void merge(ValueSet other, int distinctMax) {
        lostMax = Math.max(lostMax, other.lostMax);
        for (int number = 0; lostMax == 0 && number < other.values.count(); number++) {
            tally(values.add(other.values, number), counted ? other.counts[number] : 1);
            bound(distinctMax);
        }
        bound(distinctMax);
    }

    private void tally(int number, long times) {
        if (counted) {
            if (number >= counts.length) {
                counts = Arrays.copyOf(counts, Math.max(2, number * 2));
            }
            counts[number] += times;
        }
    }

    private void bound(int distinctMax) {
        if (lostMax == 0 && (values.count() > distinctMax || values.byteCount() > DISTINCT_BYTES_MAX)) {
            lostMax = distinctMax;
        }
        if (lostMax > 0 && values.count() > 0) {
            values = new ValueTable();
            counts = NO_COUNTS;
        }
    }

    void write(ByteSink sink) {
        sink.writeVarint(lostMax);
        sink.writeVarint(values.count());
        for (int number = 0; number < values.count(); number++) {
            values.write(number, sink);
            if (counted) {
                sink.writeVarlong(counts[number]);
            }
        }
    }

    static ValueSet read(ByteSource source, boolean counted) {
        ValueSet set = new ValueSet(counted);
        set.lostMax = source.readVarint();
        int count = source.readVarint();
        if (set.lostMax < 0 || set.lostMax > DISTINCT_MAX_LIMIT || count < 0 || (set.lostMax > 0 && count > 0)) {
            throw new IllegalStateException(
                    "a set of " + count + " distinct values that let go of more than " + set.lostMax);
        }
        for (int number = 0; number < count; number++) {
            set.values.readNew(source);
            if (counted) {
                set.tally(number, requirePositive(source.readVarlong()));
            }
        }
        return set;
    }

    private static long requirePositive(long count) {
        if (count <= 0) {
            throw new IllegalStateException("a value that occurred " + count + " times");
        }
        return count;
    }
}
