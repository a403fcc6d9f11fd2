package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Window;
import io.tidemill.engine.state.StateChanges;
import io.tidemill.log.TopicConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one lane writes to the changelog. Used by one thread at a time.
 *
 * <p>Snapshots are continuous. Entries are kept in the order in which they were last written; when the changelog has become
 * several times as long as the state, each step also writes some of the oldest again, and what is before the oldest is cut
 * off. So the changelog always holds the whole state, restoring it takes time in proportion to the state, and no step ever
 * has to write all of it.
 */
final class StateLog {
    /** What a record takes in a batch beside its key and value, roughly. */
    static final int RECORD_OVERHEAD_BYTES = 10;

    /** What an entry takes in memory beside what it takes in the changelog, roughly. */
    private static final int OBJECT_OVERHEAD_BYTES = 250;

    /** How many entries that must stay are passed over in a step. */
    private static final int KEPT_MAX = 1_000;

    /**
     * What a lane may have, at most, that is to be applied to the store. It is written at once, which should not take much longer
     * than a step: as many times what a step writes, within bounds.
     */
    private static final int PENDING_STEPS_MAX = 16;

    private static final long PENDING_BYTES_MIN = 2 << 20;
    private static final long PENDING_BYTES_MAX = 8 << 20;

    /** Fewer are not worth being looked through for those that were removed. */
    private static final int PENDING_COMPACTED_MIN = 1_024;

    /** What the changelog's topic takes, less what a batch adds. */
    private static final int ENTRY_BYTES_MAX = TopicConfig.RECORD_BYTES_MAX_LIMIT - 1024;

    final int operator;
    private final String operatorName;
    private final @Nullable Aggregate<Object, Object, Object> aggregate;
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();
    private final List<Entry> dirty = new ArrayList<>();
    private @Nullable Entry oldest;
    private @Nullable Entry newest;
    final Output changelog;

    /** Tables of entries that are no objects; those that have lost all of theirs, until the end of the step. */
    private final List<PackedTable> packed = new ArrayList<>();

    /** Takes each entry that was written, and may pack it. */
    private Consumer<Entry> settling = entry -> {};

    private long bytes;
    private long entries;
    private long step;

    /** Where entries are; null if they are here. Then those that are linked are what is cached of it. */
    private @Nullable LaneStore store;

    private long cachedBytes;

    /** Whether entries that were written are held until they are applied to the store, instead of being put there at once. */
    private boolean defers;

    /** Those that were written and not applied, each once; some have been removed since. The others are cached. */
    private final List<Entry> pending = new ArrayList<>();

    private int pendingCount;
    private long pendingBytes;

    /** What the last step has written to the changelog. */
    private long stepBytes;

    private Consumer<Entry> evicting = entry -> {};

    /** Those that are let go of by themselves; others are held for as long as their lane wants. */
    private Predicate<Entry> evictable = entry -> true;

    StateLog(StagePlan pipeline) {
        this.operator = pipeline.operatorId;
        this.operatorName = pipeline.statefulName();
        this.aggregate = pipeline.aggregate;
        this.changelog = new Output(pipeline.changelogTopic(), 1);
    }

    /**
     * Keeps what was written until it is applied, which may be several steps later: what changes often is applied once.
     *
     * @param evicted takes entries that are no longer to be held
     */
    void keepIn(LaneStore newStore, Consumer<Entry> evicted) {
        store = newStore;
        evicting = evicted;
        defers = true;
    }

    /**
     * Has what a step writes applied when it is committed.
     *
     * @param evicted as above
     * @param which entries are evicted when there are too many; the lane itself lets go of the others
     */
    void keepIn(LaneStore newStore, Consumer<Entry> evicted, Predicate<Entry> which) {
        store = newStore;
        evicting = evicted;
        evictable = which;
    }

    /** Of a lane that has a store: all that the store held when it was opened, for one of the lanes, and 0 for the others. */
    void begin(long bytesBefore, long entriesBefore) {
        bytes = bytesBefore;
        entries = entriesBefore;
    }

    /** The bytes that the state takes in the changelog, each entry once; where there is a store, of all lanes together. */
    long bytes() {
        return bytes;
    }

    /** How many entries that is. */
    long entries() {
        return entries;
    }

    /** What is to be changed in the store; then it is to be told {@link #applied}. */
    StateChanges storeChanges() {
        LaneStore to = requireStore();
        to.finishing.run();
        for (Entry entry : pending) {
            entry.pending = false;
            if (entry.step >= 0) {
                valueSink.reset();
                StateFormat.writeEntry(entry, requireAggregate(), valueSink);
                to.put(entry, valueSink);
                entry.stored = true;
                link(entry);
            }
        }
        pending.clear();
        pendingCount = 0;
        pendingBytes = 0;
        return to.changes;
    }

    /** The changes are in the store. */
    void applied() {
        LaneStore to = requireStore();
        to.applied();
        if (defers) {
            evict(to.cacheBytesMax);
        }
    }

    private LaneStore requireStore() {
        if (store == null) {
            throw new IllegalStateException("'" + operatorName + "' has no store");
        }
        return store;
    }

    /** Whether what it writes need not be applied when it is committed. */
    boolean defers() {
        return defers;
    }

    /** Whether what waits to be applied takes as much memory as it may. */
    boolean mustApply() {
        LaneStore to = requireStore();
        long bytesMax = Math.max(PENDING_BYTES_MIN, Math.min(PENDING_BYTES_MAX, PENDING_STEPS_MAX * stepBytes));
        return pendingBytes + to.removedBytes() > Math.min(bytesMax, to.cacheBytesMax / 2);
    }

    /** What of it must be in the changelog. */
    long loggedBytes() {
        return store == null ? bytes : 0;
    }

    /** The changelog's offset before which nothing of this lane is needed; of a step that has been written. */
    long oldestStep() {
        if (store != null) {
            return Long.MAX_VALUE;
        }
        PackedTable first = oldestPacked();
        long step = oldest == null ? Long.MAX_VALUE : oldest.step;
        return first == null ? step : Math.min(step, first.step(first.oldest()));
    }

    private @Nullable PackedTable oldestPacked() {
        PackedTable first = null;
        for (PackedTable each : packed) {
            int row = each.oldest();
            if (row >= 0 && (first == null || each.step(row) < first.step(first.oldest()))) {
                first = each;
            }
        }
        return first;
    }

    // ---- packed entries ----

    /** @param written takes each entry that was written, and may {@link #pack} it */
    void settleWith(Consumer<Entry> written) {
        settling = written;
    }

    /** A table's packed entries, of which there are none yet. */
    PackedTable packedOf(KeyTable table) {
        PackedTable known = table.packed;
        if (known == null) {
            known = new PackedTable(table, requireAggregate());
            table.packed = known;
            packed.add(known);
        }
        return known;
    }

    /** Takes an entry, which is linked, over into a row. */
    void pack(PackedTable into, Entry entry) {
        cut(entry);
        into.link(into.take(entry), entry.step, entry.bytes);
    }

    /** Makes an entry of a row, for something rare to happen to it: it is to be written in this step, or to be buried. */
    Entry unpack(PackedTable from, int row) {
        Entry entry = from.toEntry(row);
        if (entry.step >= 0) {
            from.unlink(row);
            linkFirst(entry);
        }
        from.free(row);
        if (entry.dirty) {
            dirty.add(entry);
        }
        return entry;
    }

    /** As {@link #forget(Entry)}. */
    void forget(PackedTable of, int row) {
        detach(of, row);
        of.free(row);
    }

    /** Removes all rows of a table from the state. */
    void bury(PackedTable of) {
        for (int row = of.rowsEnd() - 1; row >= 0; row--) {
            if (of.isInUse(row)) {
                bury(of, row);
            }
        }
    }

    private void bury(PackedTable of, int row) {
        if (of.step(row) >= 0) {
            detach(of, row);
            keySink.reset();
            of.writeKey(row, operator, keySink);
            changelog.add(0, -1, ByteBuffer.wrap(keySink.array(), 0, keySink.size()), null, List.of());
        }
        of.free(row);
    }

    private void detach(PackedTable of, int row) {
        if (of.step(row) >= 0) {
            bytes -= of.bytes(row);
            entries--;
            of.unlink(row);
        }
    }

    private void writePacked() {
        for (PackedTable each : packed) {
            for (int row = each.takeDirty(); row >= 0; row = each.takeDirty()) {
                writeState(each, row);
            }
        }
        packed.removeIf(each -> {
            boolean isEmpty = each.size() == 0;
            if (isEmpty) {
                each.table.packed = null;
            }
            return isEmpty;
        });
    }

    private void writeState(PackedTable of, int row) {
        detach(of, row);
        keySink.reset();
        of.writeKey(row, operator, keySink);
        valueSink.reset();
        of.writeValue(row, valueSink);
        int written = append(changelog, of.table.window);
        of.link(row, step, written);
        bytes += written;
        entries++;
    }

    /** Writes again what was written the longest ago. */
    private void writeAgain(long againBytes) {
        long left = againBytes;
        while (left > 0) {
            PackedTable first = oldestPacked();
            long packedStep = first == null ? Long.MAX_VALUE : first.step(first.oldest());
            Entry entry = oldest;
            if (entry != null && entry.step <= packedStep && entry.step < step) {
                left -= entry.bytes;
                writeState(entry);
            } else if (first != null && packedStep < step) {
                left = writeAgain(first, packedStep, left);
            } else {
                return;
            }
        }
    }

    /** Those of one step; returns how much may still be written again. */
    private long writeAgain(PackedTable of, long writtenIn, long againBytes) {
        long left = againBytes;
        for (int row = of.oldest(); left > 0 && of.step(row) == writtenIn; row = of.oldest()) {
            left -= of.bytes(row);
            writeState(of, row);
        }
        return left;
    }

    private void linkFirst(Entry entry) {
        cachedBytes += entry.bytes + OBJECT_OVERHEAD_BYTES;
        entry.newer = oldest;
        entry.older = null;
        if (oldest == null) {
            newest = entry;
        } else {
            oldest.older = entry;
        }
        oldest = entry;
    }

    private Aggregate<Object, Object, Object> requireAggregate() {
        if (aggregate == null) {
            throw new IllegalStateException("a pipeline without an aggregate has no entries");
        }
        return aggregate;
    }

    /** @param changelogEnd where this step's changelog will begin */
    void beginStep(long changelogEnd) {
        step = changelogEnd;
    }

    void markDirty(Entry entry) {
        if (!entry.dirty) {
            entry.dirty = true;
            dirty.add(entry);
        }
    }

    /** What has changed in this step, also what was removed since. */
    List<Entry> dirty() {
        return dirty;
    }

    /** Removes an entry from the state. */
    void bury(Entry entry) {
        entry.dirty = false;
        if (entry.step >= 0) {
            unlink(entry);
            bytes -= entry.bytes;
            entry.step = -1;
            keySink.reset();
            StateFormat.writeKey(entry.kind, operator, entry.window, entry.key, keySink);
            changelog.add(0, -1, ByteBuffer.wrap(keySink.array(), 0, keySink.size()), null, List.of());
            if (store != null && (entry.stored || !defers)) {
                store.delete(entry);
            }
            entry.stored = false;
        }
    }

    /** Writes what changed, then, while {@code againBytes} allow, what was written the longest ago. */
    void write(long againBytes) {
        for (Entry entry : dirty) {
            if (entry.dirty) {
                writeState(entry);
                settling.accept(entry);
            }
        }
        dirty.clear();
        writePacked();
        if (store != null) {
            stepBytes = changelog.bytes();
            evict(store.cacheBytesMax);
            return;
        }
        // As much again as was written anew: else a little hot state would make the changelog of much cold state
        // endless.
        writeAgain(againBytes == 0 ? 0 : Math.max(againBytes, changelog.bytes()));
    }

    private void writeState(Entry entry) {
        entry.dirty = false;
        if (entry.step >= 0) {
            unlink(entry);
            bytes -= entry.bytes;
        }
        entry.bytes = write(entry, changelog);
        if (store != null && !defers) {
            store.put(entry, valueSink);
        }
        adopt(entry, step);
    }

    /** Lets go of what has been in the store the longest. */
    private void evict(long cacheBytesMax) {
        int kept = 0;
        Entry next = oldest;
        while (next != null && cachedBytes + pendingBytes > cacheBytesMax && kept < KEPT_MAX) {
            Entry each = next;
            next = each.newer;
            if (each.awaitsEarly) {
                kept++;
            } else {
                release(each);
                evicting.accept(each);
            }
        }
    }

    /** What an entry takes. */
    static int bytesOf(Entry entry, int valueBytes) {
        return StateFormat.KEY_PREFIX_BYTES + entry.key.length + valueBytes + RECORD_OVERHEAD_BYTES;
    }

    /** Holds an entry that is in the store. */
    void cache(Entry entry, int itsBytes) {
        entry.bytes = itsBytes;
        entry.step = 0;
        entry.stored = true;
        link(entry);
    }

    /** Holds it no longer. */
    void release(Entry entry) {
        cut(entry);
        entry.step = -1;
        entry.stored = false;
    }

    /** Writes an entry to any topic of state; returns its bytes. */
    int write(Entry entry, Output output) {
        keySink.reset();
        StateFormat.writeKey(entry.kind, operator, entry.window, entry.key, keySink);
        valueSink.reset();
        StateFormat.writeEntry(entry, requireAggregate(), valueSink);
        return append(output, entry.window);
    }

    private int append(Output output, Window window) {
        if (keySink.size() + valueSink.size() > ENTRY_BYTES_MAX) {
            throw new PipelineException("the accumulator of one key takes " + valueSink.size() + " bytes in '"
                    + operatorName + "'" + (window.equals(Entry.NO_WINDOW) ? "" : ", window " + window) + ": more than "
                    + ENTRY_BYTES_MAX
                    + " cannot be kept. Give the aggregate a smaller bound, or use an approximate one");
        }
        output.add(
                0,
                -1,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                List.of());
        return keySink.size() + valueSink.size() + RECORD_OVERHEAD_BYTES;
    }

    /** Takes an entry that was read back. */
    void restore(Entry entry, long offset, int itsBytes) {
        entry.bytes = itsBytes;
        adopt(entry, offset);
    }

    /** Lets go of an entry that something later in the changelog has replaced or removed. */
    void forget(Entry entry) {
        unlink(entry);
        bytes -= entry.bytes;
    }

    /** Puts an entry last in the order of writing. */
    private void adopt(Entry entry, long writtenIn) {
        entry.step = writtenIn;
        bytes += entry.bytes;
        entries++;
        if (defers) {
            await(entry);
        } else {
            link(entry);
        }
    }

    /** Holds an entry until it has been applied. */
    private void await(Entry entry) {
        pendingBytes += entry.bytes + OBJECT_OVERHEAD_BYTES;
        pendingCount++;
        if (!entry.pending) {
            entry.pending = true;
            pending.add(entry);
            if (pending.size() > PENDING_COMPACTED_MIN && pending.size() / 2 > pendingCount) {
                forgetRemoved();
            }
        }
    }

    /** So that what comes and goes between two times of applying does not stay. */
    private void forgetRemoved() {
        pending.removeIf(each -> {
            each.pending = each.step >= 0;
            return !each.pending;
        });
    }

    private void link(Entry entry) {
        if (!evictable.test(entry)) {
            return;
        }
        cachedBytes += entry.bytes + OBJECT_OVERHEAD_BYTES;
        entry.older = newest;
        entry.newer = null;
        if (newest == null) {
            oldest = entry;
        } else {
            newest.newer = entry;
        }
        newest = entry;
    }

    private void unlink(Entry entry) {
        entries--;
        cut(entry);
    }

    private void cut(Entry entry) {
        if (entry.pending) {
            pendingBytes -= entry.bytes + OBJECT_OVERHEAD_BYTES;
            pendingCount--;
            if (pendingCount == 0) {
                pending.forEach(each -> each.pending = false);
                pending.clear();
            }
            return;
        }
        if (!evictable.test(entry)) {
            return;
        }
        cachedBytes -= entry.bytes + OBJECT_OVERHEAD_BYTES;
        Entry before = entry.older;
        Entry after = entry.newer;
        if (before == null) {
            oldest = after;
        } else {
            before.newer = after;
        }
        if (after == null) {
            newest = before;
        } else {
            after.older = before;
        }
        entry.older = null;
        entry.newer = null;
    }
}
