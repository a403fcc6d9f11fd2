package io.tidemill.api;

import java.util.ArrayList;
import java.util.List;

/**
 * Windows that the calendar decides and no element can move.
 *
 * <p>Their boundaries cut time into <em>slices</em>: the largest spans in which all times have the same windows. Every time
 * is in exactly one slice, and a window is a run of whole slices. So an element is folded into one slice, however many
 * windows it is in. Implementations are safe for use by many threads.
 */
public sealed interface AlignedWindowing extends Windowing permits Tumbling, Sliding, Cumulative {
    /** Where the windows begin. */
    Alignment alignment();

    /** The start of the slice that holds {@code timeMillis}. */
    long sliceStart(long timeMillis);

    /** The end of the slice that holds {@code timeMillis}, its start for example: the start of the next one. */
    long sliceEnd(long timeMillis);

    /** Visits the windows that hold {@code timeMillis}, by end and then by start, ascending. At least one. */
    void windowsOf(long timeMillis, WindowVisitor visitor);

    /** The same as a list. */
    default List<Window> windowsOf(long timeMillis) {
        List<Window> windows = new ArrayList<>();
        windowsOf(timeMillis, (start, end) -> windows.add(new Window(start, end)));
        return windows;
    }

    /** The end of the last window that holds {@code timeMillis}: its slice is needed until then. */
    long lastEnd(long timeMillis);

    /** No window is longer, so from no slice's start is it further to the end of its last window. */
    long maxSpanMillis();
}
