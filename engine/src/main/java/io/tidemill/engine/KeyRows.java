package io.tidemill.engine;

import io.tidemill.api.process.TimeDomain;
import java.util.Arrays;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All that a lane of rows keeps of one key; where there is a store, what of it is in memory ({@link StoredRows}). */
final class KeyRows {
    static final long NOT_QUEUED = Long.MAX_VALUE;

    final byte[] key;
    final int hash;

    @Nullable
    Object decodedKey;

    final PriorityQueue<RowEntry> waiting = new PriorityQueue<>(1, RowEntry.ORDER);

    /** By time. */
    final TreeMap<Long, TimerEntry> eventTimers = new TreeMap<>();

    final TreeMap<Long, TimerEntry> processingTimers = new TreeMap<>();

    /** By place of the state, then by what tells entries apart, unsigned. */
    private final @Nullable TreeMap<byte[], StateEntry>[] slots;

    /** For when it is in the queues of what is due; {@link #NOT_QUEUED} if it is not. */
    long queuedAt = NOT_QUEUED;

    long processingQueuedAt = NOT_QUEUED;

    /** Null where all is in memory. */
    private final @Nullable StoredKey stored;

    /** Of a key in a store. */
    static final class StoredKey {
        final KeyCounts counts;

        /** What of rows and timers is in memory. */
        private final StoredRows.Held held;

        /** It is among those that the step has to do with. */
        boolean isTouched;

        /** The states, by their place, that are in memory as a whole. */
        final boolean[] isWhole;

        StoredKey(KeyCounts counts, StoredRows.Held held, int slotCount) {
            this.counts = counts;
            this.held = held;
            this.isWhole = new boolean[slotCount];
        }
    }

    KeyRows(byte[] key, int hash, int slotCount) {
        this(key, hash, slotCount, null);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic types cannot be made otherwise
    KeyRows(byte[] key, int hash, int slotCount, @Nullable StoredKey stored) {
        this.key = key;
        this.hash = hash;
        this.slots = (TreeMap<byte[], StateEntry>[]) new TreeMap[slotCount];
        this.stored = stored;
    }

    StoredKey stored() {
        return Objects.requireNonNull(stored);
    }

    // ---- rows and timers ----

    void addRow(RowEntry row) {
        if (stored != null) {
            stored.counts.addRows(1);
        }
        hold(row);
    }

    /** One that there is already. */
    void hold(RowEntry row) {
        waiting.add(row);
        held(row, 1);
    }

    void removeFirstRow() {
        RowEntry row = waiting.remove();
        held(row, -1);
        if (stored != null) {
            stored.counts.addRows(-1);
        }
    }

    private void held(Entry entry, int by) {
        if (stored != null) {
            stored.held.add(entry, by);
        }
    }

    int rowCount() {
        return stored == null ? waiting.size() : stored.counts.rows();
    }

    TreeMap<Long, TimerEntry> timers(TimeDomain domain) {
        return domain == TimeDomain.EVENT_TIME ? eventTimers : processingTimers;
    }

    void addTimer(TimerEntry timer) {
        if (stored != null) {
            stored.counts.addTimer(timer, 1);
        }
        hold(timer);
    }

    /** One that there is already. */
    void hold(TimerEntry timer) {
        timers(timer.domain()).put(timer.timeMillis(), timer);
        held(timer, 1);
    }

    @Nullable
    TimerEntry removeTimer(TimeDomain domain, long at) {
        TimerEntry removed = timers(domain).remove(at);
        if (removed != null) {
            held(removed, -1);
            if (stored != null) {
                stored.counts.addTimer(removed, -1);
            }
        }
        return removed;
    }

    int timerCount() {
        return stored == null ? eventTimers.size() + processingTimers.size() : stored.counts.timers();
    }

    /** Whether nothing waits but timers that timers have set at the end: those would go on for ever. */
    boolean isBeyondEnd() {
        if (stored != null) {
            return stored.counts.isBeyondEnd();
        }
        return waiting.isEmpty()
                && !eventTimers.isEmpty()
                && eventTimers.descendingMap().values().stream().allMatch(timer -> timer.isBeyondEnd);
    }

    /** Lets go of what comes at these times and later: it is in the store. */
    void releaseFrom(long eventLimit, long processingLimit) {
        if (waiting.stream().anyMatch(row -> row.timeMillis() >= eventLimit)) {
            waiting.removeIf(row -> releases(row, row.timeMillis(), eventLimit));
        }
        eventTimers.values().removeIf(timer -> releases(timer, timer.timeMillis(), eventLimit));
        processingTimers.values().removeIf(timer -> releases(timer, timer.timeMillis(), processingLimit));
    }

    private boolean releases(Entry entry, long at, long limit) {
        if (at >= limit) {
            held(entry, -1);
            return true;
        }
        return false;
    }

    void forEachTimed(Consumer<Entry> action) {
        waiting.forEach(action);
        eventTimers.values().forEach(action);
    }

    // ---- state ----

    TreeMap<byte[], StateEntry> slot(int place) {
        TreeMap<byte[], StateEntry> slot = slots[place];
        if (slot == null) {
            slot = new TreeMap<>(Arrays::compareUnsigned);
            slots[place] = slot;
        }
        return slot;
    }

    /** Null where nothing is in it. */
    @Nullable
    TreeMap<byte[], StateEntry> peek(int place) {
        return slots[place];
    }

    /** Lets go of a state's entry that is not there any more. */
    void drop(StateEntry entry) {
        TreeMap<byte[], StateEntry> slot = slots[entry.slot];
        if (slot != null && slot.remove(entry.part, entry) && slot.isEmpty()) {
            slots[entry.slot] = null;
        }
    }

    /** When its next row or event-time timer is due; {@link Long#MAX_VALUE} if there is none. */
    long nextAt() {
        RowEntry row = waiting.peek();
        long at = row == null ? Long.MAX_VALUE : row.timeMillis();
        return eventTimers.isEmpty() ? at : Math.min(at, eventTimers.firstKey());
    }

    boolean isEmpty() {
        if (!waiting.isEmpty() || !eventTimers.isEmpty() || !processingTimers.isEmpty()) {
            return false;
        }
        for (TreeMap<byte[], StateEntry> slot : slots) {
            if (slot != null && !slot.isEmpty()) {
                return false;
            }
        }
        return true;
    }
}
