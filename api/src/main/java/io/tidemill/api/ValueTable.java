package io.tidemill.api;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Encoded values, each once, numbered from 0 in the order in which they came. The bytes lie one after another in one array
 * and are found by open addressing, so that a value costs its bytes and 12 to 24 more. Not thread-safe.
 */
final class ValueTable {
    /** Another in every process, so that nobody can make up values that all fall into one slot. No result depends on it. */
    private static final long SALT = new SplittableRandom().nextLong() | 1;

    private final ByteSink bytes = new ByteSink(16);
    private int[] ends = new int[2];
    private int[] slots = new int[4]; // number + 1; 0 is free
    private int count;

    int count() {
        return count;
    }

    /** Of all values together. */
    long byteCount() {
        return endOf(count - 1);
    }

    /** Encodes the value and returns its number; what the codec throws leaves the table as it was. */
    <V> int add(V value, Codec<V> codec) {
        int from = endOf(count - 1);
        bytes.truncate(from); // a codec may have failed half way
        codec.encode(value, bytes);
        return keepTail(from);
    }

    int add(byte[] source, int offset, int length) {
        int from = endOf(count - 1);
        bytes.truncate(from);
        bytes.write(source, offset, length);
        return keepTail(from);
    }

    /** The number of the other table's value in this one. */
    int add(ValueTable other, int number) {
        int from = other.endOf(number - 1);
        return add(other.bytes.array(), from, other.ends[number] - from);
    }

    <V> V value(int number, Codec<V> codec) throws Exception {
        int from = endOf(number - 1);
        return codec.decode(bytes.array(), from, ends[number] - from);
    }

    /** By their bytes, unsigned. */
    int compare(int left, int right) {
        byte[] array = bytes.array();
        return Arrays.compareUnsigned(array, endOf(left - 1), ends[left], array, endOf(right - 1), ends[right]);
    }

    void write(int number, ByteSink sink) {
        int from = endOf(number - 1);
        sink.writeVarint(ends[number] - from);
        sink.write(bytes.array(), from, ends[number] - from);
    }

    /** Reads a value that must be a new one. */
    void readNew(ByteSource source) {
        byte[] value = source.readSized();
        int before = count;
        if (add(value, 0, value.length) != before) {
            throw new IllegalStateException("a value of " + value.length + " bytes occurs twice");
        }
    }

    private int endOf(int number) {
        return number < 0 ? 0 : ends[number];
    }

    /** Keeps what lies behind the last value, unless it is there before. */
    private int keepTail(int from) {
        int slot = slotOf(bytes.array(), from, bytes.size());
        if (slots[slot] != 0) {
            bytes.truncate(from);
            return slots[slot] - 1;
        }
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
        }
        ends[count] = bytes.size();
        slots[slot] = ++count;
        if (count > slots.length / 2) {
            grow();
        }
        return count - 1;
    }

    private int slotOf(byte[] array, int from, int to) {
        int mask = slots.length - 1;
        int slot = hash(array, from, to) & mask;
        while (slots[slot] != 0 && !isAt(slots[slot] - 1, array, from, to)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean isAt(int number, byte[] array, int from, int to) {
        return Arrays.equals(array, from, to, bytes.array(), endOf(number - 1), ends[number]);
    }

    private void grow() {
        slots = new int[slots.length * 2];
        for (int number = 0; number < count; number++) {
            slots[slotOf(bytes.array(), endOf(number - 1), ends[number])] = number + 1;
        }
    }

    private static int hash(byte[] array, int from, int to) {
        long hash = SALT ^ (to - from);
        for (int i = from; i < to; i++) {
            hash = (hash ^ array[i]) * SALT;
            hash ^= hash >>> 29;
        }
        return (int) (hash ^ (hash >>> 32));
    }
}
