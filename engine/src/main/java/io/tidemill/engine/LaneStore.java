package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.state.StateChanges;
import io.tidemill.engine.state.StateScan;
import io.tidemill.engine.state.StateView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lane's entries where they are in a store. The lane's tables hold what it has touched of late; what it changes is written
 * to the changelog and, at the next commit at which {@link TaskStore} applies changes, to the store. Until then the tables know
 * better than the store, and what was removed is known here. Used by one thread at a time.
 */
final class LaneStore {
    private static final int LOADED_AT_ONCE = 4_096;

    /** What a removed key takes beside its bytes, roughly. */
    private static final int REMOVED_OVERHEAD_BYTES = 100;

    final long cacheBytesMax;
    final StateChanges changes = new StateChanges();
    final StateView store;
    final int operator;
    final int lane;
    final int lanes;
    private final StateLog state;
    private final Aggregate<Object, Object, Object> aggregate;
    private final ByteSink keySink = new ByteSink();
    private final List<KeyTable> wantedIn = new ArrayList<>();
    private final List<byte[]> wanted = new ArrayList<>();

    /** Adds to the changes what is derived from them; before they are applied. */
    Runnable finishing = () -> {};

    /** Keeps what is derived from entries. */
    Derived derived = new Derived() {};

    /** What goes with an entry into the store. */
    interface Derived {
        default void put(Entry entry) {}

        default void deleted(Entry entry) {}
    }

    /** What was removed, and is in the store. */
    private final Set<ByteBuffer> removed = new HashSet<>();

    private long removedBytes;

    LaneStore(
            StateView store,
            StateLog state,
            Aggregate<Object, Object, Object> aggregate,
            int lane,
            int lanes,
            long cacheBytesMax) {
        this.store = store;
        this.state = state;
        this.operator = state.operator;
        this.aggregate = aggregate;
        this.lane = lane;
        this.lanes = lanes;
        this.cacheBytesMax = cacheBytesMax / lanes;
    }

    /** What has been changed is in the store. */
    void applied() {
        changes.clear();
        removed.clear();
        removedBytes = 0;
    }

    /** What is known here of what was removed, in bytes of memory, roughly. */
    long removedBytes() {
        return removedBytes;
    }

    // ---- what is changed ----

    void put(Entry entry, ByteSink value) {
        write(entry);
        changes.put(keySink, value);
        derived.put(entry);
    }

    void delete(Entry entry) {
        write(entry);
        changes.delete(keySink);
        removed.add(ByteBuffer.wrap(keySink.toByteArray()));
        removedBytes += 2L * keySink.size() + REMOVED_OVERHEAD_BYTES;
        derived.deleted(entry);
    }

    private void write(Entry entry) {
        keySink.reset();
        StoreKeys.write(entry.kind, operator, entry.window, entry.key, 0, entry.key.length, entry.hash, keySink);
    }

    void putDerived(byte[] key, ByteSink value) {
        keySink.reset();
        keySink.write(key);
        changes.put(keySink, value);
    }

    void deleteDerived(byte[] key) {
        keySink.reset();
        keySink.write(key);
        changes.delete(keySink);
    }

    // ---- single entries ----

    /** An entry that the table does not hold; null if the store does not either. */
    @Nullable
    Entry load(KeyTable table, byte[] key, int start, int length, int hash) {
        want(table, key, start, length, hash);
        loadWanted();
        return table.get(key, start, length, hash);
    }

    /** Asks for an entry that the table does not hold. */
    void want(KeyTable table, byte[] key, int start, int length, int hash) {
        keySink.reset();
        StoreKeys.write(table.kind, operator, table.window, key, start, length, hash, keySink);
        wantedIn.add(table);
        wanted.add(keySink.toByteArray());
        if (wanted.size() == LOADED_AT_ONCE) {
            loadWanted();
        }
    }

    /** Puts those that were asked for, and that there are, into their tables. */
    void loadWanted() {
        if (!wanted.isEmpty()) {
            store.get(wanted, (i, value) -> load(wantedIn.get(i), wanted.get(i), value));
            wanted.clear();
            wantedIn.clear();
        }
    }

    private void load(KeyTable table, byte[] storeKey, byte[] value) {
        byte[] key = StoreKeys.key(storeKey);
        int hash = Murmur2.hash(key, 0, key.length);
        // It may have been asked for twice.
        if (table.get(key, 0, key.length, hash) == null && !isRemoved(storeKey)) {
            hold(table, read(table, key, value), value.length);
        }
    }

    Entry read(KeyTable table, byte[] key, byte[] value) {
        return StateFormat.readEntry(table.kind, key, table.window, new ByteSource(value), aggregate);
    }

    /** Puts an entry that was read into its table. */
    Entry hold(KeyTable table, Entry entry, int valueBytes) {
        table.add(entry);
        state.cache(entry, StateLog.bytesOf(entry, valueBytes));
        return entry;
    }

    /** Takes an entry that has not changed out of its table. */
    void release(KeyTable table, Entry entry) {
        state.release(entry);
        table.remove(entry);
    }

    boolean isRemoved(byte[] storeKey) {
        return !removed.isEmpty() && removed.contains(ByteBuffer.wrap(storeKey));
    }

    // ---- ranges ----

    /** The windows of which the lane has entries in the store. */
    List<Window> windows(byte kind) {
        List<Window> windows = new ArrayList<>();
        byte[] end = StoreKeys.behindKind(operator, kind);
        byte[] from = StoreKeys.ofKind(operator, kind);
        while (true) {
            Window window;
            try (StateScan scan = store.scan(from, end)) {
                if (!scan.next()) {
                    return windows;
                }
                window = StoreKeys.window(scan.key());
            }
            if (holds(kind, window)) {
                windows.add(window);
            }
            from = StoreKeys.behind(StoreKeys.ofWindow(operator, kind, window));
        }
    }

    /** Whether the store has entries of the lane in the window, other than those that were removed. */
    boolean holds(byte kind, Window window) {
        try (StateScan scan = store.scan(from(kind, window), to(kind, window))) {
            while (scan.next()) {
                if (!isRemoved(scan.key())) {
                    return true;
                }
            }
            return false;
        }
    }

    private byte[] from(byte kind, Window window) {
        return StoreKeys.ofLane(operator, kind, window, lane, lanes);
    }

    private byte[] to(byte kind, Window window) {
        return StoreKeys.ofLane(operator, kind, window, lane + 1, lanes);
    }

    /** Everything of a table's, in the store's order. */
    StateScan scan(KeyTable table, byte @Nullable [] resumeAt) {
        byte[] from = from(table.kind, table.window);
        return store.scan(
                resumeAt != null && Arrays.compareUnsigned(resumeAt, from) > 0 ? resumeAt : from,
                to(table.kind, table.window));
    }

    /** The place in a table that another's key has, by its suffix. */
    byte[] place(KeyTable table, byte[] suffix) {
        byte[] window = StoreKeys.ofWindow(operator, table.kind, table.window);
        byte[] place = Arrays.copyOf(window, window.length + suffix.length);
        System.arraycopy(suffix, 0, place, window.length, suffix.length);
        return place;
    }

    /** Where an entry of a key is, or would be, in a table. */
    byte[] placeOf(KeyTable table, byte[] key, int hash) {
        return placeOf(table.kind, table.window, key, hash);
    }

    byte[] placeOf(byte kind, Window window, byte[] key, int hash) {
        keySink.reset();
        StoreKeys.write(kind, operator, window, key, 0, key.length, hash, keySink);
        return keySink.toByteArray();
    }

    /** Whether a key of that {@link Murmur2#order} is the lane's. */
    boolean isOfLane(int order) {
        return (((order & 0xFFFF_FFFFL) * lanes) >>> 32) == lane;
    }

    /** Knows an entry that was read for one that is in the store. */
    void known(Entry entry, int valueBytes) {
        state.cache(entry, StateLog.bytesOf(entry, valueBytes));
    }
}
