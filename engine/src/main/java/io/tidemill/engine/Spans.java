package io.tidemill.engine;

import io.tidemill.api.Window;
import java.util.Map;
import java.util.TreeMap;

/** Spans of time, first and last millisecond included, joined where they meet. Not thread-safe. */
final class Spans {
    private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

    void add(long first, long last) {
        long from = first;
        long to = last;
        Map.Entry<Long, Long> before = lastByFirst.floorEntry(to + 1);
        while (before != null && before.getValue() >= from - 1) {
            from = Math.min(from, before.getKey());
            to = Math.max(to, before.getValue());
            lastByFirst.remove(before.getKey());
            before = lastByFirst.floorEntry(to + 1);
        }
        lastByFirst.put(from, to);
    }

    boolean contains(long first, long last) {
        Map.Entry<Long, Long> before = lastByFirst.floorEntry(first);
        return before != null && before.getValue() >= last;
    }

    boolean overlaps(Window window) {
        Map.Entry<Long, Long> before = lastByFirst.floorEntry(window.endMillis() - 1);
        return before != null && before.getValue() >= window.startMillis();
    }

    Map<Long, Long> lastByFirst() {
        return lastByFirst;
    }
}
