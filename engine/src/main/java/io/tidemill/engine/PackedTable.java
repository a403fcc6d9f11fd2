package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.plan.CellAggregate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Entries of one {@link KeyTable} that nothing but more elements happens to: a row of numbers for each, and the bytes of its
 * key, without objects. Where accumulators are objects, there is that one for each. Not thread-safe.
 *
 * <p>A row is {@link #FIXED} numbers and the accumulator's cells, in pages: so a table that grows copies little, and what is
 * known of a key lies together. Rows that were written to the changelog are linked in the order of writing.
 */
final class PackedTable {
    static final int REVISION_MAX = 0xFFFF;

    private static final int PAGE_BITS = 10;
    private static final int PAGE_ROWS = 1 << PAGE_BITS;
    private static final int FIRST_PAGE_ROWS = 2;

    private static final int COUNT = 0;
    private static final int STEP = 1;
    private static final int HASH_BYTES = 2;
    private static final int OLDER_NEWER = 3;

    /** Where the key is, the revision in 16 bits, and 8 flags. */
    private static final int KEY_FLAGS = 4;

    private static final int FIXED = 5;
    private static final int KEY_SHIFT = 24;
    private static final int REVISION_SHIFT = 8;

    private static final int IN_USE = 1;
    private static final int DIRTY = 2;
    private static final int CHANGED = 4;
    private static final int FINAL = 8;

    final KeyTable table;
    private final Aggregate<Object, Object, Object> aggregate;
    private final @Nullable CellAggregate<Object, Object> ofCells;
    private final int width;
    private final int stride;

    private long[][] pages = {};
    private Object[][] objects = {};
    private PackedKeys keys = new PackedKeys();
    private int rows;
    private int size;
    private int free = -1;

    /** The number of a row and 1, or 0; by the hash of its key. */
    private int[] slots = new int[4];

    private int oldest = -1;
    private int newest = -1;
    private int[] dirty = {};
    private int dirtyCount;

    PackedTable(KeyTable table, Aggregate<Object, Object, Object> aggregate) {
        this.table = table;
        this.aggregate = aggregate;
        this.ofCells = StagePlan.ofCells(aggregate);
        this.width = ofCells == null ? 0 : ofCells.width();
        this.stride = FIXED + width;
    }

    int size() {
        return size;
    }

    /** The numbers of rows are below it; some may be of none. */
    int rowsEnd() {
        return rows;
    }

    boolean isInUse(int row) {
        return row < rows && has(row, IN_USE);
    }

    // ---- one row ----

    private long[] page(int row) {
        return pages[row >>> PAGE_BITS];
    }

    private int at(int row) {
        return (row & (PAGE_ROWS - 1)) * stride;
    }

    private boolean has(int row, int flag) {
        return (page(row)[at(row) + KEY_FLAGS] & flag) != 0;
    }

    private void set(int row, int flag, boolean value) {
        long[] page = page(row);
        int at = at(row) + KEY_FLAGS;
        page[at] = value ? page[at] | flag : page[at] & ~flag;
    }

    private long keyAt(int row) {
        return page(row)[at(row) + KEY_FLAGS] >>> KEY_SHIFT;
    }

    int hash(int row) {
        return (int) (page(row)[at(row) + HASH_BYTES] >>> 32);
    }

    /** What it took in the changelog. */
    int bytes(int row) {
        return (int) page(row)[at(row) + HASH_BYTES];
    }

    /** The step that last wrote it to the changelog; -1 where none has. */
    long step(int row) {
        return page(row)[at(row) + STEP];
    }

    /** Whether its next result is due: it changed since the last one, or had none. */
    boolean isDue(int row) {
        return has(row, CHANGED) || !has(row, FINAL);
    }

    /** Merges what came in this step. */
    void merge(int row, Partials partials, int i) {
        long[] page = page(row);
        int at = at(row);
        CellAggregate<Object, Object> cells = ofCells;
        if (cells != null) {
            cells.merge(page, at + FIXED, partials.cells, partials.cellsAt(i));
        } else {
            Object[] of = objects[row >>> PAGE_BITS];
            Object before = of[row & (PAGE_ROWS - 1)];
            Object after = aggregate.merge(before, partials.accumulator(i));
            if (after != before) {
                of[row & (PAGE_ROWS - 1)] = after;
            }
        }
        page[at + COUNT] += partials.counts[i];
        changed(row);
    }

    /** Adds what came in this step, under a key that is not there yet. */
    void add(Partials partials, int i) {
        int row = insert(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
        if (ofCells != null) {
            System.arraycopy(partials.cells, partials.cellsAt(i), page(row), at(row) + FIXED, width);
        } else {
            objects[row >>> PAGE_BITS][row & (PAGE_ROWS - 1)] = partials.accumulator(i);
        }
        page(row)[at(row) + COUNT] = partials.counts[i];
        changed(row);
    }

    private void changed(int row) {
        boolean wasDirty = has(row, DIRTY);
        set(row, CHANGED | DIRTY, true);
        if (!wasDirty) {
            if (dirtyCount == dirty.length) {
                dirty = Arrays.copyOf(dirty, Math.max(8, dirtyCount * 2));
            }
            dirty[dirtyCount++] = row;
        }
    }

    // ---- entries ----

    /** An entry like the row. Where accumulators are objects it has the row's own. */
    Entry toEntry(int row) {
        long[] page = page(row);
        int at = at(row);
        Object accumulator = ofCells != null
                ? ofCells.toAccumulator(page, at + FIXED)
                : objects[row >>> PAGE_BITS][row & (PAGE_ROWS - 1)];
        Entry entry = new Entry(table.kind, keys.get(keyAt(row)), hash(row), table.window, accumulator);
        entry.count = page[at + COUNT];
        entry.revision = (int) (page[at + KEY_FLAGS] >>> REVISION_SHIFT) & REVISION_MAX;
        entry.changed = has(row, CHANGED);
        entry.isFinal = has(row, FINAL);
        entry.dirty = has(row, DIRTY);
        entry.step = page[at + STEP];
        entry.bytes = bytes(row);
        return entry;
    }

    /** Whether a row can hold all that is to be known of an entry. */
    static boolean fits(Entry entry) {
        return !entry.reopened
                && !entry.done
                && !entry.awaitsEarly
                && entry.former == null
                && entry.records == 0
                && entry.unemitted == 0
                && entry.revision <= REVISION_MAX;
    }

    /** Takes over an entry that {@link #fits} and has not changed since it was written; it has yet to be linked. */
    int take(Entry entry) {
        int row = insert(entry.key, 0, entry.key.length, entry.hash);
        long[] page = page(row);
        int at = at(row);
        if (ofCells != null) {
            ofCells.toCells(entry.accumulator, page, at + FIXED);
        } else {
            objects[row >>> PAGE_BITS][row & (PAGE_ROWS - 1)] = entry.accumulator;
        }
        page[at + COUNT] = entry.count;
        page[at + KEY_FLAGS] |= (long) entry.revision << REVISION_SHIFT;
        set(row, CHANGED, entry.changed);
        set(row, FINAL, entry.isFinal);
        return row;
    }

    // ---- the changelog ----

    void writeKey(int row, int operator, ByteSink sink) {
        StateFormat.writeKeyPrefix(table.kind, operator, table.window, sink);
        keys.write(keyAt(row), sink);
    }

    void writeValue(int row, ByteSink sink) {
        long[] page = page(row);
        int at = at(row);
        int revision = (int) (page[at + KEY_FLAGS] >>> REVISION_SHIFT) & REVISION_MAX;
        StateFormat.writePacked(revision, has(row, CHANGED), has(row, FINAL), page[at + COUNT], sink);
        if (ofCells != null) {
            ofCells.write(page, at + FIXED, sink);
        } else {
            aggregate.write(objects[row >>> PAGE_BITS][row & (PAGE_ROWS - 1)], sink);
        }
    }

    /** A row that has changed since it was written; -1 if there is no other. From then on it is as it was written. */
    int takeDirty() {
        while (dirtyCount > 0) {
            int row = dirty[--dirtyCount];
            if (isInUse(row) && has(row, DIRTY)) {
                set(row, DIRTY, false);
                return row;
            }
        }
        dirty = dirty.length > PAGE_ROWS ? new int[0] : dirty;
        return -1;
    }

    /** The row that was written the longest ago; -1 if there is none. */
    int oldest() {
        return oldest;
    }

    /** Puts a row last in the order of writing. */
    void link(int row, long step, int bytes) {
        long[] page = page(row);
        int at = at(row);
        page[at + STEP] = step;
        page[at + HASH_BYTES] = (page[at + HASH_BYTES] & 0xFFFF_FFFF_0000_0000L) | bytes;
        page[at + OLDER_NEWER] = pair(newest, -1);
        if (newest < 0) {
            oldest = row;
        } else {
            setNewer(newest, row);
        }
        newest = row;
    }

    void unlink(int row) {
        long both = page(row)[at(row) + OLDER_NEWER];
        int older = (int) (both >>> 32);
        int newer = (int) both;
        if (older < 0) {
            oldest = newer;
        } else {
            setNewer(older, newer);
        }
        if (newer < 0) {
            newest = older;
        } else {
            long[] page = page(newer);
            int at = at(newer) + OLDER_NEWER;
            page[at] = pair(older, (int) page[at]);
        }
        page(row)[at(row) + STEP] = -1;
    }

    private void setNewer(int of, int next) {
        long[] page = page(of);
        int at = at(of) + OLDER_NEWER;
        page[at] = pair((int) (page[at] >>> 32), next);
    }

    private static long pair(int high, int low) {
        return ((long) high << 32) | (low & 0xFFFF_FFFFL);
    }

    // ---- finding ----

    /** The row of a key; -1 if there is none. */
    int find(byte[] key, int start, int length, int hash) {
        if (size == 0) {
            return -1;
        }
        int mask = slots.length - 1;
        int slot = KeyTable.spread(hash) & mask;
        while (slots[slot] != 0) {
            int row = slots[slot] - 1;
            if (hash(row) == hash && keys.equal(keyAt(row), key, start, length)) {
                return row;
            }
            slot = (slot + 1) & mask;
        }
        return -1;
    }

    /** A row for a key that is not there yet. */
    private int insert(byte[] key, int start, int length, int hash) {
        int row = newRow();
        long[] page = page(row);
        int at = at(row);
        page[at + STEP] = -1;
        page[at + HASH_BYTES] = (long) hash << 32;
        page[at + OLDER_NEWER] = pair(-1, -1);
        page[at + KEY_FLAGS] = (keys.add(key, start, length) << KEY_SHIFT) | IN_USE;
        if (++size * 4 > slots.length * 3) {
            slots = new int[slots.length * 2];
            for (int each = 0; each < rows; each++) {
                if (has(each, IN_USE)) {
                    place(each);
                }
            }
        } else {
            place(row);
        }
        return row;
    }

    private int newRow() {
        if (free >= 0) {
            int row = free;
            free = (int) page(row)[at(row) + OLDER_NEWER];
            return row;
        }
        int row = rows++;
        int page = row >>> PAGE_BITS;
        if (page == pages.length) {
            int rowsOfPage = page == 0 ? FIRST_PAGE_ROWS : PAGE_ROWS;
            pages = Arrays.copyOf(pages, page + 1);
            pages[page] = new long[rowsOfPage * stride];
            if (ofCells == null) {
                objects = Arrays.copyOf(objects, page + 1);
                objects[page] = new Object[rowsOfPage];
            }
        } else if (page == 0 && row * stride == pages[0].length) {
            pages[0] = Arrays.copyOf(pages[0], row * 2 * stride);
            if (ofCells == null) {
                objects[0] = Arrays.copyOf(objects[0], row * 2);
            }
        }
        return row;
    }

    private void place(int row) {
        int mask = slots.length - 1;
        int slot = KeyTable.spread(hash(row)) & mask;
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = row + 1;
    }

    /** Lets go of a row that is not linked. */
    void free(int row) {
        removeFromSlots(row);
        keys.remove(keyAt(row));
        long[] page = page(row);
        int at = at(row);
        page[at + KEY_FLAGS] = 0;
        page[at + OLDER_NEWER] = pair(-1, free);
        if (ofCells == null) {
            objects[row >>> PAGE_BITS][row & (PAGE_ROWS - 1)] = StateFormat.NOTHING;
        }
        free = row;
        if (--size == 0) {
            clear();
        } else if (keys.isMostlyGarbage()) {
            compactKeys();
        }
    }

    private void clear() {
        pages = new long[0][];
        objects = new Object[0][];
        keys = new PackedKeys();
        rows = 0;
        free = -1;
        slots = new int[4];
        dirty = new int[0];
        dirtyCount = 0;
    }

    private void removeFromSlots(int row) {
        int mask = slots.length - 1;
        int slot = KeyTable.spread(hash(row)) & mask;
        while (slots[slot] != row + 1) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = 0;
        int next = (slot + 1) & mask;
        while (slots[next] != 0) {
            int behind = slots[next] - 1;
            slots[next] = 0;
            place(behind);
            next = (next + 1) & mask;
        }
    }

    private void compactKeys() {
        PackedKeys compact = new PackedKeys();
        for (int row = 0; row < rows; row++) {
            if (has(row, IN_USE)) {
                long[] page = page(row);
                int at = at(row) + KEY_FLAGS;
                long moved = compact.copy(keys, page[at] >>> KEY_SHIFT);
                page[at] = (moved << KEY_SHIFT) | (page[at] & ((1 << KEY_SHIFT) - 1));
            }
        }
        keys = compact;
    }
}
