package io.tidemill.testkit.oracle;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Every window that holds any element is held against every element. */
record AlignedWindows(AlignedWindowing windowing) implements Windows {
    @Override
    public List<Window> missed(long timeMillis, long watermarkMillis, long latenessMillis) {
        return windowing.windowsOf(timeMillis).stream()
                .filter(window -> window.endMillis() + latenessMillis <= watermarkMillis)
                .toList();
    }

    @Override
    public long by(Window window, long watermarkMillis, long latenessMillis) {
        return watermarkMillis - window.endMillis() - latenessMillis;
    }

    @Override
    public <K, V> Map<Window, List<Element<K, V>>> assign(List<Judged<K, V>> elements, Predicate<Late> lost) {
        Set<Window> windows = new TreeSet<>();
        elements.forEach(
                each -> windows.addAll(windowing.windowsOf(each.element().timeMillis())));
        Map<Window, List<Element<K, V>>> assigned = new TreeMap<>();
        for (Window window : windows) {
            for (Judged<K, V> each : elements) {
                if (holds(window, each.element().timeMillis()) && !isLost(each, window, lost)) {
                    assigned.computeIfAbsent(window, any -> new ArrayList<>()).add(each.element());
                }
            }
        }
        return assigned;
    }

    private static boolean holds(Window window, long timeMillis) {
        return window.startMillis() <= timeMillis && timeMillis < window.endMillis();
    }

    private static boolean isLost(Judged<?, ?> judged, Window window, Predicate<Late> lost) {
        return judged.missed().stream().anyMatch(late -> late.window().equals(window) && lost.test(late));
    }
}
