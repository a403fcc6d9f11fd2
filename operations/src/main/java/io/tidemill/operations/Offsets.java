package io.tidemill.operations;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A set of records, by partition and offset, in eight bytes each. Not thread-safe. */
final class Offsets {
    private final Map<Integer, Sorted> byPartition = new HashMap<>();

    private static final class Sorted {
        long[] offsets = new long[64];
        int count;
        boolean isSorted;

        void add(long offset) {
            if (count == offsets.length) {
                offsets = Arrays.copyOf(offsets, count * 2);
            }
            offsets[count++] = offset;
            isSorted = false;
        }

        boolean contains(long offset) {
            if (!isSorted) {
                Arrays.sort(offsets, 0, count);
                isSorted = true;
            }
            return Arrays.binarySearch(offsets, 0, count, offset) >= 0;
        }
    }

    void add(int partition, long offset) {
        byPartition.computeIfAbsent(partition, p -> new Sorted()).add(offset);
    }

    boolean contains(int partition, long offset) {
        Sorted offsets = byPartition.get(partition);
        return offsets != null && offsets.contains(offset);
    }

    boolean isEmpty() {
        return byPartition.isEmpty();
    }
}
