package io.tidemill.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;

/** Windows by enumeration: all there are in a span of time, from the definition, with no arithmetic on the time asked for. */
final class WindowModel {
    final List<Window> windows;
    private final TreeSet<Long> boundaries = new TreeSet<>();

    private WindowModel(List<Window> windows) {
        this.windows = windows.stream()
                .distinct()
                .sorted(Comparator.comparingLong(Window::endMillis).thenComparingLong(Window::startMillis))
                .toList();
        for (Window window : this.windows) {
            boundaries.add(window.startMillis());
            boundaries.add(window.endMillis());
        }
    }

    /**
     * @param cells where cells begin, ascending; a cell that ends where it begins is counted and begins no window
     * @param count cells of a window
     */
    static WindowModel runs(List<Long> cells, int count) {
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i + Math.max(count, 1) < cells.size(); i++) {
            if (cells.get(i) < cells.get(i + 1)) {
                windows.add(new Window(cells.get(i), cells.get(i + count)));
            }
        }
        return new WindowModel(windows);
    }

    /** From each start of a size to each step's end up to the next one's. */
    static WindowModel growing(List<Long> sizes, List<Long> steps) {
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i + 1 < sizes.size(); i++) {
            for (long step : steps) {
                if (step > sizes.get(i) && step <= sizes.get(i + 1)) {
                    windows.add(new Window(sizes.get(i), step));
                }
            }
        }
        return new WindowModel(windows);
    }

    /** Windows that begin at each start and end where {@code endOf} says. */
    static WindowModel each(List<Long> starts, LongUnaryOperator endOf) {
        return new WindowModel(starts.stream()
                .map(start -> new Window(start, endOf.applyAsLong(start)))
                .toList());
    }

    List<Window> windowsOf(long time) {
        return windows.stream()
                .filter(window -> window.startMillis() <= time && time < window.endMillis())
                .toList();
    }

    @SuppressWarnings("NullAway") // callers stay inside of the span
    long sliceStart(long time) {
        return boundaries.floor(time);
    }

    @SuppressWarnings("NullAway")
    long sliceEnd(long time) {
        return boundaries.higher(time);
    }

    TreeSet<Long> boundaries() {
        return boundaries;
    }
}
