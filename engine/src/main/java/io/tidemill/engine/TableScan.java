package io.tidemill.engine;

import io.tidemill.engine.state.StateScan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All entries of a table, those in the store included, some at a time. While an entry is among those at hand it is in the
 * table; then it leaves it, unless it has changed. Used by one thread.
 */
final class TableScan implements AutoCloseable {
    private static final int AT_ONCE = 512;

    private final LaneStore store;
    private final KeyTable table;
    private final StateScan scan;

    /** Those at hand that were not in the table before. */
    private final List<Entry> loaded = new ArrayList<>();

    /** The first key of those at hand; null where they are not in the store. */
    byte @Nullable [] place;

    private final boolean whole;
    private boolean leftSome;
    private boolean begun;
    private boolean ended;

    /** @param resumeAt null for the beginning */
    TableScan(LaneStore store, KeyTable table, byte @Nullable [] resumeAt) {
        this.store = store;
        this.table = table;
        this.scan = store.scan(table, resumeAt);
        this.whole = resumeAt == null;
    }

    /** The next ones; none at the end. */
    Entry[] next() {
        leave();
        if (!begun) {
            begun = true;
            Entry[] unstored = unstored();
            if (unstored.length > 0) {
                return unstored;
            }
        }
        List<Entry> some = new ArrayList<>(AT_ONCE);
        place = null;
        while (!ended && some.size() < AT_ONCE) {
            ended = !scan.next();
            if (!ended) {
                take(scan.key(), some);
            }
        }
        return some.toArray(Entry[]::new);
    }

    /** What is in the table alone. */
    private Entry[] unstored() {
        List<Entry> found = new ArrayList<>();
        for (Entry each : table.entries()) {
            if (!each.stored) {
                found.add(each);
            }
        }
        return found.toArray(Entry[]::new);
    }

    private void take(byte[] storeKey, List<Entry> into) {
        byte[] key = StoreKeys.key(storeKey);
        Entry known = table.get(key, 0, key.length, Murmur2.hash(key, 0, key.length));
        if (known == null && !store.isRemoved(storeKey)) {
            byte[] value = scan.value();
            known = store.hold(table, store.read(table, key, value), value.length);
            loaded.add(known);
        }
        if (known != null && known.stored) {
            place = place == null ? storeKey : place;
            into.add(known);
        }
    }

    private void leave() {
        for (Entry each : loaded) {
            boolean isThere = table.get(each.key, 0, each.key.length, each.hash) == each;
            if (isThere && !each.dirty && !each.awaitsEarly) {
                store.release(table, each);
                leftSome = true;
            }
        }
        loaded.clear();
    }

    /** After the end: the store holds nothing of it that the table does not. */
    boolean isExhausted() {
        leave();
        return ended && whole && !leftSome;
    }

    @Override
    public void close() {
        leave();
        scan.close();
    }
}
