package io.tidemill.groups;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Remembers the last rebalances of each group, within {@link #BYTES_MAX} for all of them. */
final class Journal {
    /** What all remembered entries may take as JSON; the oldest go first. */
    private static final long BYTES_MAX = 64 << 20;

    private final Map<String, Deque<Entry>> groups = new HashMap<>();
    private final Deque<Entry> all = new ArrayDeque<>();
    private long bytes;

    private static final class Entry {
        private final String group;
        private final byte[] json;
        private boolean dropped;

        private Entry(String group, byte[] json) {
            this.group = group;
            this.json = json;
        }
    }

    void add(Rebalance rebalance) {
        Entry entry = new Entry(rebalance.group(), rebalance.toJson());
        Deque<Entry> entries = groups.computeIfAbsent(entry.group, id -> new ArrayDeque<>());
        entries.add(entry);
        all.add(entry);
        bytes += entry.json.length;
        if (entries.size() > GroupOptions.REBALANCES_KEPT_MAX) {
            drop(entries.remove());
        }
        while (bytes > BYTES_MAX || (!all.isEmpty() && all.element().dropped)) {
            Entry oldest = all.remove();
            if (!oldest.dropped) {
                drop(oldest);
                forget(oldest);
            }
        }
    }

    private void forget(Entry entry) {
        Deque<Entry> entries = groups.get(entry.group);
        if (entries != null) {
            entries.remove(entry);
            if (entries.isEmpty()) {
                groups.remove(entry.group);
            }
        }
    }

    private void drop(Entry entry) {
        entry.dropped = true;
        bytes -= entry.json.length;
    }

    List<Rebalance> of(String group) {
        return groups.getOrDefault(group, new ArrayDeque<>()).stream()
                .map(entry -> Rebalance.fromJson(entry.json))
                .toList();
    }
}
