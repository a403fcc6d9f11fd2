package io.tidemill.engine;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.List;

/** The windows of the span of time that was asked for last: neighbouring elements mostly have the same. Not thread-safe. */
final class CurrentSlice {
    private final AlignedWindowing windowing;
    private long end = Long.MIN_VALUE;
    long start;

    /** By their end. */
    final List<Window> windows = new ArrayList<>();

    /** Of the window that ends first. */
    long leastEnd;

    CurrentSlice(AlignedWindowing windowing) {
        this.windowing = windowing;
    }

    void moveTo(long time) {
        if (time >= start && time < end) {
            return;
        }
        start = windowing.sliceStart(time);
        end = windowing.sliceEnd(start);
        windows.clear();
        windows.addAll(windowing.windowsOf(time));
        leastEnd = windows.get(0).endMillis();
    }
}
