package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicDescription;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The second half of a step, for a share of the keys: merge what the partitions folded, emit results, close windows, write
 * the changelog. Owns its keys' state. Used by one thread at a time.
 *
 * <p>Snapshots are continuous. Entries are kept in the order in which they were last written to the changelog; when the
 * changelog has become several times as long as the state, each step also writes some of the oldest again, and what is
 * before the oldest is cut off. So the changelog always holds the whole state, restoring it takes time in proportion to
 * the state, and no step ever has to write all of it.
 */
final class Lane {
    /** Running results of one step; it is taken again, smaller, rather than run out of memory. */
    private static final long UPDATE_BYTES_MAX = 32 << 20;

    private final CompiledPipeline pipeline;
    private final @Nullable Aggregate<Object, Object, Object> aggregate;
    private final ResultWriter writer;
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();

    /** By the start of the window. */
    final TreeMap<Long, KeyTable> windows = new TreeMap<>();

    /** Late elements that wait for their window to close, by its start. */
    final TreeMap<Long, KeyTable> deferred = new TreeMap<>();

    private final List<Entry> dirty = new ArrayList<>();
    private @Nullable Entry oldest;
    private @Nullable Entry newest;

    final Output changelog;
    final Output closed;

    /** Windows of which this step closed entries. */
    final Set<Long> closedWindows = new TreeSet<>();

    /** Entries whose window closes again: what closed before must be read first. */
    final List<Entry> reopened = new ArrayList<>();

    /** Whether there were more windows to close than one step may emit. */
    boolean hasMoreToClose;

    private long lastWindow = Entry.NO_WINDOW;
    private @Nullable KeyTable lastTable;
    private long stateBytes;
    private long step;
    private long closedUpTo;
    private long fireBytesMax;

    Lane(CompiledPipeline pipeline, TopicDescription results, TopicDescription dead, DeadLetters deadLetters) {
        this.pipeline = pipeline;
        this.aggregate = pipeline.aggregate;
        this.writer = new ResultWriter(pipeline, results, dead, deadLetters);
        this.changelog = new Output(pipeline.changelogTopic(), 1);
        this.closed = new Output(pipeline.closedTopic(), 1);
    }

    ResultWriter writer() {
        return writer;
    }

    /** The bytes that the state takes in the changelog, each entry once. */
    long stateBytes() {
        return stateBytes;
    }

    /** The changelog's offset before which nothing of this lane is needed. */
    long oldestStep() {
        return oldest == null ? Long.MAX_VALUE : oldest.step;
    }

    /** @param changelogEnd where this step's changelog will begin */
    void beginStep(long changelogEnd, long closedBefore) {
        step = changelogEnd;
        closedUpTo = closedBefore;
        closedWindows.clear();
        reopened.clear();
        hasMoreToClose = false;
    }

    // ---- merging ----

    void merge(Partials partials) {
        for (int i = 0; i < partials.count; i++) {
            merge(partials, i);
        }
    }

    private void merge(Partials partials, int i) {
        long window = partials.windows[i];
        KeyTable table = lastTable;
        if (table == null || window != lastWindow) {
            table = windows.computeIfAbsent(window, w -> new KeyTable());
            lastTable = table;
            lastWindow = window;
        }
        Entry entry = table.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
        if (entry == null) {
            byte[] key = new byte[partials.keyLengths[i]];
            System.arraycopy(partials.keys, partials.keyStarts[i], key, 0, key.length);
            entry = new Entry(key, partials.hashes[i], window, partials.accumulators[i]);
            entry.reopened = isClosed(window);
            table.add(entry);
        } else {
            entry.accumulator = requireAggregate().merge(entry.accumulator, partials.accumulators[i]);
        }
        entry.count += partials.counts[i];
        entry.changed = true;
        markDirty(entry);
        if (!pipeline.isWindowed()) {
            writer.write(entry, 0, partials.times[i], false);
            entry.changed = false;
            if (writer.results.bytes() > UPDATE_BYTES_MAX) {
                throw new LogException(
                        LogException.Code.COMMIT_TOO_LARGE,
                        "the results of one step have more than " + UPDATE_BYTES_MAX
                                + " bytes: take smaller steps (resultsPerStepMax)");
            }
        }
    }

    private Aggregate<Object, Object, Object> requireAggregate() {
        if (aggregate == null) {
            throw new IllegalStateException("pipeline '" + pipeline.name() + "' has no state");
        }
        return aggregate;
    }

    private boolean isClosed(long window) {
        return pipeline.isWindowed() && closedUpTo >= window + pipeline.windowMillis + pipeline.latenessMillis;
    }

    /** Adds late elements to those that wait for their window. */
    void defer(Entry late) {
        KeyTable table = deferred.computeIfAbsent(late.window, w -> new KeyTable());
        Entry waiting = table.get(late.key, 0, late.key.length, late.hash);
        if (waiting == null) {
            table.add(late);
            waiting = late;
        } else {
            waiting.accumulator = requireAggregate().merge(waiting.accumulator, late.accumulator);
            waiting.count += late.count;
            waiting.records += late.records;
        }
        markDirty(waiting);
    }

    /** Whether results of the key and window may be corrected: the window has closed, and nothing on time waits in it. */
    boolean isCorrectable(byte[] key, int hash, long window) {
        if (!isClosed(window)) {
            return false;
        }
        KeyTable table = windows.get(window);
        Entry open = table == null ? null : table.get(key, 0, key.length, hash);
        return open == null;
    }

    /** Takes waiting late elements whose windows have closed, at most so many. */
    List<Entry> takeCorrectable(int atMost) {
        List<Entry> taken = new ArrayList<>();
        for (KeyTable table : deferred.values()) {
            for (Entry entry : table.entries()) {
                if (taken.size() < atMost && isCorrectable(entry.key, entry.hash, entry.window)) {
                    table.remove(entry);
                    bury(StateFormat.DEFERRED, entry);
                    taken.add(entry);
                }
            }
        }
        deferred.values().removeIf(table -> table.size() == 0);
        return taken;
    }

    // ---- closing ----

    /**
     * Emits the results of the windows that end at or before {@code upTo}, and closes those whose allowed lateness is over.
     * Emits at most about {@code resultsMax} and {@code bytesMax}; {@link #hasMoreToClose} says whether there are more.
     */
    void fire(long upTo, int resultsMax, long bytesMax) {
        fireBytesMax = bytesMax;
        int left = resultsMax - emitUpdates();
        List<Long> emptied = new ArrayList<>();
        for (Map.Entry<Long, KeyTable> each : windows.entrySet()) {
            long end = each.getKey() + pipeline.windowMillis;
            if (end > upTo) {
                break;
            }
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
                break;
            }
            KeyTable table = each.getValue();
            boolean closing = end + pipeline.latenessMillis <= upTo;
            if (closing || !table.fired) {
                left = fire(table, closing, left);
            }
            if (table.size() == 0) {
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
            for (Entry entry : dirty) {
                KeyTable table = windows.get(entry.window);
                if (entry.changed && !entry.reopened && table != null && table.fired) {
                    emit(entry);
                    emitted++;
                }
            }
        }
        return emitted;
    }

    private void emit(Entry entry) {
        writer.write(entry, entry.revision++, Entry.NO_WINDOW, false);
        entry.changed = false;
    }

    private boolean isFull() {
        return writer.results.bytes() + writer.dead.bytes() + closed.bytes() > fireBytesMax;
    }

    private int fire(KeyTable table, boolean closing, int resultsMax) {
        int left = resultsMax;
        for (Entry entry : table.entries()) {
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
                return left;
            }
            if (entry.reopened) {
                if (closing) {
                    table.remove(entry);
                    reopened.add(entry);
                    left--;
                }
                continue;
            }
            if (entry.changed || closing) {
                left--;
            }
            if (entry.changed) {
                emit(entry);
                if (!closing) {
                    markDirty(entry);
                }
            }
            if (closing) {
                table.remove(entry);
                close(entry);
            }
        }
        table.fired = true;
        return left;
    }

    /** Joins a reopened window's new elements to what had closed before, and closes it again. */
    void closeAgain(Entry entry, @Nullable Entry before) {
        join(entry, before);
        writer.write(entry, entry.revision++, Entry.NO_WINDOW, false);
        close(entry);
    }

    /** Joins late elements to what had closed before, and emits the corrected result. */
    void correct(Entry late, @Nullable Entry before) {
        late.revision = 1;
        join(late, before);
        writer.write(late, late.revision++, Entry.NO_WINDOW, true);
        writeClosed(late);
    }

    private void join(Entry entry, @Nullable Entry before) {
        if (before != null) {
            entry.accumulator = requireAggregate().merge(before.accumulator, entry.accumulator);
            entry.count += before.count;
            entry.revision = before.revision;
        }
    }

    private void close(Entry entry) {
        writeClosed(entry);
        bury(StateFormat.ACCUMULATOR, entry);
    }

    private void writeClosed(Entry entry) {
        entry.reopened = false;
        entry.changed = false;
        write(StateFormat.ACCUMULATOR, entry, closed);
        closedWindows.add(entry.window);
    }

    // ---- the changelog ----

    private void markDirty(Entry entry) {
        if (!entry.dirty) {
            entry.dirty = true;
            dirty.add(entry);
        }
    }

    /** Removes an entry from the state. */
    private void bury(byte kind, Entry entry) {
        entry.dirty = false;
        if (entry.step >= 0) {
            unlink(entry);
            stateBytes -= entry.bytes;
            entry.step = -1;
            keySink.reset();
            StateFormat.writeKey(kind, entry.window, entry.key, keySink);
            changelog.add(0, -1, ByteBuffer.wrap(keySink.array(), 0, keySink.size()), null, List.of());
        }
    }

    /** Writes what changed, then, while {@code againBytes} allow, what was written the longest ago. */
    void writeChangelog(long againBytes) {
        for (Entry entry : dirty) {
            if (entry.dirty) {
                writeState(entry);
            }
        }
        dirty.clear();
        // As much again as was written anew: else a little hot state would make the changelog of much cold state
        // endless.
        long left = againBytes == 0 ? 0 : Math.max(againBytes, changelog.bytes());
        Entry again = oldest;
        while (left > 0 && again != null && again.step < step) {
            left -= again.bytes;
            writeState(again);
            again = oldest;
        }
    }

    private void writeState(Entry entry) {
        entry.dirty = false;
        if (entry.step >= 0) {
            unlink(entry);
            stateBytes -= entry.bytes;
        }
        entry.bytes = write(kindOf(entry), entry, changelog);
        adopt(entry, step);
    }

    private byte kindOf(Entry entry) {
        KeyTable table = deferred.get(entry.window);
        boolean waits = table != null && table.get(entry.key, 0, entry.key.length, entry.hash) == entry;
        return waits ? StateFormat.DEFERRED : StateFormat.ACCUMULATOR;
    }

    private int write(byte kind, Entry entry, Output output) {
        keySink.reset();
        StateFormat.writeKey(kind, entry.window, entry.key, keySink);
        valueSink.reset();
        StateFormat.writeEntry(entry, requireAggregate(), valueSink);
        output.add(
                0,
                -1,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                List.of());
        return keySink.size() + valueSink.size() + 10;
    }

    /** Puts an entry last in the order of writing. */
    private void adopt(Entry entry, long writtenIn) {
        entry.step = writtenIn;
        stateBytes += entry.bytes;
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

    // ---- restoring ----

    /** Takes an entry from the changelog; {@code entry} is null where it was removed. */
    void restore(byte kind, long window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        TreeMap<Long, KeyTable> tables = kind == StateFormat.DEFERRED ? deferred : windows;
        KeyTable table = tables.computeIfAbsent(window, w -> new KeyTable());
        Entry known = table.get(key, 0, key.length, Murmur2.hash(key, 0, key.length));
        if (known != null) {
            unlink(known);
            stateBytes -= known.bytes;
            table.remove(known);
        }
        if (entry != null) {
            entry.bytes = bytes;
            table.add(entry);
            adopt(entry, offset);
        } else if (table.size() == 0) {
            tables.remove(window);
        }
    }
}
