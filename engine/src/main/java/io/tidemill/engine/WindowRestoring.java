package io.tidemill.engine;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Window;
import java.util.Set;

/** How a {@link WindowLane} takes up work, when it has been given its entries. */
final class WindowRestoring {
    private final WindowLane lane;

    WindowRestoring(WindowLane lane) {
        this.lane = lane;
    }

    /** As {@link Lane#restored}. */
    void restored(long closedBefore, Set<Window> closing) {
        lane.closedUpTo = closedBefore;
        if (lane.store != null) {
            discover(lane.store);
        }
        lane.windows.values().removeIf(KeyTable::isEmpty);
        lane.slices.values().removeIf(KeyTable::isEmpty);
        lane.deferred.tables.values().removeIf(KeyTable::isEmpty);
        if (lane.slicing == null && !lane.slices.isEmpty()) {
            throw new PipelineException("pipeline '" + lane.pipeline.name()
                    + "' has open windows that share slices, which windows with allowed lateness or early results do not:"
                    + " change those settings when no window is open, as after a run to the end, or change them back");
        }
        if (lane.slicing != null) {
            for (KeyTable slice : lane.slices.values()) {
                for (Window window : lane.slicing.windowsOf(slice.window.startMillis())) {
                    if (!lane.isClosed(window) || closing.contains(window)) {
                        lane.windows.computeIfAbsent(window, w -> new KeyTable(StateFormat.ACCUMULATOR, w));
                    }
                    slice.lastWindow = window;
                }
            }
            lane.hasMoreToClose = !closing.isEmpty();
            for (KeyTable table : lane.windows.values()) {
                table.isReopened = lane.isClosed(table.window) && !closing.contains(table.window);
                if (table.isReopened) {
                    discardMarks(table);
                }
            }
            AlignedWindowing windowing = lane.slicing;
            lane.slices.values().removeIf(slice -> {
                boolean over =
                        windowing.windowsOf(slice.window.startMillis()).stream().noneMatch(lane.windows::containsKey);
                if (over) {
                    lane.discard(slice);
                }
                return over;
            });
        }
        EarlyResults early = lane.earlyResults;
        if (early != null) {
            lane.windows.values().forEach(table -> await(early, table));
        }
    }

    /** A store forgets what has closed a little later than the window is forgotten. */
    private void discardMarks(KeyTable table) {
        if (lane.store != null) {
            lane.discard(table);
            return;
        }
        for (Entry entry : table.entries()) {
            if (entry.done) {
                table.remove(entry);
                lane.state.bury(entry);
            }
        }
    }

    private void discover(LaneStore from) {
        for (Window window : from.windows(StateFormat.ACCUMULATOR)) {
            lane.windows.put(window, stored(StateFormat.ACCUMULATOR, window));
        }
        for (Window slice : from.windows(StateFormat.SLICE)) {
            lane.slices.put(slice.startMillis(), stored(StateFormat.SLICE, slice));
        }
        for (Window window : from.windows(StateFormat.DEFERRED)) {
            lane.deferred.tables.put(window, stored(StateFormat.DEFERRED, window));
        }
    }

    private static KeyTable stored(byte kind, Window window) {
        KeyTable table = new KeyTable(kind, window);
        table.mayBeStored = true;
        return table;
    }

    private void await(EarlyResults early, KeyTable table) {
        lane.visit(table, entry -> {
            if (entry.changed) {
                early.await(entry, 0);
            }
        });
    }
}
