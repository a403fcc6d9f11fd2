package io.tidemill.engine;

import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a {@link WindowLane} does where windows end and close. Used as the lane is. */
final class WindowFiring {
    private final WindowLane lane;
    private final SliceFiring slices;

    WindowFiring(WindowLane lane) {
        this.lane = lane;
        this.slices = new SliceFiring(lane);
    }

    /** As {@link Lane#fire}. */
    void fire(long upTo, int resultsMax, long bytesMax) {
        lane.fireBytesMax = bytesMax;
        // Not when a step begins: one that fires nothing, such as a correction's, leaves what is to close.
        lane.hasMoreToClose = false;
        if (!lane.sweep(resultsMax)) {
            lane.hasMoreToClose = true;
            return;
        }
        int left = resultsMax - emitUpdates();
        List<Window> emptied = new ArrayList<>();
        for (Map.Entry<Window, KeyTable> each : lane.windows.entrySet()) {
            // Slices that were to close go on doing so, although a partition that was idle may have turned time back.
            boolean goesOn = lane.slicing != null
                    && !each.getValue().isReopened
                    && each.getKey().endMillis() <= lane.closedUpTo;
            if (each.getKey().endMillis() > upTo && !goesOn) {
                if (lane.slicing == null || each.getKey().endMillis() > lane.closedUpTo) {
                    break;
                }
                continue;
            }
            if (left <= 0 || lane.isFull()) {
                lane.hasMoreToClose = true;
                break;
            }
            KeyTable table = each.getValue();
            boolean closing = goesOn || lane.pipeline.closesAt(each.getKey()) <= upTo;
            if ((closing || !table.fired) && !table.isDone) {
                left = fire(table, closing, left);
            }
            if (table.isEmpty() && (lane.slicing == null || table.isReopened)) {
                emptied.add(each.getKey());
            }
        }
        emptied.forEach(lane.windows::remove);
        lane.forgetLastTable();
    }

    /** Windows that have ended, but still take records in, emit what changed in this step. */
    private int emitUpdates() {
        int emitted = 0;
        if (lane.pipeline.latenessMillis > 0) {
            for (Entry entry : lane.state.dirty()) {
                KeyTable table = lane.windows.get(entry.window);
                if (entry.changed && !entry.reopened && table != null && table.fired) {
                    lane.emit(entry);
                    lane.keepFormer(entry);
                    emitted++;
                }
            }
        }
        return emitted;
    }

    private int fire(KeyTable table, boolean closing, int resultsMax) {
        int left = fireOwn(table, closing, resultsMax);
        if (left >= 0 && isSlicedWindow(table)) {
            left = slices.fire(table, left);
        }
        if (left < 0) {
            lane.hasMoreToClose = true;
            return 0;
        }
        table.fired = true;
        return left;
    }

    /** Entries of the window itself; returns what is left of the budget, or -1 where it was not enough. */
    private int fireOwn(KeyTable table, boolean closing, int resultsMax) {
        if (lane.store != null && table.mayBeStored) {
            return fireStored(lane.store, table, closing, resultsMax);
        }
        int left = fireEntries(table, table.entries(), closing, resultsMax);
        return table.packed == null || left < 0 ? left : firePacked(table, table.packed, closing, left);
    }

    /** Where slices are packed, the entries of windows are not. */
    private int firePacked(KeyTable table, PackedTable packed, boolean closing, int resultsMax) {
        int left = resultsMax;
        Entry[] one = new Entry[1];
        for (int row = packed.rowsEnd() - 1; row >= 0; row--) {
            if (packed.isInUse(row) && (closing || packed.isDue(row))) {
                if (left <= 0 || lane.isFull()) {
                    return -1;
                }
                one[0] = lane.state.unpack(packed, row);
                table.add(one[0]);
                left = fireEntries(table, one, closing, left);
            }
        }
        return left;
    }

    private int fireStored(LaneStore from, KeyTable table, boolean closing, int resultsMax) {
        int left = resultsMax;
        if (isSlicedWindow(table) && table.resumeAt != null) {
            // They were seen when it began to close.
            return left;
        }
        byte[] resumeAt = table.resumesClosing == closing ? table.resumeAt : null;
        try (TableScan scan = new TableScan(from, table, resumeAt)) {
            for (Entry[] some = scan.next(); some.length > 0; some = scan.next()) {
                left = fireEntries(table, some, closing, left);
                if (left < 0) {
                    if (!isSlicedWindow(table)) {
                        table.resumeAt = scan.place == null ? resumeAt : scan.place;
                        table.resumesClosing = closing;
                    }
                    return left;
                }
            }
            if (!isSlicedWindow(table)) {
                table.resumeAt = null;
                // What a step before has closed is gone.
                table.mayBeStored = !closing && !scan.isExhausted();
            }
        }
        return left;
    }

    /** What comes while a window closes in pieces, or when time has turned back meanwhile, is not passed by. */
    void resumeNoLaterThan(KeyTable table, Entry entry) {
        LaneStore store = lane.store;
        if (store == null || table.resumeAt == null || isSlicedWindow(table)) {
            return;
        }
        byte[] place = store.placeOf(table, entry.key, entry.hash);
        if (Arrays.compareUnsigned(place, table.resumeAt) < 0) {
            table.resumeAt = place;
        }
    }

    /** Its own entries are not all of it: they are what slices do not hold, and marks. */
    private boolean isSlicedWindow(KeyTable table) {
        return lane.slicing != null && !table.isReopened;
    }

    private int fireEntries(KeyTable table, Entry[] entries, boolean closing, int resultsMax) {
        int left = resultsMax;
        boolean whole = !isSlicedWindow(table);
        for (Entry entry : entries) {
            if (!whole && !entry.reopened) {
                // Its slices hold more.
                continue;
            }
            if (left <= 0 || lane.isFull()) {
                return -1;
            }
            if (entry.reopened) {
                if (closing) {
                    table.remove(entry);
                    lane.reopened.add(entry);
                    left--;
                }
                continue;
            }
            boolean due = entry.changed || !entry.isFinal;
            if (due || closing) {
                left--;
            }
            if (due) {
                lane.emit(entry);
                if (!closing) {
                    lane.keepFormer(entry);
                    lane.state.markDirty(entry);
                }
            }
            if (closing) {
                table.remove(entry);
                lane.close(entry);
            }
        }
        return left;
    }
}
