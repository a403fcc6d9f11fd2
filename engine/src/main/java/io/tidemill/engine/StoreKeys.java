package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The keys of a pipeline's state store. Entries are sorted by operator, kind, window, and then by {@link Murmur2#order}: so
 * each window is one range, in which each lane has one, whatever the number of lanes.
 */
final class StoreKeys {
    /** What the store is, and how far it has come. */
    static final byte[] HEADER = {0};

    private static final byte TOTALS = 1;
    private static final byte ENTRY = 2;
    static final byte[] FIRST_ENTRY = {ENTRY};
    static final byte[] BEHIND_ENTRIES = {ENTRY + 1};
    private static final int OPERATOR_BYTES = 1 + Integer.BYTES;
    private static final int KIND_BYTES = OPERATOR_BYTES + 1;
    private static final int WINDOW_BYTES = KIND_BYTES + 2 * Long.BYTES;
    static final int PREFIX_BYTES = WINDOW_BYTES + Integer.BYTES;

    private StoreKeys() {}

    /** The size of an operator's entries. */
    static void writeTotals(int operator, ByteSink sink) {
        sink.write(TOTALS);
        sink.writeInt(operator);
    }

    static void write(
            byte kind, int operator, Window window, byte[] key, int start, int length, int hash, ByteSink sink) {
        sink.write(ENTRY);
        sink.writeInt(operator);
        sink.write(kind);
        sink.writeLong(window.startMillis() ^ Long.MIN_VALUE);
        sink.writeLong(window.endMillis() ^ Long.MIN_VALUE);
        sink.writeInt(Murmur2.order(hash));
        sink.write(key, start, length);
    }

    /** Before the first entry of a kind. */
    static byte[] ofKind(int operator, byte kind) {
        return ByteBuffer.allocate(KIND_BYTES)
                .put(ENTRY)
                .putInt(operator)
                .put(kind)
                .array();
    }

    /** Behind the last entry of a kind. */
    static byte[] behindKind(int operator, byte kind) {
        return ofKind(operator, (byte) (kind + 1));
    }

    static byte[] ofOperator(int operator) {
        return ByteBuffer.allocate(OPERATOR_BYTES).put(ENTRY).putInt(operator).array();
    }

    /** Before the entries of a window, and of a lane in it. */
    static byte[] ofLane(int operator, byte kind, Window window, int lane, int lanes) {
        // The least order whose lane it is.
        long order = ((long) lane << 32) / lanes + (((long) lane << 32) % lanes == 0 ? 0 : 1);
        return order > 0xFFFF_FFFFL
                ? behind(ofWindow(operator, kind, window))
                : with(operator, kind, window, (int) order);
    }

    private static byte[] with(int operator, byte kind, Window window, int order) {
        byte[] prefix = Arrays.copyOf(ofWindow(operator, kind, window), PREFIX_BYTES);
        ByteBuffer.wrap(prefix).putInt(WINDOW_BYTES, order);
        return prefix;
    }

    static byte[] ofWindow(int operator, byte kind, Window window) {
        return ByteBuffer.allocate(WINDOW_BYTES)
                .put(ofKind(operator, kind))
                .putLong(window.startMillis() ^ Long.MIN_VALUE)
                .putLong(window.endMillis() ^ Long.MIN_VALUE)
                .array();
    }

    /** The least that is greater than all that begin with {@code prefix}. */
    static byte[] behind(byte[] prefix) {
        int last = prefix.length - 1;
        while (prefix[last] == -1) {
            last--;
        }
        byte[] behind = Arrays.copyOf(prefix, last + 1);
        behind[last]++;
        return behind;
    }

    /** The window of an entry's key. */
    static Window window(byte[] storeKey) {
        ByteSource source = new ByteSource(storeKey, KIND_BYTES, storeKey.length - KIND_BYTES);
        long start = source.readLong() ^ Long.MIN_VALUE;
        long end = source.readLong() ^ Long.MIN_VALUE;
        return start == Long.MIN_VALUE && end == Long.MAX_VALUE ? Entry.NO_WINDOW : new Window(start, end);
    }

    static byte kind(byte[] storeKey) {
        return storeKey[OPERATOR_BYTES];
    }

    static int operator(byte[] storeKey) {
        return ByteBuffer.wrap(storeKey).getInt(1);
    }

    /** The same entry's key, of another operator. */
    static byte[] withOperator(byte[] storeKey, int operator) {
        byte[] key = storeKey.clone();
        ByteBuffer.wrap(key).putInt(1, operator);
        return key;
    }

    /** In the order of the store's keys, within a window. */
    static int compare(Entry one, Entry other) {
        int byOrder = Integer.compareUnsigned(Murmur2.order(one.hash), Murmur2.order(other.hash));
        return byOrder != 0 ? byOrder : Arrays.compareUnsigned(one.key, other.key);
    }

    /** What a key has behind its window. */
    static byte[] suffix(byte[] storeKey) {
        return Arrays.copyOfRange(storeKey, WINDOW_BYTES, storeKey.length);
    }

    /** The user's key. */
    static byte[] key(byte[] storeKey) {
        return Arrays.copyOfRange(storeKey, PREFIX_BYTES, storeKey.length);
    }
}
