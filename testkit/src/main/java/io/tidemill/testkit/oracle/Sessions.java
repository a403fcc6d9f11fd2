package io.tidemill.testkit.oracle;

import io.tidemill.api.Session;
import io.tidemill.api.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Elements are neighbours if at most the gap is between them; what is connected is a chain; then chains are cut. */
record Sessions(Session session) implements Windows {
    @Override
    public List<Window> missed(long timeMillis, long watermarkMillis, long latenessMillis) {
        return timeMillis < watermarkMillis - latenessMillis
                ? List.of(new Window(timeMillis, timeMillis + 1))
                : List.of();
    }

    @Override
    public long by(Window window, long watermarkMillis, long latenessMillis) {
        return watermarkMillis - window.startMillis() - latenessMillis;
    }

    @Override
    public <K, V> Map<Window, List<Element<K, V>>> assign(List<Judged<K, V>> elements, Predicate<Late> lost) {
        List<Element<K, V>> left = new ArrayList<>();
        for (Judged<K, V> each : elements) {
            if (each.missed().stream().noneMatch(lost)) {
                left.add(each.element());
            }
        }
        Map<Window, List<Element<K, V>>> assigned = new TreeMap<>();
        while (!left.isEmpty()) {
            cut(takeChain(left), assigned);
        }
        return assigned;
    }

    /** Takes one element and, as long as there are any, those that are near one that was taken. */
    private <K, V> List<Element<K, V>> takeChain(List<Element<K, V>> left) {
        List<Element<K, V>> chain = new ArrayList<>();
        chain.add(left.remove(0));
        boolean hasGrown = true;
        while (hasGrown) {
            List<Element<K, V>> near = left.stream()
                    .filter(each -> chain.stream().anyMatch(other -> isNear(each, other)))
                    .toList();
            left.removeAll(near);
            chain.addAll(near);
            hasGrown = !near.isEmpty();
        }
        return chain;
    }

    private boolean isNear(Element<?, ?> one, Element<?, ?> other) {
        return Math.abs(one.timeMillis() - other.timeMillis()) <= session.gap().toMillis();
    }

    private <K, V> void cut(List<Element<K, V>> chain, Map<Window, List<Element<K, V>>> assigned) {
        List<Element<K, V>> left = new ArrayList<>(chain);
        Duration max = session.maxDuration();
        while (!left.isEmpty()) {
            long first = first(left);
            List<Element<K, V>> piece = left.stream()
                    .filter(each -> max == null || each.timeMillis() < first + max.toMillis())
                    .toList();
            left.removeAll(piece);
            assigned.put(new Window(first, last(piece) + 1), piece);
        }
    }

    private static long first(List<? extends Element<?, ?>> elements) {
        return elements.stream().mapToLong(Element::timeMillis).min().orElseThrow();
    }

    private static long last(List<? extends Element<?, ?>> elements) {
        return elements.stream().mapToLong(Element::timeMillis).max().orElseThrow();
    }
}
