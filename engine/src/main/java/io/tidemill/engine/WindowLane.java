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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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

    private record Identity(Window window, ByteBuffer key) {}

    WindowLane(StagePlan pipeline, ResultWriter writer) {
        super(pipeline, writer);
        this.slicing = pipeline.isSliced ? pipeline.aligned : null;
    }

    @Override
    void beginStep(long changelogEnd, long closedBefore) {
        super.beginStep(changelogEnd, closedBefore);
        reopened.clear();
        closedAgain.clear();
    }

    @Override
    long entries() {
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
        for (int i = 0; i < partials.count; i++) {
            merge(partials, i);
        }
    }

    private void merge(Partials partials, int i) {
        KeyTable table = lastTable;
        if (table == null || partials.starts[i] != lastStart || partials.ends[i] != lastEnd) {
            table = tableOf(partials.starts[i], partials.ends[i]);
            lastTable = table;
            lastStart = partials.starts[i];
            lastEnd = partials.ends[i];
        }
        Entry entry = table.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
        if (entry == null) {
            byte[] key = new byte[partials.keyLengths[i]];
            System.arraycopy(partials.keys, partials.keyStarts[i], key, 0, key.length);
            entry = new Entry(table.kind, key, partials.hashes[i], table.window, partials.accumulators[i]);
            entry.reopened = table.kind == StateFormat.ACCUMULATOR && isClosed(table.window);
            table.add(entry);
        } else {
            entry.accumulator = requireAggregate().merge(entry.accumulator, partials.accumulators[i]);
        }
        entry.count += partials.counts[i];
        entry.changed = true;
        state.markDirty(entry);
        if (early != null) {
            awaitEarly(entry, partials.counts[i]);
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

    private boolean isClosed(Window window) {
        return pipeline.isWindowed() && closedUpTo >= pipeline.closesAt(window);
    }

    // ---- late elements ----

    /** Adds late elements to those that wait for their window. */
    void defer(Entry late) {
        KeyTable table = deferred.computeIfAbsent(late.window, w -> new KeyTable(StateFormat.DEFERRED, w));
        Entry waiting = table.get(late.key, 0, late.key.length, late.hash);
        if (waiting == null) {
            late.kind = StateFormat.DEFERRED;
            table.add(late);
            waiting = late;
        } else {
            waiting.accumulator = requireAggregate().merge(waiting.accumulator, late.accumulator);
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
        return (slicing == null || table.isReopened) && table.get(key, 0, key.length, hash) == null;
    }

    /** Takes waiting late elements whose windows have closed, at most so many. */
    List<Entry> takeCorrectable(int atMost) {
        List<Entry> taken = new ArrayList<>();
        for (KeyTable table : deferred.values()) {
            for (Entry entry : table.entries()) {
                if (taken.size() < atMost && isCorrectable(entry.key, entry.hash, entry.window)) {
                    table.remove(entry);
                    state.bury(entry);
                    entry.kind = StateFormat.ACCUMULATOR;
                    taken.add(entry);
                }
            }
        }
        deferred.values().removeIf(table -> table.size() == 0);
        return taken;
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
            if (table.size() == 0 && (slicing == null || table.isReopened)) {
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
        int left = resultsMax;
        boolean whole = slicing == null || table.isReopened;
        for (Entry entry : table.entries()) {
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
        KeyTable merged = new KeyTable(StateFormat.ACCUMULATOR, table.window);
        for (Entry own : table.entries()) {
            if (!own.done) {
                merged.add(mergedInto(new Entry(own.kind, own.key, own.hash, table.window, fresh()), own));
            }
        }
        for (KeyTable slice : parts.values()) {
            for (Entry part : slice.entries()) {
                Entry own = table.size() == 0 ? null : table.get(part.key, 0, part.key.length, part.hash);
                if (own != null && own.done) {
                    continue;
                }
                Entry whole = merged.get(part.key, 0, part.key.length, part.hash);
                if (whole == null) {
                    whole = new Entry(StateFormat.ACCUMULATOR, part.key, part.hash, table.window, fresh());
                    merged.add(whole);
                }
                mergedInto(whole, part);
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

    private Object fresh() {
        return requireAggregate().create();
    }

    private Entry mergedInto(Entry whole, Entry part) {
        whole.accumulator = requireAggregate().merge(whole.accumulator, part.accumulator);
        whole.count += part.count;
        return whole;
    }

    /** So that it is not closed twice, should the window's other keys have to wait for the next step. */
    private void markDone(KeyTable table, Entry whole) {
        Entry own = table.get(whole.key, 0, whole.key.length, whole.hash);
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
        for (Entry marker : table.entries()) {
            state.bury(marker);
        }
        lastTable = null;
        // Windows close by their end: a slice is done with when the last of its windows is.
        SortedMap<Long, KeyTable> parts = slices.subMap(window.startMillis(), window.endMillis());
        parts.values().removeIf(slice -> {
            boolean over = window.equals(slice.lastWindow);
            if (over) {
                for (Entry entry : slice.entries()) {
                    state.bury(entry);
                }
            }
            return over;
        });
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
            entry.accumulator = requireAggregate().merge(before.accumulator, entry.accumulator);
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
        if (entry != null) {
            table.add(entry);
            state.restore(entry, offset, bytes);
        }
    }

    @Override
    void restored(long closedBefore, Set<Window> closing) {
        closedUpTo = closedBefore;
        windows.values().removeIf(table -> table.size() == 0);
        slices.values().removeIf(table -> table.size() == 0);
        deferred.values().removeIf(table -> table.size() == 0);
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
            for (KeyTable table : windows.values()) {
                table.isReopened = isClosed(table.window) && !closing.contains(table.window);
            }
            hasMoreToClose = !closing.isEmpty();
        }
        if (early != null) {
            for (KeyTable table : windows.values()) {
                for (Entry entry : table.entries()) {
                    if (entry.changed) {
                        awaitEarly(entry, 0);
                    }
                }
            }
        }
    }

    @Override
    long deferredRecords() {
        long records = 0;
        for (KeyTable table : deferred.values()) {
            for (Entry entry : table.entries()) {
                records += entry.records;
            }
        }
        return records;
    }
}
