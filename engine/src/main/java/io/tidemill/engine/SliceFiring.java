package io.tidemill.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;

/** How a {@link WindowLane} makes the results of windows that share slices. Used as the lane is. */
final class SliceFiring {
    private final WindowLane lane;

    SliceFiring(WindowLane lane) {
        this.lane = lane;
    }

    /** Merges each key's lane.slices, and what is in the window alone, into its result. */
    int fire(KeyTable table, int resultsMax) {
        int left = resultsMax;
        SortedMap<Long, KeyTable> parts = lane.slices.subMap(table.window.startMillis(), table.window.endMillis());
        if (lane.store != null && (table.mayBeStored || parts.values().stream().anyMatch(part -> part.mayBeStored))) {
            return fireStoredSlices(lane.store, table, parts.values(), resultsMax);
        }
        KeyTable merged = new KeyTable(StateFormat.ACCUMULATOR, table.window);
        for (Entry own : table.entries()) {
            if (!own.done) {
                merged.add(mergedInto(new Entry(own.kind, own.key, own.hash, table.window, fresh()), own));
            }
        }
        for (KeyTable slice : parts.values()) {
            for (Entry part : slice.entries()) {
                mergePart(table, merged, part);
            }
            PackedTable packed = slice.packed;
            for (int row = packed == null ? -1 : packed.rowsEnd() - 1; packed != null && row >= 0; row--) {
                if (packed.isInUse(row)) {
                    mergePart(table, merged, packed.toEntry(row));
                }
            }
        }
        for (Entry whole : merged.entries()) {
            if (left <= 0 || lane.isFull()) {
                return -1;
            }
            lane.emit(whole);
            lane.close(whole);
            markDone(table, whole);
            left--;
        }
        table.isDone = true;
        return left;
    }

    private void mergePart(KeyTable table, KeyTable merged, Entry part) {
        Entry own = table.size() == 0 ? null : table.get(part.key, 0, part.key.length, part.hash);
        if (own != null && own.done) {
            return;
        }
        Entry whole = merged.get(part.key, 0, part.key.length, part.hash);
        if (whole == null) {
            whole = new Entry(StateFormat.ACCUMULATOR, part.key, part.hash, table.window, fresh());
            merged.add(whole);
        }
        mergedInto(whole, part);
    }

    /** The same where not all of it fits the memory: key by key, in the lane.store's order. */
    private int fireStoredSlices(LaneStore from, KeyTable table, Collection<KeyTable> parts, int resultsMax) {
        int left = resultsMax;
        List<KeyTable> tables = new ArrayList<>(parts);
        tables.add(table);
        try (SliceScan scan = new SliceScan(from, tables, table.resumeAt)) {
            for (List<Entry> some = scan.next(); !some.isEmpty(); some = scan.next()) {
                Entry first = some.get(0);
                if (some.stream().anyMatch(part -> part.done)) {
                    continue;
                }
                if (left <= 0 || lane.isFull()) {
                    table.resumeAt = StoreKeys.suffix(from.placeOf(table, first.key, first.hash));
                    return -1;
                }
                Entry whole = new Entry(StateFormat.ACCUMULATOR, first.key, first.hash, table.window, fresh());
                some.forEach(part -> mergedInto(whole, part));
                lane.emit(whole);
                lane.close(whole);
                markDone(table, whole);
                left--;
            }
        }
        table.resumeAt = null;
        table.isDone = true;
        return left;
    }

    private Object fresh() {
        return lane.aggregate.create();
    }

    private Entry mergedInto(Entry whole, Entry part) {
        whole.accumulator = lane.aggregate.merge(whole.accumulator, part.accumulator);
        whole.count += part.count;
        return whole;
    }

    /** So that it is not closed twice, should the window's other keys have to wait for the next step. */
    private void markDone(KeyTable table, Entry whole) {
        Entry own = lane.find(table, whole.key, whole.hash);
        if (own == null) {
            own = new Entry(StateFormat.ACCUMULATOR, whole.key, whole.hash, table.window, fresh());
            table.add(own);
        }
        own.accumulator = fresh();
        own.count = 0;
        own.done = true;
        own.changed = false;
        lane.state.markDirty(own);
    }
}
