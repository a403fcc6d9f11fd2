package io.tidemill.peers.bare;

import io.tidemill.peers.Generator;
import io.tidemill.peers.PageView;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The windows of the jobs by hand: a map of pages for each hour that is open. */
final class HourlySums {
    private final TreeMap<Long, Map<String, Sum>> windows = new TreeMap<>();
    private long firstEnd = Long.MAX_VALUE;
    private long late;
    private long finals;

    static final class Sum {
        private long count;
        private long dwell;

        void add(PageView view) {
            count++;
            dwell += view.dwellMs;
        }
    }

    void add(PageView view, long watermark) {
        long start = view.eventTime - Math.floorMod(view.eventTime, Generator.HOUR_MILLIS);
        if (start + Generator.HOUR_MILLIS <= watermark) {
            late++;
            return;
        }
        Map<String, Sum> window = windows.get(start);
        if (window == null) {
            window = new HashMap<>();
            windows.put(start, window);
            findFirst();
        }
        Sum sum = window.get(view.pageId);
        if (sum == null) {
            sum = new Sum();
            window.put(view.pageId, sum);
        }
        sum.add(view);
        while (firstEnd <= watermark) {
            finals += windows.pollFirstEntry().getValue().size();
            findFirst();
        }
    }

    private void findFirst() {
        firstEnd = windows.isEmpty() ? Long.MAX_VALUE : windows.firstKey() + Generator.HOUR_MILLIS;
    }

    long late() {
        return late;
    }

    long finals() {
        return finals;
    }
}
