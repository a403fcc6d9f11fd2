package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

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

    /** What is derived from entries, so that they are found by another order than their own. */
    private static final byte INDEX = 3;

    /** What is derived from all entries of a user's key. */
    private static final byte OF_KEY = 4;

    /** In place of the kind: what is open of a key's sessions is together. */
    private static final byte SESSIONS = 'k';

    /** In place of the kind: timers by the clock are apart from those in event time. */
    private static final byte PROCESSING_TIMER = 'T';

    private static final byte EXPIRY = 'e';
    private static final byte DUE = 'q';
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
        if (isOfSessions(kind)) {
            writeOfSession(kind, window, key, start, length, hash, sink);
            return;
        }
        sink.write(kind == StateFormat.TIMER && key[start + length - 1] != 0 ? PROCESSING_TIMER : kind);
        sink.writeLong(window.startMillis() ^ Long.MIN_VALUE);
        sink.writeLong(window.endMillis() ^ Long.MIN_VALUE);
        sink.writeInt(Murmur2.order(hash));
        sink.write(key, start, length);
    }

    private static boolean isOfSessions(byte kind) {
        return kind == StateFormat.CELL || kind == StateFormat.RESULT;
    }

    private static void writeOfSession(
            byte kind, Window window, byte[] key, int start, int length, int hash, ByteSink sink) {
        sink.write(SESSIONS);
        sink.writeInt(Murmur2.order(hash));
        sink.writeVarint(length);
        sink.write(key, start, length);
        sink.write(kind);
        sink.writeLong(window.startMillis() ^ Long.MIN_VALUE);
        sink.writeLong(window.endMillis() ^ Long.MIN_VALUE);
    }

    // ---- of sessions ----

    /** Before all that is open of a key's sessions. */
    static byte[] ofSessions(int operator, byte[] key, int hash) {
        ByteSink sink = new ByteSink(KIND_BYTES + 2 * Integer.BYTES + key.length);
        sink.write(ofKind(operator, SESSIONS));
        sink.writeInt(Murmur2.order(hash));
        sink.writeSized(key);
        return sink.toByteArray();
    }

    /** Before all that is open of a lane's sessions; of the lane behind the last one, behind all. */
    static byte[] ofSessionLane(int operator, int lane, int lanes) {
        long order = firstOrder(lane, lanes);
        return order > 0xFFFF_FFFFL
                ? behindKind(operator, SESSIONS)
                : ByteBuffer.allocate(KIND_BYTES + Integer.BYTES)
                        .put(ofKind(operator, SESSIONS))
                        .putInt((int) order)
                        .array();
    }

    /** In the index of when keys are to be looked at. */
    static byte[] due(int operator, long at, byte[] key, int hash) {
        return ByteBuffer.allocate(KIND_BYTES + Long.BYTES + Integer.BYTES + key.length)
                .put(dueFrom(operator, at))
                .putInt(Murmur2.order(hash))
                .put(key)
                .array();
    }

    /** Before all in that index that are not before {@code at}. */
    static byte[] dueFrom(int operator, long at) {
        return ByteBuffer.allocate(KIND_BYTES + Long.BYTES)
                .put(INDEX)
                .putInt(operator)
                .put(DUE)
                .putLong(at ^ Long.MIN_VALUE)
                .array();
    }

    static long dueAt(byte[] storeKey) {
        return ByteBuffer.wrap(storeKey).getLong(KIND_BYTES) ^ Long.MIN_VALUE;
    }

    static int dueOrder(byte[] storeKey) {
        return ByteBuffer.wrap(storeKey).getInt(KIND_BYTES + Long.BYTES);
    }

    static byte[] dueKey(byte[] storeKey) {
        return Arrays.copyOfRange(storeKey, KIND_BYTES + Long.BYTES + Integer.BYTES, storeKey.length);
    }

    // ---- of rows ----

    /** Before the rows or timers that come at a time with an order of the hash or later. */
    static byte[] timed(int operator, TimeKind kind, long timeMillis, int order) {
        return ByteBuffer.allocate(PREFIX_BYTES)
                .put(ofKind(operator, kind.code))
                .putLong(timeMillis ^ Long.MIN_VALUE)
                .putLong(timeMillis + 1 ^ Long.MIN_VALUE)
                .putInt(order)
                .array();
    }

    static byte[] timedFrom(int operator, TimeKind kind) {
        return ofKind(operator, kind.code);
    }

    static byte[] timedTo(int operator, TimeKind kind) {
        return behindKind(operator, kind.code);
    }

    /** What comes by time. */
    enum TimeKind {
        ROW(StateFormat.ROW),
        EVENT_TIMER(StateFormat.TIMER),
        PROCESSING_TIMER(StoreKeys.PROCESSING_TIMER);

        private final byte code;

        TimeKind(byte code) {
            this.code = code;
        }
    }

    /** Of the key of an entry that has a window. */
    static int order(byte[] storeKey) {
        return ByteBuffer.wrap(storeKey).getInt(WINDOW_BYTES);
    }

    /** In the index of when values of a state were written. */
    static byte[] expiry(int operator, long slotId, long writtenAt, byte[] key, int hash) {
        return ByteBuffer.allocate(KIND_BYTES + 2 * Long.BYTES + Integer.BYTES + key.length)
                .put(expiryFrom(operator, slotId, writtenAt))
                .putInt(Murmur2.order(hash))
                .put(key)
                .array();
    }

    /** Before all in that index that were not written before. */
    static byte[] expiryFrom(int operator, long slotId, long writtenAt) {
        return ByteBuffer.allocate(KIND_BYTES + 2 * Long.BYTES)
                .put(INDEX)
                .putInt(operator)
                .put(EXPIRY)
                .putLong(slotId)
                .putLong(writtenAt ^ Long.MIN_VALUE)
                .array();
    }

    static long expiryWrittenAt(byte[] storeKey) {
        return ByteBuffer.wrap(storeKey).getLong(KIND_BYTES + Long.BYTES) ^ Long.MIN_VALUE;
    }

    static int expiryOrder(byte[] storeKey) {
        return ByteBuffer.wrap(storeKey).getInt(KIND_BYTES + 2 * Long.BYTES);
    }

    static byte[] expiryKey(byte[] storeKey) {
        return Arrays.copyOfRange(storeKey, KIND_BYTES + 2 * Long.BYTES + Integer.BYTES, storeKey.length);
    }

    /** What is kept of a user's key as a whole. */
    static byte[] ofKey(int operator, byte[] key, int hash) {
        return ByteBuffer.allocate(OPERATOR_BYTES + Integer.BYTES + key.length)
                .put(OF_KEY)
                .putInt(operator)
                .putInt(Murmur2.order(hash))
                .put(key)
                .array();
    }

    /** Before what is derived from an operator's entries: two ranges. */
    static List<byte[]> derived(int operator) {
        return List.of(
                ByteBuffer.allocate(OPERATOR_BYTES).put(INDEX).putInt(operator).array(),
                ByteBuffer.allocate(OPERATOR_BYTES).put(OF_KEY).putInt(operator).array());
    }

    // ---- ranges ----

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
        long order = firstOrder(lane, lanes);
        return order > 0xFFFF_FFFFL
                ? behind(ofWindow(operator, kind, window))
                : with(operator, kind, window, (int) order);
    }

    /** The least order whose lane it is. */
    private static long firstOrder(int lane, int lanes) {
        return ((long) lane << 32) / lanes + (((long) lane << 32) % lanes == 0 ? 0 : 1);
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
        int at = isOfSessions(storeKey) ? storeKey.length - 2 * Long.BYTES : KIND_BYTES;
        ByteSource source = new ByteSource(storeKey, at, storeKey.length - at);
        long start = source.readLong() ^ Long.MIN_VALUE;
        long end = source.readLong() ^ Long.MIN_VALUE;
        return start == Long.MIN_VALUE && end == Long.MAX_VALUE ? Entry.NO_WINDOW : new Window(start, end);
    }

    static byte kind(byte[] storeKey) {
        byte kind = storeKey[OPERATOR_BYTES];
        return kind == SESSIONS
                ? storeKey[storeKey.length - 2 * Long.BYTES - 1]
                : kind == PROCESSING_TIMER ? StateFormat.TIMER : kind;
    }

    private static boolean isOfSessions(byte[] storeKey) {
        return storeKey[OPERATOR_BYTES] == SESSIONS;
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

    /** What a key takes in the changelog. */
    static int changelogBytes(byte[] storeKey) {
        int key = isOfSessions(storeKey) ? key(storeKey).length : storeKey.length - PREFIX_BYTES;
        return StateFormat.KEY_PREFIX_BYTES + key;
    }

    /** The user's key; of rows, with what tells entries of one user's key apart. */
    static byte[] key(byte[] storeKey) {
        if (isOfSessions(storeKey)) {
            int at = KIND_BYTES + Integer.BYTES;
            return new ByteSource(storeKey, at, storeKey.length - at).readSized();
        }
        return Arrays.copyOfRange(storeKey, PREFIX_BYTES, storeKey.length);
    }
}
