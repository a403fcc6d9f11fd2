package io.tidemill.engine;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Pane;
import io.tidemill.api.Window;
import io.tidemill.log.LogException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lane of windows that the calendar decides, and of running aggregates.
 *
 * <p>Where an element belongs to several windows (sliding, cumulative), it is folded once, into the <i>slice</i> of time
 * between two neighbouring bounds of windows, and a window's answer is merged from its slices when it ends (Krishnamurthy,
 * Wu, Franklin: On-the-fly sharing for streamed aggregation, 2006; Li et al.: No pane, no gain, 2005). What is late for
 * some of its windows only, or comes for a window that has closed, is folded into each window by itself: a slice holds
 * nothing but what belongs to all of its windows. So does everything where windows have results before or after their end
 * (early results, allowed lateness).
 */
final class WindowLane extends Lane {
    /** Running results of one step; it is taken again, smaller, rather than run out of memory. */
    private static final long UPDATE_BYTES_MAX = 32 << 20;

    /** How many entries of what has closed a step forgets at least. */
    private static final int SWEPT_MIN = 1_000;

    /** Null where windows share no slices. */
    final @Nullable AlignedWindowing slicing;

    final TreeMap<Window, KeyTable> windows = new TreeMap<>(BY_END);

    /** By the start of the slice. */
    final TreeMap<Long, KeyTable> slices = new TreeMap<>();

    final DeferredElements deferred = new DeferredElements(this);

    /** Entries whose window closes again: what closed before must be read first. */
    final List<Entry> reopened = new ArrayList<>();

    /** Null where there are none. */
    final @Nullable EarlyResults earlyResults;

    private final WindowFiring firing = new WindowFiring(this);

    /** Whether what comes has been corrected in another stage. */
    boolean isCorrecting;

    /** What this step has closed again, by window and key: on the disk it is as it was before. */
    private final Set<Identity> closedAgain = new HashSet<>();

    private long lastStart = Long.MIN_VALUE;
    private long lastEnd = Long.MIN_VALUE;
    private @Nullable KeyTable lastTable;

    /** Where elements of {@link #lastTable} may be merged into rows; null where they need entries. */
    private @Nullable PackedTable lastPacked;

    /** Where entries are that are not in the tables; null if all are there. */
    @Nullable
    LaneStore store;

    /** What has closed, of which the store has yet to forget the entries. */
    private final ArrayDeque<KeyTable> garbage = new ArrayDeque<>();

    private record Identity(Window window, ByteBuffer key) {}

    WindowLane(StagePlan pipeline, ResultWriter writer) {
        super(pipeline, writer);
        this.slicing = pipeline.isSliced ? pipeline.aligned : null;
        this.earlyResults = early == null ? null : new EarlyResults(this, early);
        state.settleWith(this::settle);
    }

    @Override
    void keepIn(LaneStore newStore) {
        store = newStore;
        state.keepIn(newStore, this::evict);
    }

    /** The state no longer holds what the store has. */
    private void evict(Entry entry) {
        KeyTable table = tableOf(entry);
        if (table == null) {
            throw new IllegalStateException("an entry of " + entry.window + " is in no table");
        }
        table.remove(entry);
        table.mayBeStored = true;
        table.shrink();
    }

    private @Nullable KeyTable tableOf(Entry entry) {
        KeyTable table = entry.kind == StateFormat.SLICE
                ? slices.get(entry.window.startMillis())
                : (entry.kind == StateFormat.DEFERRED ? deferred.tables : windows).get(entry.window);
        if (table != null && table.get(entry.key, 0, entry.key.length, entry.hash) == entry) {
            return table;
        }
        for (KeyTable each : garbage) {
            if (each.get(entry.key, 0, entry.key.length, entry.hash) == entry) {
                return each;
            }
        }
        return null;
    }

    @Override
    void beginStep(long changelogEnd, long closedBefore) {
        super.beginStep(changelogEnd, closedBefore);
        lastTable = null;
        reopened.clear();
        closedAgain.clear();
    }

    @Override
    long entries() {
        if (store != null) {
            return state.entries();
        }
        long entries = 0;
        for (var tables : List.of(windows.values(), slices.values(), deferred.tables.values())) {
            entries += tables.stream().mapToLong(KeyTable::size).sum();
        }
        return entries;
    }

    @Override
    Set<Window> openWindows() {
        return windows.keySet();
    }

    // ---- merging ----

    @Override
    void merge(Partials partials) {
        if (store != null) {
            load(store, partials);
        }
        for (int i = 0; i < partials.count; i++) {
            merge(partials, i);
        }
    }

    /** So that all entries which the partials are about are in their tables, if there are any. */
    private void load(LaneStore from, Partials partials) {
        KeyTable table = null;
        for (int i = 0; i < partials.count; i++) {
            if (i == 0 || partials.starts[i] != partials.starts[i - 1] || partials.ends[i] != partials.ends[i - 1]) {
                table = known(partials.starts[i], partials.ends[i]);
            }
            if (table != null
                    && table.mayBeStored
                    && table.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i])
                            == null) {
                from.want(table, partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
            }
        }
        from.loadWanted();
    }

    private @Nullable KeyTable known(long start, long end) {
        return end == Partials.SLICE
                ? slices.get(start)
                : windows.get(end == Long.MAX_VALUE ? Entry.NO_WINDOW : new Window(start, end));
    }

    /** An entry, wherever it is; null also where it is packed. */
    @Nullable
    Entry find(KeyTable table, byte[] key, int hash) {
        Entry found = table.get(key, 0, key.length, hash);
        return found != null || store == null || !table.mayBeStored
                ? found
                : store.load(table, key, 0, key.length, hash);
    }

    private void merge(Partials partials, int i) {
        KeyTable table = lastTable;
        if (table == null || partials.starts[i] != lastStart || partials.ends[i] != lastEnd) {
            table = tableOf(partials.starts[i], partials.ends[i]);
            lastTable = table;
            lastPacked = mergesPacked(table) ? state.packedOf(table) : null;
            lastStart = partials.starts[i];
            lastEnd = partials.ends[i];
        }
        if (lastPacked == null || !mergePacked(table, lastPacked, partials, i)) {
            mergeEntry(table, partials, i);
        }
    }

    /** Whether there may be rows for entries of a table, at times when nothing but elements comes to them. */
    private boolean packs(KeyTable table) {
        return store == null
                && early == null
                && pipeline.isWindowed()
                && (table.kind == StateFormat.SLICE || (table.kind == StateFormat.ACCUMULATOR && slicing == null));
    }

    /** What comes after the end of a window changes more than a row holds. */
    private boolean mergesPacked(KeyTable table) {
        return packs(table) && !table.fired && (table.kind == StateFormat.SLICE || !isClosed(table.window));
    }

    /** False where the key has an entry. */
    private boolean mergePacked(KeyTable table, PackedTable packed, Partials partials, int i) {
        if (table.size() > packed.size()
                && table.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i])
                        != null) {
            return false;
        }
        int row = packed.find(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
        if (row < 0) {
            packed.add(partials, i);
        } else {
            packed.merge(row, partials, i);
        }
        return true;
    }

    /** An entry that was written, and that nothing rare is happening to any more, becomes a row. */
    private void settle(Entry entry) {
        if (PackedTable.fits(entry)) {
            KeyTable table = tableOf(entry);
            if (table != null && packs(table)) {
                table.remove(entry);
                state.pack(state.packedOf(table), entry);
            }
        }
    }

    private @Nullable Entry unpack(KeyTable table, byte[] key, int start, int length, int hash) {
        PackedTable packed = table.packed;
        int row = packed == null ? -1 : packed.find(key, start, length, hash);
        if (packed == null || row < 0) {
            return null;
        }
        Entry entry = state.unpack(packed, row);
        table.add(entry);
        return entry;
    }

    private void mergeEntry(KeyTable table, Partials partials, int i) {
        Entry entry = table.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
        if (entry == null) {
            entry = unpack(table, partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
        }
        if (entry == null) {
            byte[] key = new byte[partials.keyLengths[i]];
            System.arraycopy(partials.keys, partials.keyStarts[i], key, 0, key.length);
            entry = new Entry(table.kind, key, partials.hashes[i], table.window, partials.accumulator(i));
            entry.reopened = table.kind == StateFormat.ACCUMULATOR && isClosed(table.window);
            table.add(entry);
        } else {
            entry.accumulator = aggregate.merge(entry.accumulator, partials.accumulator(i));
        }
        entry.count += partials.counts[i];
        entry.changed = true;
        state.markDirty(entry);
        firing.resumeNoLaterThan(table, entry);
        if (earlyResults != null) {
            earlyResults.await(entry, partials.counts[i]);
        }
        if (!pipeline.isWindowed()) {
            emitRunning(entry, partials.times[i]);
        }
    }

    private KeyTable tableOf(long start, long end) {
        if (end == Partials.SLICE) {
            return slice(start);
        }
        Window window = end == Long.MAX_VALUE ? Entry.NO_WINDOW : new Window(start, end);
        return windows.computeIfAbsent(window, w -> {
            KeyTable table = new KeyTable(StateFormat.ACCUMULATOR, w);
            table.isReopened = isClosed(w);
            return table;
        });
    }

    private KeyTable slice(long start) {
        KeyTable known = slices.get(start);
        if (known != null) {
            return known;
        }
        AlignedWindowing windowing = requireSlicing();
        KeyTable table = new KeyTable(StateFormat.SLICE, new Window(start, windowing.sliceEnd(start)));
        slices.put(start, table);
        for (Window window : windowing.windowsOf(start)) {
            if (!isClosed(window)) {
                windows.computeIfAbsent(window, w -> new KeyTable(StateFormat.ACCUMULATOR, w));
            }
            table.lastWindow = window;
        }
        return table;
    }

    private AlignedWindowing requireSlicing() {
        if (slicing == null) {
            throw new IllegalStateException("pipeline '" + pipeline.name() + "' has no slices");
        }
        return slicing;
    }

    private void emitRunning(Entry entry, long time) {
        writer.write(entry, 0, Pane.FINAL, time);
        entry.changed = false;
        if (writer.bytes() > UPDATE_BYTES_MAX) {
            throw new LogException(
                    LogException.Code.COMMIT_TOO_LARGE,
                    "the results of one step have more than " + UPDATE_BYTES_MAX
                            + " bytes: take smaller steps (resultsPerStepMax)");
        }
    }

    boolean isClosed(Window window) {
        return pipeline.isWindowed() && closedUpTo >= pipeline.closesAt(window);
    }

    // ---- late elements ----

    /** Adds late elements to those that wait for their window. */
    void defer(Entry late) {
        deferred.add(late);
    }

    /** As {@link DeferredElements#isCorrectable}. */
    boolean isCorrectable(byte[] key, int hash, Window window) {
        return deferred.isCorrectable(key, hash, window);
    }

    /** Takes waiting late elements whose windows have closed, at most so many. */
    List<Entry> takeCorrectable(int atMost) {
        return deferred.takeCorrectable(atMost);
    }

    boolean hasClosedAgain(Window window, byte[] key) {
        return closedAgain.contains(new Identity(window, ByteBuffer.wrap(key)));
    }

    /** Joins late elements to what had closed before, and emits the corrected result. */
    void correct(Entry late, @Nullable Entry before) {
        late.revision = 1;
        join(late, before);
        writer.write(late, late.revision++, Pane.CORRECTION, Long.MIN_VALUE);
        close(late);
    }

    // ---- closing ----

    @Override
    void fire(long upTo, int resultsMax, long bytesMax) {
        firing.fire(upTo, resultsMax, bytesMax);
    }

    @Override
    boolean emitEarly(boolean tick, int resultsMax) {
        return earlyResults != null && earlyResults.emit(tick, resultsMax);
    }

    void forgetLastTable() {
        lastTable = null;
    }

    /** The first result after the end is the final one; those after it are updates. */
    void emit(Entry entry) {
        writer.write(entry, entry.revision++, entry.isFinal ? Pane.UPDATE : Pane.FINAL, Long.MIN_VALUE);
        emitted(entry);
        entry.isFinal = true;
    }

    static void emitted(Entry entry) {
        entry.changed = false;
        entry.unemitted = 0;
        entry.awaitsEarly = false;
    }

    /** Whether there is something in the window that has yet to close. */
    boolean isUnfinished(Window window) {
        KeyTable table = windows.get(window);
        return table != null && !table.isReopened && !table.isDone;
    }

    /** Forgets a window that has closed in all lanes, and the slices that no other window needs. */
    void forget(Window window) {
        KeyTable table = windows.get(window);
        if (table == null || table.isReopened) {
            return;
        }
        windows.remove(window);
        discard(table);
        lastTable = null;
        // Windows close by their end: a slice is done with when the last of its windows is.
        SortedMap<Long, KeyTable> parts = slices.subMap(window.startMillis(), window.endMillis());
        parts.values().removeIf(slice -> {
            boolean over = window.equals(slice.lastWindow);
            if (over) {
                discard(slice);
            }
            return over;
        });
    }

    void discard(KeyTable table) {
        if (store != null && table.mayBeStored) {
            garbage.add(table);
            hasMoreToClose = true;
        } else {
            for (Entry entry : table.entries()) {
                state.bury(entry);
            }
            if (table.packed != null) {
                state.bury(table.packed);
            }
        }
    }

    /** Forgets what has closed, some of it in each step; false if there is more. */
    boolean sweep(int entriesMax) {
        int left = Math.max(SWEPT_MIN, entriesMax);
        while (store != null && !garbage.isEmpty()) {
            KeyTable table = garbage.element();
            try (TableScan scan = new TableScan(store, table, table.resumeAt)) {
                for (Entry[] some = scan.next(); some.length > 0; some = scan.next()) {
                    if (left <= 0) {
                        table.resumeAt = scan.place;
                        return false;
                    }
                    left -= some.length;
                    for (Entry entry : some) {
                        // What is there for a window that has closed, and is no mark, came behind it.
                        if (!table.isReopened || entry.done) {
                            table.remove(entry);
                            state.bury(entry);
                        }
                    }
                }
                table.mayBeStored = !scan.isExhausted();
                table.resumeAt = null;
            }
            garbage.remove();
        }
        return true;
    }

    /** Joins a reopened window's new elements to what had closed before, and closes it again. */
    void closeAgain(Entry entry, @Nullable Entry before) {
        join(entry, before);
        closedAgain.add(new Identity(entry.window, ByteBuffer.wrap(entry.key)));
        entry.isFinal = before != null;
        if (isCorrecting) {
            // A correction is never the first answer.
            entry.revision = Math.max(1, entry.revision);
            writer.write(entry, entry.revision++, Pane.CORRECTION, Long.MIN_VALUE);
            entry.isFinal = true;
        } else {
            emit(entry);
        }
        close(entry);
    }

    private void join(Entry entry, @Nullable Entry before) {
        if (before != null) {
            keepFormer(before);
            entry.former = before.former;
            entry.accumulator = aggregate.merge(before.accumulator, entry.accumulator);
            entry.count += before.count;
            entry.revision = before.revision;
        }
    }

    void close(Entry entry) {
        entry.reopened = false;
        entry.changed = false;
        entry.awaitsEarly = false;
        // What has closed is what was told.
        entry.former = null;
        entry.kind = StateFormat.ACCUMULATOR;
        state.write(entry, closed);
        closedWindows.add(entry.window);
        state.bury(entry);
    }

    // ---- restoring ----

    @Override
    void restore(byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        KeyTable table = kind == StateFormat.SLICE
                ? slices.computeIfAbsent(window.startMillis(), s -> new KeyTable(kind, window))
                : (kind == StateFormat.DEFERRED ? deferred.tables : windows)
                        .computeIfAbsent(window, w -> new KeyTable(kind, w));
        Entry known = table.get(key, 0, key.length, Murmur2.hash(key, 0, key.length));
        if (known != null) {
            state.forget(known);
            table.remove(known);
        }
        PackedTable packed = table.packed;
        int row = packed == null ? -1 : packed.find(key, 0, key.length, Murmur2.hash(key, 0, key.length));
        if (packed != null && row >= 0) {
            state.forget(packed, row);
        }
        if (entry != null) {
            state.restore(entry, offset, bytes);
            if (packs(table) && PackedTable.fits(entry)) {
                state.pack(state.packedOf(table), entry);
            } else {
                table.add(entry);
            }
        }
    }

    @Override
    void restored(long closedBefore, Set<Window> closing) {
        new WindowRestoring(this).restored(closedBefore, closing);
    }

    /** Shows all entries, which stay as they are. */
    void visit(KeyTable table, Consumer<Entry> visitor) {
        if (store == null || !table.mayBeStored) {
            for (Entry entry : table.entries()) {
                visitor.accept(entry);
            }
            return;
        }
        try (TableScan scan = new TableScan(store, table, null)) {
            for (Entry[] some = scan.next(); some.length > 0; some = scan.next()) {
                for (Entry entry : some) {
                    visitor.accept(entry);
                }
            }
        }
    }

    /** Whether there is anything of the window that has not closed, or waits until it has. */
    boolean holds(Window window) {
        if (windows.containsKey(window)) {
            return true;
        }
        KeyTable waiting = deferred.tables.get(window);
        if (waiting != null && waiting.size() == 0 && store != null && !store.holds(StateFormat.DEFERRED, window)) {
            deferred.tables.remove(window);
            return false;
        }
        return waiting != null;
    }

    @Override
    long deferredRecords() {
        long[] records = {0};
        for (KeyTable table : deferred.tables.values()) {
            visit(table, entry -> records[0] += entry.records);
        }
        return records[0];
    }
}
