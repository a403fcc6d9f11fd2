package io.tidemill.engine;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Window;
import java.util.List;

/**
 * The windows of the span of time that was asked for last. Neighbouring elements mostly have the same; those that came out of
 * order go back and forth between a few, which are remembered. Not thread-safe.
 */
final class CurrentSlice {
    private static final int REMEMBERED_MAX = 8;

    private final AlignedWindowing windowing;
    private final Span[] remembered = new Span[REMEMBERED_MAX];
    private int spans;
    private long end = Long.MIN_VALUE;
    long start;

    /** By their end. */
    List<Window> windows = List.of();

    /** How many. */
    int count;

    /** Of the window that ends first. */
    long leastEnd;

    long firstStart;

    private record Span(long start, long end, List<Window> windows) {}

    CurrentSlice(AlignedWindowing windowing) {
        this.windowing = windowing;
    }

    void moveTo(long time) {
        if (time >= start && time < end) {
            return;
        }
        Span span = find(time);
        start = span.start;
        end = span.end;
        windows = span.windows;
        count = windows.size();
        firstStart = windows.get(0).startMillis();
        leastEnd = windows.get(0).endMillis();
    }

    private Span find(long time) {
        for (int i = Math.min(spans, REMEMBERED_MAX) - 1; i >= 0; i--) {
            if (time >= remembered[i].start && time < remembered[i].end) {
                return remembered[i];
            }
        }
        long from = windowing.sliceStart(time);
        Span span = new Span(from, windowing.sliceEnd(from), List.copyOf(windowing.windowsOf(time)));
        remembered[spans++ % REMEMBERED_MAX] = span;
        return span;
    }
}
