package io.tidemill.engine;

import io.tidemill.api.Early;
import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import java.util.ArrayDeque;

/** Results of a {@link WindowLane} that are due before their window ends. Used as the lane is. */
final class EarlyResults {
    private final WindowLane lane;
    private final Early early;

    /** What a result is due for, or will be with the next tick. */
    private final ArrayDeque<Entry> awaiting = new ArrayDeque<>();

    private boolean isDue;

    EarlyResults(WindowLane lane, Early early) {
        this.lane = lane;
        this.early = early;
    }

    /** Takes note of an entry that as many elements have come to. */
    void await(Entry entry, long elements) {
        entry.unemitted += elements;
        boolean due = !(early instanceof Early.Count count) || entry.unemitted >= count.elements();
        if (due && !entry.awaitsEarly && !entry.isFinal && !entry.reopened) {
            entry.awaitsEarly = true;
            awaiting.add(entry);
        }
    }

    /** As {@link Lane#emitEarly}. */
    boolean emit(boolean tick, int resultsMax) {
        isDue |= tick || early instanceof Early.Count;
        int left = resultsMax;
        while (isDue && !awaiting.isEmpty()) {
            if (left-- <= 0 || lane.isFull()) {
                return true;
            }
            Entry entry = awaiting.remove();
            if (entry.awaitsEarly) {
                lane.writer.write(entry, Result.EARLY_REVISION, Pane.EARLY, Long.MIN_VALUE);
                WindowLane.emitted(entry);
                lane.state.markDirty(entry);
            }
        }
        isDue = false;
        return false;
    }
}
