package io.tidemill.engine;

import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A session in memory: its elements, and the results that stand for them. Belongs to one lane. */
final class OpenSession {
    /** In the order of their times; just one where sessions have no maximum. */
    final List<Cell> cells = new ArrayList<>();

    /**
     * Those that stand for some of its time: its own, and of sessions that it has replaced. One that several sessions have
     * replaced is in all their lists; the first to have a result of its own takes it back.
     */
    List<Entry> results = new ArrayList<>();

    long count;

    long first() {
        return cells.get(0).first();
    }

    long last() {
        return cells.get(cells.size() - 1).last;
    }

    Window window() {
        return new Window(first(), last() + 1);
    }

    /** Whether the result that stands is the one of all its elements. A session never loses any, so their number tells. */
    boolean isEmitted() {
        Entry own = result();
        return own != null && own.isFinal && own.count == count;
    }

    /** Whether it has had another than an early result, under whichever bounds. */
    boolean hasFinalResult() {
        return results.stream().anyMatch(each -> !each.done && each.isFinal)
                || cells.stream().anyMatch(each -> each.revision > 0);
    }

    /** Elements since the early results that stand. */
    long unemitted() {
        long emitted = 0;
        for (Entry each : results) {
            emitted += each.done ? 0 : each.count;
        }
        return count - emitted;
    }

    /** The result that stands for just this session; null if there is none. */
    @Nullable
    Entry result() {
        for (Entry each : results) {
            if (!each.done && each.window.startMillis() == first() && each.window.endMillis() == last() + 1) {
                return each;
            }
        }
        return null;
    }

    /** Forgets results that have been taken back, or are of another time. */
    void keepOwnResults() {
        if (!results.isEmpty()) {
            long first = first();
            long last = last();
            results = new ArrayList<>(results.stream()
                    .filter(each -> !each.done && each.window.startMillis() <= last && each.window.endMillis() > first)
                    .toList());
        }
    }
}
