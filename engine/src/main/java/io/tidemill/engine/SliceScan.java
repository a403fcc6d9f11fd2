package io.tidemill.engine;

import io.tidemill.engine.state.StateScan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The entries of several tables, those in the store included, key by key in the store's order. What is not in a table is read
 * for the moment, and not put there. Used by one thread.
 */
final class SliceScan implements AutoCloseable {
    private final LaneStore store;
    private final List<Part> parts = new ArrayList<>();
    private final PriorityQueue<Part> queue = new PriorityQueue<>(Comparator.comparing(Part::head, StoreKeys::compare));

    /** @param resumeAt the suffix of a key of the store; null for the beginning */
    SliceScan(LaneStore store, List<KeyTable> tables, byte @Nullable [] resumeAt) {
        this.store = store;
        for (KeyTable table : tables) {
            Part part = new Part(table, resumeAt);
            parts.add(part);
            if (part.advance()) {
                queue.add(part);
            }
        }
    }

    /** What the tables have under the next key; empty at the end. */
    List<Entry> next() {
        List<Entry> some = new ArrayList<>();
        for (Part part = queue.peek();
                part != null && (some.isEmpty() || StoreKeys.compare(some.get(0), part.head()) == 0);
                part = queue.peek()) {
            queue.remove();
            some.add(part.head());
            if (part.advance()) {
                queue.add(part);
            }
        }
        return some;
    }

    @Override
    public void close() {
        parts.forEach(Part::close);
    }

    /** One table. */
    private final class Part {
        private final KeyTable table;

        /** What is in the table alone. */
        private final List<Entry> unstored = new ArrayList<>();

        private final @Nullable StateScan scan;
        private int at;
        private @Nullable Entry stored;
        private @Nullable Entry head;

        Part(KeyTable table, byte @Nullable [] resumeAt) {
            this.table = table;
            byte[] from = resumeAt == null ? null : store.place(table, resumeAt);
            for (Entry each : table.entries()) {
                boolean isBefore =
                        from != null && Arrays.compareUnsigned(store.placeOf(table, each.key, each.hash), from) < 0;
                // Where all of it is in the table the store need not be asked.
                if ((!each.stored || !table.mayBeStored) && !isBefore) {
                    unstored.add(each);
                }
            }
            unstored.sort(StoreKeys::compare);
            scan = table.mayBeStored ? store.scan(table, from) : null;
            stored = readStored();
        }

        Entry head() {
            if (head == null) {
                throw new IllegalStateException("there is no entry");
            }
            return head;
        }

        boolean advance() {
            Entry fresh = at < unstored.size() ? unstored.get(at) : null;
            if (fresh != null && (stored == null || StoreKeys.compare(fresh, stored) < 0)) {
                head = fresh;
                at++;
            } else {
                head = stored;
                stored = readStored();
            }
            return head != null;
        }

        private @Nullable Entry readStored() {
            while (scan != null && scan.next()) {
                byte[] storeKey = scan.key();
                byte[] key = StoreKeys.key(storeKey);
                Entry known = table.get(key, 0, key.length, Murmur2.hash(key, 0, key.length));
                if (known == null && !store.isRemoved(storeKey)) {
                    return store.read(table, key, scan.value());
                }
                if (known != null && known.stored) {
                    return known;
                }
            }
            return null;
        }

        void close() {
            if (scan != null) {
                scan.close();
            }
        }
    }
}
