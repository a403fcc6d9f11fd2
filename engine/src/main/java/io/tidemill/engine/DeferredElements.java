package io.tidemill.engine;

import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Late elements of a {@link WindowLane} that wait for their window to close. Used as the lane is. */
final class DeferredElements {
    private final WindowLane lane;

    /** By window, in the order in which windows close. */
    final TreeMap<Window, KeyTable> tables = new TreeMap<>(Lane.BY_END);

    DeferredElements(WindowLane lane) {
        this.lane = lane;
    }

    /** Adds late elements to those that wait for their window. */
    void add(Entry late) {
        KeyTable table = tables.computeIfAbsent(late.window, w -> new KeyTable(StateFormat.DEFERRED, w));
        Entry waiting = lane.find(table, late.key, late.hash);
        if (waiting == null) {
            late.kind = StateFormat.DEFERRED;
            table.add(late);
            waiting = late;
        } else {
            waiting.accumulator = lane.aggregate.merge(waiting.accumulator, late.accumulator);
            waiting.count += late.count;
            waiting.records += late.records;
        }
        lane.state.markDirty(waiting);
    }

    /**
     * Whether results of the key and window may be corrected: the window has closed, nothing on time waits in it, and what
     * it closed with is on the disk.
     */
    boolean isCorrectable(byte[] key, int hash, Window window) {
        if (!lane.isClosed(window) || lane.hasClosedAgain(window, key)) {
            return false;
        }
        KeyTable table = lane.windows.get(window);
        if (table == null) {
            return true;
        }
        // A window of slices that has yet to close holds on-time elements in them.
        return (lane.slicing == null || table.isReopened)
                && (table.packed == null || table.packed.find(key, 0, key.length, hash) < 0)
                && lane.find(table, key, hash) == null;
    }

    /** Takes waiting late elements whose windows have closed, at most so many. */
    List<Entry> takeCorrectable(int atMost) {
        List<Entry> taken = new ArrayList<>();
        for (KeyTable table : tables.values()) {
            if (lane.store != null && table.mayBeStored) {
                takeCorrectable(lane.store, table, taken, atMost);
            } else {
                takeCorrectable(table, table.entries(), taken, atMost);
            }
        }
        tables.values().removeIf(KeyTable::isEmpty);
        return taken;
    }

    private void takeCorrectable(LaneStore from, KeyTable table, List<Entry> taken, int atMost) {
        if (!lane.isClosed(table.window)) {
            return;
        }
        try (TableScan scan = new TableScan(from, table, null)) {
            for (Entry[] some = scan.next(); some.length > 0 && taken.size() < atMost; some = scan.next()) {
                takeCorrectable(table, some, taken, atMost);
            }
            table.mayBeStored = !scan.isExhausted();
        }
    }

    private void takeCorrectable(KeyTable table, Entry[] entries, List<Entry> taken, int atMost) {
        for (Entry entry : entries) {
            if (taken.size() < atMost && isCorrectable(entry.key, entry.hash, entry.window)) {
                table.remove(entry);
                lane.state.bury(entry);
                entry.kind = StateFormat.ACCUMULATOR;
                taken.add(entry);
            }
        }
    }
}
