package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Pane;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.engine.RowOperator.Slot;
import io.tidemill.engine.RowOutput.RowId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has at hand during one call: the key's state and timers, and where results go. What a call does takes effect
 * when it returns; when it throws, everything is as it was. One per lane; used by one thread at a time.
 */
final class RowContext {
    /** The most that one row or timer may become, as with a flat map. */
    private static final int RESULTS_MAX = Elements.COUNT_MAX;

    private static final byte OF_ROW = 1;
    private static final byte OF_TIMER = 2;
    private static final byte[] NO_ROOT = {};

    private final ProcessPlan plan;
    private final List<Slot> slots;
    private final long[] slotIds;
    private final StateLog state;
    private final ExpiryQueue expiry;

    /** Where what is not in memory is; null if all is. */
    private @Nullable StoredRows stored;

    private final List<StateEntry> touched = new ArrayList<>();
    private final List<TimerChange> timerChanges = new ArrayList<>();
    private final List<Result> results = new ArrayList<>();
    private final List<String> drops = new ArrayList<>();
    private final ByteSink idSink = new ByteSink(64);

    private KeyRows of = new KeyRows(NO_ROOT, 0, 0);
    private long timeMillis;
    private byte[] root = NO_ROOT;
    private @Nullable TimeDomain timerDomain;
    private long timerAt;
    private int idLength;
    private int ordinal;
    private Pane pane = Pane.FINAL;

    /** Rows and timers before it had their turn when the step began, or were to have it. */
    long closedUpTo = Long.MIN_VALUE;

    /** How far event time has come. */
    long watermark = Long.MIN_VALUE;

    long processingMillis;

    /** The pipeline is run to its end: there is no later watermark. */
    boolean isEnding;

    private record TimerChange(
            TimeDomain domain, long timeMillis, @Nullable TimerEntry former) {
        boolean isOf(TimeDomain its, long at) {
            return domain == its && timeMillis == at;
        }
    }

    /**
     * @param former what is replaced, as it was emitted last; null if nothing is
     * @param value if {@code isRetraction}, the former one
     */
    private record Result(
            int output,
            RowId id,
            @Nullable Object former,
            Object value,
            int revision,
            Pane pane,
            boolean isRetraction) {}

    RowContext(ProcessPlan plan, StateLog state, ExpiryQueue expiry) {
        this.plan = plan;
        this.state = state;
        this.expiry = expiry;
        this.slots = plan.operator().slots();
        this.slotIds =
                slots.stream().mapToLong(slot -> RowKeys.slotId(slot.name())).toArray();
    }

    void keepIn(StoredRows rows) {
        stored = rows;
    }

    // ---- the call ----

    void begin(KeyRows key, Row row, Pane itsPane) {
        begin(key, row.timeMillis(), itsPane);
        root = row.origin();
        timerDomain = null;
        idSink.write(OF_ROW);
        idSink.write(root);
        idLength = idSink.size();
    }

    /** @param resultMillis when its results happen */
    void begin(KeyRows key, TimeDomain domain, TimerEntry timer, long resultMillis) {
        begin(key, resultMillis, Pane.FINAL);
        root = timer.root;
        timerDomain = domain;
        timerAt = timer.timeMillis();
        idSink.write(OF_TIMER);
        idSink.write(TimerEntry.code(domain));
        idSink.writeLong(timer.timeMillis());
        if (domain == TimeDomain.PROCESSING_TIME) {
            // Its time may have been that of another timer before, as event time never is.
            idSink.writeLong(timer.setAtMillis);
        }
        idSink.write(root);
        idLength = idSink.size();
    }

    private void begin(KeyRows key, long time, Pane itsPane) {
        of = key;
        timeMillis = time;
        pane = itsPane;
        ordinal = 0;
        idSink.reset();
    }

    /** Makes what the call did take effect; returns how many results it had. */
    int commit(List<? extends @Nullable RowOutput> outputs, OperatorCounts counts) {
        touched.forEach(this::settle);
        touched.clear();
        timerChanges.forEach(this::settle);
        timerChanges.clear();
        for (Result each : results) {
            RowOutput output = each.output < outputs.size() ? outputs.get(each.output) : null;
            if (output == null) {
                counts.drop(OperatorCounts.NO_STREAM, 1);
                continue;
            }
            if (each.isRetraction) {
                output.retract(each.id, each.value, each.revision, each.pane);
                counts.retracted++;
            } else {
                if (each.former == null) {
                    output.emit(each.id, each.value, each.revision, each.pane);
                } else {
                    output.replace(each.id, each.former, each.value, each.revision, each.pane);
                }
                counts.out++;
            }
        }
        int emitted = results.size();
        results.clear();
        drops.forEach(reason -> counts.drop(reason, 1));
        drops.clear();
        return emitted;
    }

    private void settle(StateEntry entry) {
        entry.isTouched = false;
        entry.formerValue = null;
        byte[] value = entry.value;
        if (value == null) {
            of.drop(entry);
            state.bury(entry);
        } else {
            entry.settle(value);
            state.markDirty(entry);
            Slot slot = slots.get(entry.slot);
            if (slot.expires() && stored == null) {
                expiry.add(of, entry, slot);
            } else if (slot.expires() && stored != null) {
                stored.wrote(of, entry);
            }
        }
    }

    private void settle(TimerChange change) {
        TimerEntry timer = of.timers(change.domain).get(change.timeMillis);
        if (change.former != null && change.former != timer) {
            state.bury(change.former);
        }
        if (timer != null && timer != change.former) {
            state.markDirty(timer);
        }
    }

    /** Undoes what the call did. */
    void undo() {
        for (StateEntry entry : touched) {
            entry.isTouched = false;
            entry.value = entry.formerValue;
            entry.writtenAt = entry.formerWrittenAt;
            entry.formerValue = null;
            if (entry.value == null) {
                of.drop(entry);
            }
        }
        touched.clear();
        for (int i = timerChanges.size() - 1; i >= 0; i--) {
            TimerChange change = timerChanges.get(i);
            if (change.former == null) {
                of.removeTimer(change.domain, change.timeMillis);
            } else {
                of.addTimer(change.former);
            }
        }
        timerChanges.clear();
        results.clear();
        drops.clear();
    }

    // ---- what is at hand ----

    byte[] key() {
        return of.key;
    }

    Object decodedKey() throws Exception {
        Object key = of.decodedKey;
        if (key == null) {
            key = plan.keyCodec().decode(of.key, 0, of.key.length);
            of.decodedKey = key;
        }
        return key;
    }

    ProcessPlan plan() {
        return plan;
    }

    long timeMillis() {
        return timeMillis;
    }

    Pane pane() {
        return pane;
    }

    // ---- state ----

    /** The place of a state by its name; -1 if the operator has none of it. */
    int place(String slot) {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).name().equals(slot)) {
                return i;
            }
        }
        return -1;
    }

    byte @Nullable [] get(int slot, byte[] part) {
        StateEntry entry = find(slot, part);
        return entry == null || !isThere(entry) ? null : entry.value;
    }

    private @Nullable StateEntry find(int slot, byte[] part) {
        TreeMap<byte[], StateEntry> entries = of.peek(slot);
        StateEntry entry = entries == null ? null : entries.get(part);
        return entry == null && stored != null ? stored.find(of, slot, part) : entry;
    }

    /** Whether it has a value that has not expired. */
    boolean isThere(StateEntry entry) {
        Slot slot = slots.get(entry.slot);
        return entry.value != null && (!slot.expires() || clock(slot) < entry.writtenAt + slot.ttlMillis());
    }

    private long clock(Slot slot) {
        return slot.domain() == TimeDomain.EVENT_TIME ? timeMillis : processingMillis;
    }

    /** All entries of a state, also such as {@link #isThere} denies. */
    NavigableMap<byte[], StateEntry> entries(int slot) {
        if (stored != null) {
            stored.loadRange(of, slot, NO_ROOT, null);
        }
        return inMemory(slot);
    }

    private NavigableMap<byte[], StateEntry> inMemory(int slot) {
        TreeMap<byte[], StateEntry> entries = of.peek(slot);
        return entries == null ? new TreeMap<>(Arrays::compareUnsigned) : entries;
    }

    /** Those from {@code from} to before {@code to}, as they are now; {@code to} is null for all that are left. */
    List<StateEntry> range(int slot, byte[] from, byte @Nullable [] to) {
        if (stored != null) {
            stored.loadRange(of, slot, from, to);
        }
        NavigableMap<byte[], StateEntry> entries = inMemory(slot);
        return List.copyOf((to == null ? entries.tailMap(from, true) : entries.subMap(from, true, to, false)).values());
    }

    /** The last one before {@code part} that has a value; null if there is none. */
    @Nullable
    StateEntry before(int slot, byte[] part) {
        if (stored != null) {
            stored.loadLast(of, slot, part);
        }
        return first(inMemory(slot).headMap(part, false).descendingMap());
    }

    /** The first one behind {@code part} that has a value; null if there is none. */
    @Nullable
    StateEntry behind(int slot, byte[] part) {
        if (stored != null) {
            stored.loadFirst(of, slot, Arrays.copyOf(part, part.length + 1));
        }
        return first(inMemory(slot).tailMap(part, false));
    }

    private static @Nullable StateEntry first(NavigableMap<byte[], StateEntry> entries) {
        for (StateEntry entry : entries.values()) {
            if (entry.value != null) {
                return entry;
            }
        }
        return null;
    }

    /** The last of all parts, or a later one that was there; null if there is none. */
    byte @Nullable [] lastPart(int slot) {
        NavigableMap<byte[], StateEntry> entries = inMemory(slot);
        byte[] last = entries.isEmpty() ? null : entries.lastKey();
        byte[] inStore = stored == null ? null : stored.lastPart(of, slot, null);
        return last == null || (inStore != null && Arrays.compareUnsigned(inStore, last) > 0) ? inStore : last;
    }

    /** @param value not to be changed afterwards */
    void put(int slot, byte[] part, byte[] value) {
        Slot of = slots.get(slot);
        put(slot, part, value, of.expires() ? clock(of) : StateEntry.NEVER);
    }

    /** @param writtenAt from when its time to live counts; {@link StateEntry#FOREVER} while it is not to expire */
    void put(int slot, byte[] part, byte[] value, long writtenAt) {
        StateEntry entry = find(slot, part);
        if (entry == null) {
            entry = new StateEntry(of.key, of.hash, slotIds[slot], slot, part);
            of.slot(slot).put(part, entry);
        }
        touch(entry);
        entry.value = value;
        entry.writtenAt = writtenAt;
    }

    void remove(int slot, byte[] part) {
        StateEntry entry = find(slot, part);
        if (entry != null) {
            remove(entry);
        }
    }

    /** It stays among {@link #entries} until the call returns. */
    void remove(StateEntry entry) {
        touch(entry);
        entry.value = null;
    }

    private void touch(StateEntry entry) {
        if (!entry.isTouched) {
            entry.isTouched = true;
            entry.formerValue = entry.value;
            entry.formerWrittenAt = entry.writtenAt;
            touched.add(entry);
        }
    }

    // ---- timers ----

    void setTimer(TimeDomain domain, long at) {
        if (domain == TimeDomain.EVENT_TIME && !plan.hasEventTime()) {
            throw new IllegalStateException("there is no event time: call eventTime(…) before keyBy(…)");
        }
        if (at < RecordProcessor.TIME_MIN || at > RecordProcessor.TIME_MAX) {
            throw new IllegalArgumentException("a timer's time is within the years -9999 to 9999");
        }
        long time = Math.max(at, least(domain));
        loadTimer(domain, time);
        if (of.timers(domain).containsKey(time)) {
            return;
        }
        if (of.timerCount() >= plan.options().timersPerKeyMax()) {
            throw new IllegalStateException("the key has " + of.timerCount()
                    + " timers, and may have no more (timersPerKeyMax of ProcessOptions)");
        }
        boolean beyondEnd = isEnding && timerDomain != null && domain == TimeDomain.EVENT_TIME;
        of.addTimer(new TimerEntry(of.key, of.hash, domain, time, root, timeMillis, beyondEnd));
        timerChanges.add(new TimerChange(domain, time, null));
    }

    private void loadTimer(TimeDomain domain, long at) {
        if (stored != null && timerChanges.stream().noneMatch(change -> change.isOf(domain, at))) {
            stored.loadTimer(of, domain, at);
        }
    }

    /** Not for a time at which it would have gone off already, so that none goes off twice. */
    private long least(TimeDomain domain) {
        if (timerDomain == domain) {
            return timerAt + 1;
        }
        return domain == TimeDomain.EVENT_TIME ? timeMillis : Long.MIN_VALUE;
    }

    void cancelTimer(TimeDomain domain, long at) {
        loadTimer(domain, at);
        TimerEntry former = of.removeTimer(domain, at);
        if (former != null) {
            timerChanges.add(new TimerChange(domain, at, former));
        }
    }

    // ---- results ----

    /** Emits a result of the call's own time and identity. */
    void emit(int output, Object value) {
        idSink.truncate(idLength);
        idSink.writeInt(ordinal++);
        emit(output, idSink.toByteArray(), timeMillis, value, 0, pane);
    }

    void emit(int output, byte[] id, long time, Object value, int revision, Pane itsPane) {
        add(new Result(output, new RowId(of.key, of.hash, id, null, time), null, value, revision, itsPane, false));
    }

    /** @param former as it was emitted last; null if it was not */
    void replace(byte[] id, long time, @Nullable Object former, Object value, int revision, Pane itsPane) {
        add(new Result(0, new RowId(of.key, of.hash, id, null, time), former, value, revision, itsPane, false));
    }

    /** @param former as it was emitted last */
    void retract(byte[] id, long time, Object former, int revision, Pane itsPane) {
        add(new Result(0, new RowId(of.key, of.hash, id, null, time), null, former, revision, itsPane, true));
    }

    private void add(Result result) {
        if (results.size() >= RESULTS_MAX) {
            throw new IllegalStateException("one element or timer became more than " + RESULTS_MAX + " results");
        }
        results.add(result);
    }

    /** Counts an element that becomes nothing. */
    void drop(String reason) {
        drops.add(reason);
    }
}
