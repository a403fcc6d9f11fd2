package io.tidemill.operations;

import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.HdrHistogram.Histogram;

/** How many accumulators would be open under each of several bounds, and when results would come. Not thread-safe. */
final class OpenState {
    /*
     * A bit per bound says under which an accumulator is open, so that one map serves all. When the map becomes too large,
     * half of the keys are left out from then on, by their hash, and what is counted is scaled.
     */
    private static final int DIGITS = 3;
    private static final Comparator<Held> BY_END =
            Comparator.<Held>comparingLong(each -> each.window.endMillis()).thenComparing(each -> each.window);

    /** A window and what is open of it. */
    private static final class Held {
        final Window window;
        final Map<Long, Long> boundsById = new HashMap<>();
        final int[] counts;
        long emitted;

        Held(Window window, int bounds) {
            this.window = window;
            this.counts = new int[bounds];
        }
    }

    private final long[] bounds;
    private final long latenessMillis;
    private final int entriesMax;
    private final Map<Window, Held> windows = new HashMap<>();
    private final List<PriorityQueue<Held>> toEmit = new ArrayList<>();
    private final List<PriorityQueue<Held>> toClose = new ArrayList<>();
    private final List<Histogram> delays = new ArrayList<>();
    private final List<Histogram> sizes = new ArrayList<>();
    private final long[] open;
    private final long[] peak;
    private int entries;
    private long left;

    OpenState(long[] bounds, long latenessMillis, int entriesMax) {
        this.bounds = bounds;
        this.latenessMillis = latenessMillis;
        this.entriesMax = entriesMax;
        this.open = new long[bounds.length];
        this.peak = new long[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            toEmit.add(new PriorityQueue<>(BY_END));
            toClose.add(new PriorityQueue<>(BY_END));
            delays.add(new Histogram(DIGITS));
            sizes.add(new Histogram(DIGITS));
        }
    }

    /** An element that is on time under {@code underBounds}, a bit per bound, goes into an accumulator. */
    void hold(Window window, long id, long underBounds) {
        if (underBounds == 0 || (id & left) != 0) {
            return;
        }
        Held held = windows.computeIfAbsent(window, each -> new Held(each, bounds.length));
        Long before = held.boundsById.get(id);
        long added = before == null ? underBounds : underBounds & ~before;
        if (added == 0) {
            return;
        }
        held.boundsById.put(id, before == null ? underBounds : before | underBounds);
        entries += before == null ? 1 : 0;
        for (int i = 0; i < bounds.length; i++) {
            if ((added & 1L << i) != 0) {
                open(held, i);
            }
        }
        while (entries > entriesMax) {
            leaveOutHalf();
        }
    }

    private void open(Held held, int bound) {
        if (held.counts[bound]++ == 0) {
            toClose.get(bound).add(held);
            if ((held.emitted & 1L << bound) == 0) {
                toEmit.get(bound).add(held);
            }
        }
        open[bound]++;
        peak[bound] = Math.max(peak[bound], open[bound] * scale());
    }

    /** What one that is counted stands for. */
    long scale() {
        return left + 1;
    }

    private void leaveOutHalf() {
        left = left * 2 + 1;
        for (Iterator<Held> all = windows.values().iterator(); all.hasNext(); ) {
            Held held = all.next();
            held.boundsById.entrySet().removeIf(each -> {
                boolean out = (each.getKey() & left) != 0;
                if (out) {
                    leave(held, each.getValue());
                }
                return out;
            });
            if (held.boundsById.isEmpty()) {
                all.remove();
            }
        }
    }

    private void leave(Held held, long underBounds) {
        entries--;
        for (int i = 0; i < bounds.length; i++) {
            if ((underBounds & 1L << i) != 0) {
                held.counts[i]--;
                open[i]--;
            }
        }
    }

    /** A record has been taken; emits and closes what it lets the watermark pass. */
    void advance(Frontier frontier) {
        for (int i = 0; i < bounds.length; i++) {
            if (frontier.slowest() != Elements.NO_TIME) {
                long watermark = frontier.slowest() - bounds[i];
                emit(i, watermark, frontier.fastest());
                close(i, watermark - latenessMillis);
            }
            sizes.get(i).recordValue(open[i] * scale());
        }
    }

    private void emit(int bound, long watermark, long now) {
        PriorityQueue<Held> queue = toEmit.get(bound);
        for (Held next = queue.peek(); next != null && next.window.endMillis() <= watermark; next = queue.peek()) {
            queue.remove();
            if ((next.emitted & 1L << bound) == 0) {
                next.emitted |= 1L << bound;
                delays.get(bound).recordValue(Math.max(0, now - next.window.endMillis()));
            }
        }
    }

    private void close(int bound, long upTo) {
        PriorityQueue<Held> queue = toClose.get(bound);
        for (Held next = queue.peek(); next != null && next.window.endMillis() <= upTo; next = queue.peek()) {
            queue.remove();
            close(bound, next);
        }
    }

    private void close(int bound, Held held) {
        open[bound] -= held.counts[bound];
        held.counts[bound] = 0;
        for (Iterator<Map.Entry<Long, Long>> all = held.boundsById.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Long, Long> each = all.next();
            long rest = each.getValue() & ~(1L << bound);
            if (rest == 0) {
                all.remove();
                entries--;
            } else {
                each.setValue(rest);
            }
        }
        if (held.boundsById.isEmpty()) {
            windows.remove(held.window, held);
        }
    }

    // ---- what came of it ----

    long peak(int bound) {
        return peak[bound];
    }

    /** The median over all records. */
    long typical(int bound) {
        Histogram all = sizes.get(bound);
        return all.lowestEquivalentValue(all.getValueAtPercentile(50));
    }

    /** How far the newest event time was past a window's end when its result came: the median. */
    long delayTypicalMillis(int bound) {
        Histogram all = delays.get(bound);
        return all.lowestEquivalentValue(all.getValueAtPercentile(50));
    }

    long delayMaxMillis(int bound) {
        Histogram all = delays.get(bound);
        return all.lowestEquivalentValue(all.getMaxValue());
    }
}
