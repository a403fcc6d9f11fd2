package io.tidemill.engine;

import io.tidemill.api.process.TimeDomain;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All that a lane of rows keeps of one key. */
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

    @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of generic types cannot be made otherwise
    KeyRows(byte[] key, int hash, int slotCount) {
        this.key = key;
        this.hash = hash;
        this.slots = (TreeMap<byte[], StateEntry>[]) new TreeMap[slotCount];
    }

    TreeMap<Long, TimerEntry> timers(TimeDomain domain) {
        return domain == TimeDomain.EVENT_TIME ? eventTimers : processingTimers;
    }

    int timerCount() {
        return eventTimers.size() + processingTimers.size();
    }

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
