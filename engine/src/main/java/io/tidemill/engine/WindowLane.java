package io.tidemill.engine;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Early;
import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.log.LogException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

    private final @Nullable AlignedWindowing slicing;

    final TreeMap<Window, KeyTable> windows = new TreeMap<>(BY_END);

    /** By the start of the slice. */
    final TreeMap<Long, KeyTable> slices = new TreeMap<>();

    /** Late elements that wait for their window to close. */
    final TreeMap<Window, KeyTable> deferred = new TreeMap<>(BY_END);

    /** Entries whose window closes again: what closed before must be read first. */
    final List<Entry> reopened = new ArrayList<>();

    /** What an early result is due for, or will be with the next tick. */
    private final ArrayDeque<Entry> awaitingEarly = new ArrayDeque<>();

    /** Whether what comes has been corrected in another stage. */
    boolean isCorrecting;

    /** What this step has closed again, by window and key: on the disk it is as it was before. */
    private final Set<Identity> closedAgain = new HashSet<>();

    private boolean earlyIsDue;
    private long lastStart = Long.MIN_VALUE;
    private long lastEnd = Long.MIN_VALUE;
    private @Nullable KeyTable lastTable;

    /** Where elements of {@link #lastTable} may be merged into rows; null where they need entries. */
    private @Nullable PackedTable lastPacked;

    /** Where entries are that are not in the tables; null if all are there. */
    private @Nullable LaneStore store;

    /** What has closed, of which the store has yet to forget the entries. */
    private final ArrayDeque<KeyTable> garbage = new ArrayDeque<>();

    private record Identity(Window window, ByteBuffer key) {}

    WindowLane(StagePlan pipeline, ResultWriter writer) {
        super(pipeline, writer);
        this.slicing = pipeline.isSliced ? pipeline.aligned : null;
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
                : (entry.kind == StateFormat.DEFERRED ? deferred : windows).get(entry.window);
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
        if (store != null) {
            store.beginStep();
        }
        closedAgain.clear();
    }

    @Override
    long entries() {
        if (store != null) {
            return state.entries();
        }
        long entries = 0;
        for (var tables : List.of(windows.values(), slices.values(), deferred.values())) {
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

    /** An entry, wherever it is. */
    private @Nullable Entry find(KeyTable table, byte[] key, int hash) {
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
        resumeNoLaterThan(table, entry);
        if (early != null) {
            awaitEarly(entry, partials.counts[i]);
        }
        if (!pipeline.isWindowed()) {
            emitRunning(entry, partials.times[i]);
        }
    }

    /** What comes while a window closes in pieces, or when time has turned back meanwhile, is not passed by. */
    private void resumeNoLaterThan(KeyTable table, Entry entry) {
        if (store == null || table.resumeAt == null || isSlicedWindow(table)) {
            return;
        }
        byte[] place = store.placeOf(table, entry.key, entry.hash);
        if (Arrays.compareUnsigned(place, table.resumeAt) < 0) {
            table.resumeAt = place;
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

    private boolean isClosed(Window window) {
        return pipeline.isWindowed() && closedUpTo >= pipeline.closesAt(window);
    }

    // ---- late elements ----

    /** Adds late elements to those that wait for their window. */
    void defer(Entry late) {
        KeyTable table = deferred.computeIfAbsent(late.window, w -> new KeyTable(StateFormat.DEFERRED, w));
        Entry waiting = find(table, late.key, late.hash);
        if (waiting == null) {
            late.kind = StateFormat.DEFERRED;
            table.add(late);
            waiting = late;
        } else {
            waiting.accumulator = aggregate.merge(waiting.accumulator, late.accumulator);
            waiting.count += late.count;
            waiting.records += late.records;
        }
        state.markDirty(waiting);
    }

    /**
     * Whether results of the key and window may be corrected: the window has closed, nothing on time waits in it, and what
     * it closed with is on the disk.
     */
    boolean isCorrectable(byte[] key, int hash, Window window) {
        if (!isClosed(window) || closedAgain.contains(new Identity(window, ByteBuffer.wrap(key)))) {
            return false;
        }
        KeyTable table = windows.get(window);
        if (table == null) {
            return true;
        }
        // A window of slices that has yet to close holds on-time elements in them.
        return (slicing == null || table.isReopened)
                && (table.packed == null || table.packed.find(key, 0, key.length, hash) < 0)
                && find(table, key, hash) == null;
    }

    /** Takes waiting late elements whose windows have closed, at most so many. */
    List<Entry> takeCorrectable(int atMost) {
        List<Entry> taken = new ArrayList<>();
        for (KeyTable table : deferred.values()) {
            if (store != null && table.mayBeStored) {
                takeCorrectable(store, table, taken, atMost);
            } else {
                takeCorrectable(table, table.entries(), taken, atMost);
            }
        }
        deferred.values().removeIf(KeyTable::isEmpty);
        return taken;
    }

    private void takeCorrectable(LaneStore from, KeyTable table, List<Entry> taken, int atMost) {
        if (!isClosed(table.window)) {
            return;
        }
        try (TableScan scan = new TableScan(from, table, null)) {
            for (Entry[] some = scan.next(); some.length > 0 && taken.size() < atMost; some = scan.next()) {
                takeCorrectable(table, some, taken, atMost);
            }
            table.mayBeStored = !scan.isExhausted();
        }
    }

    private void takeCorrectable(KeyTable table, Entry[] entries, List<Entry> taken, int atMost) {
        for (Entry entry : entries) {
            if (taken.size() < atMost && isCorrectable(entry.key, entry.hash, entry.window)) {
                table.remove(entry);
                state.bury(entry);
                entry.kind = StateFormat.ACCUMULATOR;
                taken.add(entry);
            }
        }
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
        fireBytesMax = bytesMax;
        // Not when a step begins: one that fires nothing, such as a correction's, leaves what is to close.
        hasMoreToClose = false;
        if (!sweep(resultsMax)) {
            hasMoreToClose = true;
            return;
        }
        int left = resultsMax - emitUpdates();
        List<Window> emptied = new ArrayList<>();
        for (Map.Entry<Window, KeyTable> each : windows.entrySet()) {
            // Slices that were to close go on doing so, although a partition that was idle may have turned time back.
            boolean goesOn = slicing != null
                    && !each.getValue().isReopened
                    && each.getKey().endMillis() <= closedUpTo;
            if (each.getKey().endMillis() > upTo && !goesOn) {
                if (slicing == null || each.getKey().endMillis() > closedUpTo) {
                    break;
                }
                continue;
            }
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
                break;
            }
            KeyTable table = each.getValue();
            boolean closing = goesOn || pipeline.closesAt(each.getKey()) <= upTo;
            if ((closing || !table.fired) && !table.isDone) {
                left = fire(table, closing, left);
            }
            if (table.isEmpty() && (slicing == null || table.isReopened)) {
                emptied.add(each.getKey());
            }
        }
        emptied.forEach(windows::remove);
        lastTable = null;
    }

    /** Windows that have ended, but still take records in, emit what changed in this step. */
    private int emitUpdates() {
        int emitted = 0;
        if (pipeline.latenessMillis > 0) {
            for (Entry entry : state.dirty()) {
                KeyTable table = windows.get(entry.window);
                if (entry.changed && !entry.reopened && table != null && table.fired) {
                    emit(entry);
                    keepFormer(entry);
                    emitted++;
                }
            }
        }
        return emitted;
    }

    /** The first result after the end is the final one; those after it are updates. */
    private void emit(Entry entry) {
        writer.write(entry, entry.revision++, entry.isFinal ? Pane.UPDATE : Pane.FINAL, Long.MIN_VALUE);
        emitted(entry);
        entry.isFinal = true;
    }

    private static void emitted(Entry entry) {
        entry.changed = false;
        entry.unemitted = 0;
        entry.awaitsEarly = false;
    }

    private int fire(KeyTable table, boolean closing, int resultsMax) {
        int left = fireOwn(table, closing, resultsMax);
        if (left >= 0 && slicing != null && !table.isReopened) {
            left = fireSlices(table, left);
        }
        if (left < 0) {
            hasMoreToClose = true;
            return 0;
        }
        table.fired = true;
        return left;
    }

    /** Entries of the window itself; returns what is left of the budget, or -1 where it was not enough. */
    private int fireOwn(KeyTable table, boolean closing, int resultsMax) {
        if (store != null && table.mayBeStored) {
            return fireStored(store, table, closing, resultsMax);
        }
        int left = fireEntries(table, table.entries(), closing, resultsMax);
        return table.packed == null || left < 0 ? left : firePacked(table, table.packed, closing, left);
    }

    /** Where slices are packed, the entries of windows are not. */
    private int firePacked(KeyTable table, PackedTable packed, boolean closing, int resultsMax) {
        int left = resultsMax;
        Entry[] one = new Entry[1];
        for (int row = packed.rowsEnd() - 1; row >= 0; row--) {
            if (packed.isInUse(row) && (closing || packed.isDue(row))) {
                if (left <= 0 || isFull()) {
                    return -1;
                }
                one[0] = state.unpack(packed, row);
                table.add(one[0]);
                left = fireEntries(table, one, closing, left);
            }
        }
        return left;
    }

    private int fireStored(LaneStore from, KeyTable table, boolean closing, int resultsMax) {
        int left = resultsMax;
        if (isSlicedWindow(table) && table.resumeAt != null) {
            // They were seen when it began to close.
            return left;
        }
        byte[] resumeAt = table.resumesClosing == closing ? table.resumeAt : null;
        try (TableScan scan = new TableScan(from, table, resumeAt)) {
            for (Entry[] some = scan.next(); some.length > 0; some = scan.next()) {
                left = fireEntries(table, some, closing, left);
                if (left < 0) {
                    if (!isSlicedWindow(table)) {
                        table.resumeAt = scan.place == null ? resumeAt : scan.place;
                        table.resumesClosing = closing;
                    }
                    return left;
                }
            }
            if (!isSlicedWindow(table)) {
                table.resumeAt = null;
                // What a step before has closed is gone.
                table.mayBeStored = !closing && !scan.isExhausted();
            }
        }
        return left;
    }

    /** Its own entries are not all of it: they are what slices do not hold, and marks. */
    private boolean isSlicedWindow(KeyTable table) {
        return slicing != null && !table.isReopened;
    }

    private int fireEntries(KeyTable table, Entry[] entries, boolean closing, int resultsMax) {
        int left = resultsMax;
        boolean whole = !isSlicedWindow(table);
        for (Entry entry : entries) {
            if (!whole && !entry.reopened) {
                // Its slices hold more.
                continue;
            }
            if (left <= 0 || isFull()) {
                return -1;
            }
            if (entry.reopened) {
                if (closing) {
                    table.remove(entry);
                    reopened.add(entry);
                    left--;
                }
                continue;
            }
            boolean due = entry.changed || !entry.isFinal;
            if (due || closing) {
                left--;
            }
            if (due) {
                emit(entry);
                if (!closing) {
                    keepFormer(entry);
                    state.markDirty(entry);
                }
            }
            if (closing) {
                table.remove(entry);
                close(entry);
            }
        }
        return left;
    }

    /** Merges each key's slices, and what is in the window alone, into its result. */
    private int fireSlices(KeyTable table, int resultsMax) {
        int left = resultsMax;
        SortedMap<Long, KeyTable> parts = slices.subMap(table.window.startMillis(), table.window.endMillis());
        if (store != null && (table.mayBeStored || parts.values().stream().anyMatch(part -> part.mayBeStored))) {
            return fireStoredSlices(store, table, parts.values(), resultsMax);
        }
        KeyTable merged = new KeyTable(StateFormat.ACCUMULATOR, table.window);
        for (Entry own : table.entries()) {
            if (!own.done) {
                merged.add(mergedInto(new Entry(own.kind, own.key, own.hash, table.window, fresh()), own));
            }
        }
        for (KeyTable slice : parts.values()) {
            for (Entry part : slice.entries()) {
                mergePart(table, merged, part);
            }
            PackedTable packed = slice.packed;
            for (int row = packed == null ? -1 : packed.rowsEnd() - 1; packed != null && row >= 0; row--) {
                if (packed.isInUse(row)) {
                    mergePart(table, merged, packed.toEntry(row));
                }
            }
        }
        for (Entry whole : merged.entries()) {
            if (left <= 0 || isFull()) {
                return -1;
            }
            emit(whole);
            close(whole);
            markDone(table, whole);
            left--;
        }
        table.isDone = true;
        return left;
    }

    private void mergePart(KeyTable table, KeyTable merged, Entry part) {
        Entry own = table.size() == 0 ? null : table.get(part.key, 0, part.key.length, part.hash);
        if (own != null && own.done) {
            return;
        }
        Entry whole = merged.get(part.key, 0, part.key.length, part.hash);
        if (whole == null) {
            whole = new Entry(StateFormat.ACCUMULATOR, part.key, part.hash, table.window, fresh());
            merged.add(whole);
        }
        mergedInto(whole, part);
    }

    /** The same where not all of it fits the memory: key by key, in the store's order. */
    private int fireStoredSlices(LaneStore from, KeyTable table, Collection<KeyTable> parts, int resultsMax) {
        int left = resultsMax;
        List<KeyTable> tables = new ArrayList<>(parts);
        tables.add(table);
        try (SliceScan scan = new SliceScan(from, tables, table.resumeAt)) {
            for (List<Entry> some = scan.next(); !some.isEmpty(); some = scan.next()) {
                Entry first = some.get(0);
                if (some.stream().anyMatch(part -> part.done)) {
                    continue;
                }
                if (left <= 0 || isFull()) {
                    table.resumeAt = StoreKeys.suffix(from.placeOf(table, first.key, first.hash));
                    return -1;
                }
                Entry whole = new Entry(StateFormat.ACCUMULATOR, first.key, first.hash, table.window, fresh());
                some.forEach(part -> mergedInto(whole, part));
                emit(whole);
                close(whole);
                markDone(table, whole);
                left--;
            }
        }
        table.resumeAt = null;
        table.isDone = true;
        return left;
    }

    private Object fresh() {
        return aggregate.create();
    }

    private Entry mergedInto(Entry whole, Entry part) {
        whole.accumulator = aggregate.merge(whole.accumulator, part.accumulator);
        whole.count += part.count;
        return whole;
    }

    /** So that it is not closed twice, should the window's other keys have to wait for the next step. */
    private void markDone(KeyTable table, Entry whole) {
        Entry own = find(table, whole.key, whole.hash);
        if (own == null) {
            own = new Entry(StateFormat.ACCUMULATOR, whole.key, whole.hash, table.window, fresh());
            table.add(own);
        }
        own.accumulator = fresh();
        own.count = 0;
        own.done = true;
        own.changed = false;
        state.markDirty(own);
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

    private void discard(KeyTable table) {
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
    private boolean sweep(int entriesMax) {
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

    private void close(Entry entry) {
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

    // ---- early results ----

    private void awaitEarly(Entry entry, long elements) {
        entry.unemitted += elements;
        boolean due = !(early instanceof Early.Count count) || entry.unemitted >= count.elements();
        if (due && !entry.awaitsEarly && !entry.isFinal && !entry.reopened) {
            entry.awaitsEarly = true;
            awaitingEarly.add(entry);
        }
    }

    @Override
    boolean emitEarly(boolean tick, int resultsMax) {
        if (early == null) {
            return false;
        }
        earlyIsDue |= tick || early instanceof Early.Count;
        int left = resultsMax;
        while (earlyIsDue && !awaitingEarly.isEmpty()) {
            if (left-- <= 0 || isFull()) {
                return true;
            }
            Entry entry = awaitingEarly.remove();
            if (entry.awaitsEarly) {
                writer.write(entry, Result.EARLY_REVISION, Pane.EARLY, Long.MIN_VALUE);
                emitted(entry);
                state.markDirty(entry);
            }
        }
        earlyIsDue = false;
        return false;
    }

    // ---- restoring ----

    @Override
    void restore(byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        KeyTable table = kind == StateFormat.SLICE
                ? slices.computeIfAbsent(window.startMillis(), s -> new KeyTable(kind, window))
                : (kind == StateFormat.DEFERRED ? deferred : windows)
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
        closedUpTo = closedBefore;
        if (store != null) {
            discover(store);
        }
        windows.values().removeIf(KeyTable::isEmpty);
        slices.values().removeIf(KeyTable::isEmpty);
        deferred.values().removeIf(KeyTable::isEmpty);
        if (slicing == null && !slices.isEmpty()) {
            throw new PipelineException("pipeline '" + pipeline.name()
                    + "' has open windows that share slices, which windows with allowed lateness or early results do not:"
                    + " change those settings when no window is open, as after a run to the end, or change them back");
        }
        if (slicing != null) {
            for (KeyTable slice : slices.values()) {
                for (Window window : slicing.windowsOf(slice.window.startMillis())) {
                    if (!isClosed(window) || closing.contains(window)) {
                        windows.computeIfAbsent(window, w -> new KeyTable(StateFormat.ACCUMULATOR, w));
                    }
                    slice.lastWindow = window;
                }
            }
            hasMoreToClose = !closing.isEmpty();
            for (KeyTable table : windows.values()) {
                table.isReopened = isClosed(table.window) && !closing.contains(table.window);
                if (table.isReopened) {
                    discardMarks(table);
                }
            }
            AlignedWindowing windowing = slicing;
            slices.values().removeIf(slice -> {
                boolean over =
                        windowing.windowsOf(slice.window.startMillis()).stream().noneMatch(windows::containsKey);
                if (over) {
                    discard(slice);
                }
                return over;
            });
        }
        if (early != null) {
            windows.values().forEach(this::awaitEarly);
        }
    }

    /** A store forgets what has closed a little later than the window is forgotten. */
    private void discardMarks(KeyTable table) {
        if (store != null) {
            discard(table);
            return;
        }
        for (Entry entry : table.entries()) {
            if (entry.done) {
                table.remove(entry);
                state.bury(entry);
            }
        }
    }

    private void discover(LaneStore from) {
        for (Window window : from.windows(StateFormat.ACCUMULATOR)) {
            windows.put(window, stored(StateFormat.ACCUMULATOR, window));
        }
        for (Window slice : from.windows(StateFormat.SLICE)) {
            slices.put(slice.startMillis(), stored(StateFormat.SLICE, slice));
        }
        for (Window window : from.windows(StateFormat.DEFERRED)) {
            deferred.put(window, stored(StateFormat.DEFERRED, window));
        }
    }

    private static KeyTable stored(byte kind, Window window) {
        KeyTable table = new KeyTable(kind, window);
        table.mayBeStored = true;
        return table;
    }

    private void awaitEarly(KeyTable table) {
        visit(table, entry -> {
            if (entry.changed) {
                awaitEarly(entry, 0);
            }
        });
    }

    /** Shows all entries, which stay as they are. */
    private void visit(KeyTable table, Consumer<Entry> visitor) {
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
        KeyTable waiting = deferred.get(window);
        if (waiting != null && waiting.size() == 0 && store != null && !store.holds(StateFormat.DEFERRED, window)) {
            deferred.remove(window);
            return false;
        }
        return waiting != null;
    }

    @Override
    long deferredRecords() {
        long[] records = {0};
        for (KeyTable table : deferred.values()) {
            visit(table, entry -> records[0] += entry.records);
        }
        return records[0];
    }
}
