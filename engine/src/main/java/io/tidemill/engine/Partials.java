package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import java.util.Arrays;

/**
 * What one partition's records of one step contribute to one lane: an accumulator per key and window, or, for a running
 * aggregate, per element. Folding first and merging then makes the exchange between partitions and lanes as small as the
 * number of keys. Used again for the next step; not thread-safe.
 */
final class Partials {
    /** In place of a window's end: it is a slice of windows. */
    static final long SLICE = Long.MIN_VALUE;

    private final Aggregate<Object, Object, Object> aggregate;
    private final boolean coalescing;

    int count;
    byte[] keys = new byte[256];
    int[] keyStarts = new int[16];
    int[] keyLengths = new int[16];
    int[] hashes = new int[16];
    long[] starts = new long[16];
    long[] ends = new long[16];
    long[] counts = new long[16];
    long[] times = new long[16];
    Object[] accumulators = new Object[16];
    private int keysSize;
    private int[] slots = new int[32];
    private int[] slotOf = new int[16];

    Partials(Aggregate<Object, Object, Object> aggregate, boolean coalescing) {
        this.aggregate = aggregate;
        this.coalescing = coalescing;
    }

    void clear() {
        for (int i = 0; i < count; i++) {
            accumulators[i] = this;
            slots[slotOf[i]] = 0;
        }
        count = 0;
        keysSize = 0;
    }

    /**
     * Folds one element in. Nothing has changed if it throws.
     *
     * @param from start of the window or slice
     * @param to end of the window, or {@link #SLICE}
     */
    void add(byte[] key, int start, int length, int hash, long from, long to, long time, Object value)
            throws Exception {
        int slot = coalescing ? find(key, start, length, hash, from, to) : 0;
        int found = coalescing ? slots[slot] - 1 : -1;
        if (found >= 0) {
            accumulators[found] = aggregate.add(accumulators[found], value);
            counts[found]++;
        } else {
            insert(slot, key, start, length, hash, from, to, time, aggregate.add(aggregate.create(), value));
        }
    }

    /** Merges an element that was already folded by itself. */
    void merge(byte[] key, int start, int length, int hash, long from, long to, long time, Object accumulator) {
        int slot = coalescing ? find(key, start, length, hash, from, to) : 0;
        int found = coalescing ? slots[slot] - 1 : -1;
        if (found >= 0) {
            accumulators[found] = aggregate.merge(accumulators[found], accumulator);
            counts[found]++;
        } else {
            insert(slot, key, start, length, hash, from, to, time, accumulator);
        }
    }

    private int find(byte[] key, int start, int length, int hash, long from, long to) {
        int mask = slots.length - 1;
        int slot = mix(hash, from, to) & mask;
        while (slots[slot] != 0) {
            int entry = slots[slot] - 1;
            if (hashes[entry] == hash
                    && starts[entry] == from
                    && ends[entry] == to
                    && Arrays.equals(
                            keys, keyStarts[entry], keyStarts[entry] + keyLengths[entry], key, start, start + length)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static int mix(int hash, long from, long to) {
        int mixed = hash ^ Long.hashCode((from + 31 * to) * 0x9E3779B97F4A7C15L);
        return mixed ^ mixed >>> 16;
    }

    private void insert(
            int slot, byte[] key, int start, int length, int hash, long from, long to, long time, Object accumulator) {
        if (count == hashes.length) {
            widen();
        }
        if (keys.length - keysSize < length) {
            keys = Arrays.copyOf(keys, Math.max(keys.length * 2, keysSize + length));
        }
        System.arraycopy(key, start, keys, keysSize, length);
        keyStarts[count] = keysSize;
        keyLengths[count] = length;
        keysSize += length;
        hashes[count] = hash;
        starts[count] = from;
        ends[count] = to;
        counts[count] = 1;
        times[count] = time;
        accumulators[count] = accumulator;
        if (coalescing) {
            slots[slot] = count + 1;
            slotOf[count] = slot;
        }
        count++;
        if (coalescing && count * 2 > slots.length) {
            rehash();
        }
    }

    private void widen() {
        int wider = count * 2;
        keyStarts = Arrays.copyOf(keyStarts, wider);
        keyLengths = Arrays.copyOf(keyLengths, wider);
        hashes = Arrays.copyOf(hashes, wider);
        starts = Arrays.copyOf(starts, wider);
        ends = Arrays.copyOf(ends, wider);
        counts = Arrays.copyOf(counts, wider);
        times = Arrays.copyOf(times, wider);
        accumulators = Arrays.copyOf(accumulators, wider);
        slotOf = Arrays.copyOf(slotOf, wider);
    }

    private void rehash() {
        slots = new int[slots.length * 2];
        int mask = slots.length - 1;
        for (int i = 0; i < count; i++) {
            int slot = mix(hashes[i], starts[i], ends[i]) & mask;
            while (slots[slot] != 0) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = i + 1;
            slotOf[i] = slot;
        }
    }
}
