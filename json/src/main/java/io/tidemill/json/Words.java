package io.tidemill.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes at a time, the first of them in the lowest bits. */
final class Words {
    /*
     * Each test leaves the high bit of a byte set where it holds. Borrows and carries only go towards later bytes, so
     * the first byte that a test holds for is right, and only that one is used.
     */
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long ZEROS = '0' * ONES;

    private Words() {}

    /** The bytes from {@code at} on; 0 for those behind the end of the array. */
    static long at(byte[] bytes, int at) {
        return at <= bytes.length - Long.BYTES ? (long) LONGS.get(bytes, at) : lastOf(bytes, at);
    }

    private static long lastOf(byte[] bytes, int at) {
        long word = 0;
        for (int i = bytes.length - 1; i >= at; i--) {
            word = (word << Byte.SIZE) | (bytes[i] & 0xFF);
        }
        return word;
    }

    /** How many bytes there are before the first that is not a part of a text as it is: 8 if there is none. */
    static int plainCount(long word) {
        long quotes = word ^ '"' * ONES;
        long backslashes = word ^ '\\' * ONES;
        long found = ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes) | (word - ' ' * ONES) | word;
        return Long.numberOfTrailingZeros(found & HIGH_BITS) / Byte.SIZE;
    }

    /** How many digits there are before the first byte that is none. */
    static int digitCount(long word) {
        long digits = word ^ ZEROS;
        return Long.numberOfTrailingZeros((digits + 0x76 * ONES | digits) & HIGH_BITS) / Byte.SIZE;
    }

    /** The number that the first {@code count} bytes, 1 to 8 digits, make. */
    static long number(long word, int count) {
        long digits = (word ^ ZEROS) << (Long.SIZE - count * Byte.SIZE);
        long pairs = digits * 10 + (digits >>> 8);
        long outer = (pairs & 0x0000_00FF_0000_00FFL) * (100 + (1_000_000L << 32));
        long inner = (pairs >>> 16 & 0x0000_00FF_0000_00FFL) * (1 + (10_000L << 32));
        return (outer + inner) >>> 32;
    }
}
