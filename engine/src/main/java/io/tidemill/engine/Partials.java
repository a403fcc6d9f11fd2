package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.plan.CellAggregate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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

    /** The aggregate, where accumulators are cells; null where they are objects. */
    final @Nullable CellAggregate<Object, Object> ofCells;

    private final int width;

    int count;
    byte[] keys = new byte[256];
    int[] keyStarts = new int[16];
    int[] keyLengths = new int[16];
    int[] hashes = new int[16];
    long[] starts = new long[16];
    long[] ends = new long[16];
    long[] counts = new long[16];
    long[] times = new long[16];

    /** Empty where accumulators are cells. */
    private Object[] accumulators;

    /** Where accumulators are cells: {@link #width} of each, one after the other. */
    long[] cells;

    private final long[] room;
    private int keysSize;
    private int[] slots = new int[32];
    private int[] slotOf = new int[16];

    Partials(Aggregate<Object, Object, Object> aggregate, boolean coalescing) {
        this.aggregate = aggregate;
        this.coalescing = coalescing;
        this.ofCells = StagePlan.ofCells(aggregate);
        this.width = ofCells == null ? 0 : ofCells.width();
        this.accumulators = new Object[ofCells == null ? 16 : 0];
        this.cells = new long[16 * width];
        this.room = new long[width];
    }

    /** By itself: it shares nothing with what is here. */
    Object accumulator(int i) {
        return ofCells == null ? accumulators[i] : ofCells.toAccumulator(cells, i * width);
    }

    /** Where the cells of an accumulator begin. */
    int cellsAt(int i) {
        return i * width;
    }

    void clear() {
        for (int i = 0; i < count; i++) {
            slots[slotOf[i]] = 0;
        }
        Arrays.fill(accumulators, 0, Math.min(count, accumulators.length), null);
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
        if (ofCells != null) {
            addToCells(ofCells, slot, found, key, start, length, hash, from, to, time, value);
        } else if (found >= 0) {
            replace(found, aggregate.add(accumulators[found], value));
            counts[found]++;
        } else {
            Object folded = aggregate.add(aggregate.create(), value);
            int next = insert(slot, key, start, length, hash, from, to, time);
            accumulators[next] = folded;
        }
    }

    private void addToCells(
            CellAggregate<Object, Object> into,
            int slot,
            int found,
            byte[] key,
            int start,
            int length,
            int hash,
            long from,
            long to,
            long time,
            Object value)
            throws Exception {
        if (found >= 0) {
            into.add(cells, found * width, value, room);
            counts[found]++;
            return;
        }
        int next = count;
        requireRoom();
        into.begin(cells, next * width);
        into.add(cells, next * width, value, room);
        insert(slot, key, start, length, hash, from, to, time);
    }

    private void replace(int i, Object accumulator) {
        // Most are changed and not replaced: a reference that is written for each costs a barrier.
        if (accumulators[i] != accumulator) {
            accumulators[i] = accumulator;
        }
    }

    /** Merges an element that was already folded by itself. */
    void merge(byte[] key, int start, int length, int hash, long from, long to, long time, Object accumulator) {
        int slot = coalescing ? find(key, start, length, hash, from, to) : 0;
        int found = coalescing ? slots[slot] - 1 : -1;
        if (ofCells != null) {
            ofCells.toCells(accumulator, room, 0);
            if (found < 0) {
                int next = insert(slot, key, start, length, hash, from, to, time);
                System.arraycopy(room, 0, cells, next * width, width);
            } else {
                ofCells.merge(cells, found * width, room, 0);
                counts[found]++;
            }
        } else if (found >= 0) {
            replace(found, aggregate.merge(accumulators[found], accumulator));
            counts[found]++;
        } else {
            int next = insert(slot, key, start, length, hash, from, to, time);
            accumulators[next] = accumulator;
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
                    && keyLengths[entry] == length
                    && KeyBytes.equal(keys, keyStarts[entry], key, start, length)) {
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

    private void requireRoom() {
        if (count == hashes.length) {
            widen();
        }
    }

    /** Returns its number; its accumulator has yet to be put there. */
    private int insert(int slot, byte[] key, int start, int length, int hash, long from, long to, long time) {
        requireRoom();
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
        if (coalescing) {
            slots[slot] = count + 1;
            slotOf[count] = slot;
        }
        count++;
        if (coalescing && count * 2 > slots.length) {
            rehash();
        }
        return count - 1;
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
        accumulators = ofCells == null ? Arrays.copyOf(accumulators, wider) : accumulators;
        cells = Arrays.copyOf(cells, wider * width);
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
