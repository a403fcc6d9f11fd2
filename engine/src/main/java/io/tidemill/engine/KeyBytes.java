package io.tidemill.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Keys of a few bytes, several bytes at a time: they are looked at for every element. */
final class KeyBytes {
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private KeyBytes() {}

    /** The first of four bytes in the lowest bits. */
    static int intAt(byte[] bytes, int at) {
        return (int) INTS.get(bytes, at);
    }

    private static long longAt(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    /** As {@link java.util.Arrays#equals(byte[], int, int, byte[], int, int)}, which is made for longer ones. */
    static boolean equal(byte[] left, int leftAt, byte[] right, int rightAt, int length) {
        if (length < Integer.BYTES) {
            return equalEach(left, leftAt, right, rightAt, length);
        }
        if (length < Long.BYTES) {
            int last = length - Integer.BYTES;
            return intAt(left, leftAt) == intAt(right, rightAt)
                    && intAt(left, leftAt + last) == intAt(right, rightAt + last);
        }
        // The last bytes overlap those before them.
        int last = length - Long.BYTES;
        for (int i = 0; i < last; i += Long.BYTES) {
            if (longAt(left, leftAt + i) != longAt(right, rightAt + i)) {
                return false;
            }
        }
        return longAt(left, leftAt + last) == longAt(right, rightAt + last);
    }

    private static boolean equalEach(byte[] left, int leftAt, byte[] right, int rightAt, int length) {
        for (int i = 0; i < length; i++) {
            if (left[leftAt + i] != right[rightAt + i]) {
                return false;
            }
        }
        return true;
    }
}
