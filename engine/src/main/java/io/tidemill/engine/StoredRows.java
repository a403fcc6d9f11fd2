package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.engine.Horizon.Cost;
import io.tidemill.engine.KeyRows.StoredKey;
import io.tidemill.engine.RowOperator.Slot;
import io.tidemill.engine.StoreKeys.TimeKind;
import io.tidemill.engine.state.StateScan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a lane of rows has in a store.
 *
 * <p>Rows and timers lie there by their time. Those before a {@link Horizon} are in memory too, and those that the step at hand has
 * added; when they have had their turn the horizon moves on, some of them at a time, and when there are too many of them it moves
 * back. So a lane does with what is in memory what it does without a store, up to the horizon. State is read entry by entry or
 * range by range, as a function asks for it, and kept as long as there is room. When values were written is a second order in the
 * store, by which they expire. Used by one thread at a time.
 */
final class StoredRows implements LaneStore.Derived {
    /** What a row or timer takes in memory beside its bytes, roughly. */
    private static final int OBJECT_BYTES = 300;

    private final LaneStore store;
    private final List<Slot> slots;
    private final long[] slotIds;
    private final Map<ByteBuffer, KeyRows> keys;
    private final List<KeyRows> touched = new ArrayList<>();
    private final Held held = new Held();
    private final long heldBytesMax;
    private final ByteSink sink = new ByteSink();

    private Horizon event = Horizon.START;
    private Horizon processing = Horizon.START;

    /** No value of the state was written before, as far as the store knows. */
    private final long[] writtenFrom;

    /** Values that this step has written and that may expire. */
    private final List<Written> written = new ArrayList<>();

    private record Written(KeyRows of, StateEntry value) {}

    /** What rows and timers take in memory. */
    static final class Held {
        long bytes;

        void add(Entry entry, int sign) {
            bytes += sign < 0 ? -costOf(entry) : costOf(entry);
        }

        static long costOf(Entry entry) {
            // Not what it takes in the changelog: that is known only when it was written there.
            return (long) OBJECT_BYTES + entry.key.length + ((byte[]) entry.accumulator).length;
        }
    }

    StoredRows(LaneStore store, ProcessPlan plan, Map<ByteBuffer, KeyRows> keys) {
        this.store = store;
        this.keys = keys;
        this.slots = plan.operator().slots();
        this.slotIds =
                slots.stream().mapToLong(slot -> RowKeys.slotId(slot.name())).toArray();
        this.writtenFrom = new long[slots.size()];
        this.heldBytesMax = store.cacheBytesMax / 2;
        Arrays.fill(writtenFrom, Long.MIN_VALUE);
        store.finishing = this::finish;
        store.derived = this;
    }

    // ---- the step ----

    /** Lets go of what need not be in memory: all of it is in the store now. Whether the horizon has moved back. */
    boolean beginStep() {
        boolean moved = held.bytes > heldBytesMax && moveBack();
        Collection<KeyRows> some = moved ? List.copyOf(keys.values()) : touched;
        for (KeyRows of : some) {
            of.releaseFrom(event.limitOf(of.hash), processing.limitOf(of.hash));
            of.stored().isTouched = false;
            Arrays.fill(of.stored().isWhole, false);
            letGo(of);
        }
        touched.clear();
        written.clear();
        return moved;
    }

    private boolean moveBack() {
        List<Cost> events = new ArrayList<>();
        List<Cost> timers = new ArrayList<>();
        for (KeyRows of : keys.values()) {
            of.forEachTimed(entry -> events.add(cost(entry)));
            of.processingTimers.values().forEach(entry -> timers.add(cost(entry)));
        }
        Horizon eventTo = Horizon.within(heldBytesMax / 4, events.toArray(Cost[]::new));
        Horizon processingTo = Horizon.within(heldBytesMax / 4, timers.toArray(Cost[]::new));
        boolean moves = eventTo.compareTo(event) < 0 || processingTo.compareTo(processing) < 0;
        event = eventTo.compareTo(event) < 0 ? eventTo : event;
        processing = processingTo.compareTo(processing) < 0 ? processingTo : processing;
        return moves;
    }

    private static Cost cost(Entry entry) {
        return new Cost(Horizon.at(entry.window.startMillis(), entry.hash), Held.costOf(entry));
    }

    private void letGo(KeyRows of) {
        if (of.isEmpty()) {
            of.queuedAt = KeyRows.NOT_QUEUED;
            of.processingQueuedAt = KeyRows.NOT_QUEUED;
            keys.remove(ByteBuffer.wrap(of.key), of);
        }
    }

    /** A value that was not touched for long. */
    void evict(Entry entry) {
        KeyRows of = keys.get(ByteBuffer.wrap(RowKeys.parts(entry.key).userKey()));
        if (of != null && entry instanceof StateEntry value) {
            of.drop(value);
            of.stored().isWhole[value.slot] = false;
            if (!of.stored().isTouched) {
                letGo(of);
            }
        }
    }

    /** Adds to the step's changes what has been counted. */
    private void finish() {
        for (KeyRows of : touched) {
            KeyCounts counts = of.stored().counts;
            if (counts.isChanged) {
                counts.isChanged = false;
                byte[] place = StoreKeys.ofKey(store.operator, of.key, of.hash);
                if (counts.isNothing()) {
                    store.deleteDerived(place);
                } else {
                    sink.reset();
                    counts.write(sink);
                    store.putDerived(place, sink);
                }
            }
        }
    }

    // ---- keys ----

    KeyRows keyRows(byte[] key) {
        return keyRows(List.of(key)).get(0);
    }

    /** All that a step has to do with, at once. */
    List<KeyRows> keyRows(List<byte[]> all) {
        List<byte[]> unknown = new ArrayList<>();
        List<byte[]> places = new ArrayList<>();
        Set<ByteBuffer> seen = new HashSet<>();
        for (byte[] key : all) {
            if (!keys.containsKey(ByteBuffer.wrap(key)) && seen.add(ByteBuffer.wrap(key))) {
                unknown.add(key);
                places.add(StoreKeys.ofKey(store.operator, key, hash(key)));
            }
        }
        KeyCounts[] counts = new KeyCounts[unknown.size()];
        Arrays.setAll(counts, i -> new KeyCounts());
        store.store.get(places, (i, value) -> counts[i] = KeyCounts.read(value));
        for (int i = 0; i < counts.length; i++) {
            byte[] key = unknown.get(i);
            KeyCounts of = counts[i];
            keys.computeIfAbsent(
                    ByteBuffer.wrap(key),
                    k -> new KeyRows(key, hash(key), slots.size(), new StoredKey(of, held, slots.size())));
        }
        return all.stream().map(this::touch).toList();
    }

    private KeyRows touch(byte[] key) {
        KeyRows of = keys.get(ByteBuffer.wrap(key));
        if (of == null) {
            throw new IllegalStateException("a key has got lost");
        }
        touch(of);
        return of;
    }

    /** The step has to do with it. */
    void touch(KeyRows of) {
        if (!of.stored().isTouched) {
            of.stored().isTouched = true;
            touched.add(of);
        }
    }

    private static int hash(byte[] key) {
        return Murmur2.hash(key, 0, key.length);
    }

    List<KeyRows> touched() {
        return touched;
    }

    // ---- rows and timers ----

    /** From when on what comes of the key is not in memory. */
    long eventLimit(KeyRows of) {
        return event.limitOf(of.hash);
    }

    long processingLimit(KeyRows of) {
        return processing.limitOf(of.hash);
    }

    /** No row or timer in event time that is in the store alone comes before it. */
    long nextEventAt() {
        return event.timeMillis();
    }

    long nextProcessingAt() {
        return processing.timeMillis();
    }

    /** Brings the next rows and timers in event time into memory. */
    void loadEvents() {
        try (Timed rows = new Timed(TimeKind.ROW, event);
                Timed timers = new Timed(TimeKind.EVENT_TIMER, event)) {
            event = load(rows, timers);
        }
    }

    /** The same, of timers by the clock. */
    void loadProcessingTimers() {
        try (Timed timers = new Timed(TimeKind.PROCESSING_TIMER, processing)) {
            processing = load(timers, timers);
        }
    }

    private Horizon load(Timed one, Timed other) {
        List<Entry> loaded = new ArrayList<>();
        long bytes = 0;
        Horizon last = null;
        while (true) {
            Timed next = one.at.compareTo(other.at) <= 0 ? one : other;
            boolean isNew = last != null && next.at.compareTo(last) != 0;
            if (next.at.isEnd() || (bytes > heldBytesMax / 4 && isNew)) {
                hold(loaded);
                return next.at;
            }
            last = next.at;
            Entry entry = next.entry();
            if (entry != null) {
                loaded.add(entry);
                bytes += Held.costOf(entry);
            }
            next.move();
        }
    }

    private void hold(List<Entry> loaded) {
        keyRows(loaded.stream().map(entry -> RowKeys.parts(entry.key).userKey()).toList());
        for (Entry entry : loaded) {
            KeyRows of = touch(RowKeys.parts(entry.key).userKey());
            if (entry instanceof RowEntry row) {
                of.hold(row);
            } else if (entry instanceof TimerEntry timer
                    && !of.timers(timer.domain()).containsKey(timer.timeMillis())) {
                of.hold(timer);
            }
        }
    }

    /** Walks over the lane's rows or timers in the store, in the order of their time. */
    private final class Timed implements AutoCloseable {
        private final StateScan scan;
        Horizon at = Horizon.END;

        Timed(TimeKind kind, Horizon from) {
            byte[] begin = from.equals(Horizon.START)
                    ? StoreKeys.timedFrom(store.operator, kind)
                    : StoreKeys.timed(store.operator, kind, from.timeMillis(), from.order());
            scan = store.store.scan(begin, StoreKeys.timedTo(store.operator, kind));
            move();
        }

        void move() {
            while (scan.next()) {
                byte[] key = scan.key();
                int order = StoreKeys.order(key);
                if (store.isOfLane(order)) {
                    at = new Horizon(StoreKeys.window(key).startMillis(), order);
                    return;
                }
            }
            at = Horizon.END;
        }

        /** Null if this step has removed it. */
        @Nullable
        Entry entry() {
            byte[] storeKey = scan.key();
            return store.isRemoved(storeKey) ? null : readTimed(storeKey, scan.value());
        }

        @Override
        public void close() {
            scan.close();
        }
    }

    private Entry readTimed(byte[] storeKey, byte[] value) {
        byte[] key = StoreKeys.key(storeKey);
        RowKeys.Parts parts = RowKeys.parts(key);
        int hash = hash(parts.userKey());
        long at = StoreKeys.window(storeKey).startMillis();
        Entry read = StoreDerived.entry(storeKey, value);
        byte[] bytes = (byte[]) read.accumulator;
        Entry entry = StoreKeys.kind(storeKey) == StateFormat.ROW
                ? new RowEntry(key, hash, at, parts.part(), bytes)
                : TimerEntry.read(parts.userKey(), hash, TimerEntry.domain(parts.part()[0]), at, bytes);
        entry.reopened = read.reopened;
        store.known(entry, value.length);
        return entry;
    }

    /** Brings a timer into memory, if there is one, wherever the horizon is. */
    void loadTimer(KeyRows of, TimeDomain domain, long at) {
        boolean isEvent = domain == TimeDomain.EVENT_TIME;
        if (at < (isEvent ? eventLimit(of) : processingLimit(of))
                || of.timers(domain).containsKey(at)) {
            return;
        }
        byte[] key = RowKeys.of(of.key, new byte[] {TimerEntry.code(domain)});
        byte[] place = store.placeOf(StateFormat.TIMER, RowKeys.at(at), key, of.hash);
        if (!store.isRemoved(place)) {
            store.store.get(List.of(place), (i, value) -> of.hold((TimerEntry) readTimed(place, value)));
        }
    }

    // ---- state ----

    /** A value that is not in memory; null if there is none. */
    @Nullable
    StateEntry find(KeyRows of, int slot, byte[] part) {
        if (of.stored().isWhole[slot]) {
            return null;
        }
        byte[] place = placeOf(of, slot, part);
        if (store.isRemoved(place)) {
            return null;
        }
        store.store.get(List.of(place), (i, value) -> hold(of, slot, part, value));
        NavigableMap<byte[], StateEntry> entries = of.peek(slot);
        return entries == null ? null : entries.get(part);
    }

    private byte[] placeOf(KeyRows of, int slot, byte[] part) {
        return store.placeOf(StateFormat.STATE, RowKeys.slot(slotIds[slot]), RowKeys.of(of.key, part), of.hash);
    }

    private StateEntry hold(KeyRows of, int slot, byte[] part, byte[] value) {
        StateEntry entry = new StateEntry(of.key, of.hash, slotIds[slot], slot, part);
        Entry read = StateFormat.readEntry(
                StateFormat.STATE,
                entry.key,
                entry.window,
                new ByteSource(value),
                source -> source.readBytes(source.remaining()));
        entry.read((byte[]) read.accumulator, slots.get(slot).expires());
        entry.indexedAt = entry.writtenAt;
        of.slot(slot).put(part, entry);
        store.known(entry, value.length);
        return entry;
    }

    /** Brings a range of a state's values into memory. {@code to} is null for all that are left. */
    void loadRange(KeyRows of, int slot, byte[] from, byte @Nullable [] to) {
        if (of.stored().isWhole[slot]) {
            return;
        }
        try (StateScan scan = store.store.scan(placeOf(of, slot, from), endOf(of, slot, to))) {
            while (scan.next()) {
                takeValue(of, slot, scan);
            }
        }
        of.stored().isWhole[slot] = from.length == 0 && to == null;
    }

    /** Null where this step has removed it, or the call at hand. */
    private @Nullable StateEntry takeValue(KeyRows of, int slot, StateScan scan) {
        byte[] place = scan.key();
        byte[] part = RowKeys.parts(StoreKeys.key(place)).part();
        TreeMap<byte[], StateEntry> entries = of.peek(slot);
        StateEntry known = entries == null ? null : entries.get(part);
        if (known == null && !store.isRemoved(place)) {
            known = hold(of, slot, part, scan.value());
        }
        return known == null || known.value == null ? null : known;
    }

    private byte[] endOf(KeyRows of, int slot, byte @Nullable [] to) {
        return to == null ? StoreKeys.behind(placeOf(of, slot, new byte[0])) : placeOf(of, slot, to);
    }

    /** The last part of a state's values before {@code to} that the store has, or had; null if there is none. */
    byte @Nullable [] lastPart(KeyRows of, int slot, byte @Nullable [] to) {
        byte[] place = store.store.lastKey(placeOf(of, slot, new byte[0]), endOf(of, slot, to));
        return place == null ? null : RowKeys.parts(StoreKeys.key(place)).part();
    }

    /** Brings the first value into memory that is not before {@code from} and that is there. */
    void loadFirst(KeyRows of, int slot, byte[] from) {
        if (of.stored().isWhole[slot]) {
            return;
        }
        try (StateScan scan = store.store.scan(placeOf(of, slot, from), endOf(of, slot, null))) {
            while (scan.next()) {
                if (takeValue(of, slot, scan) != null) {
                    return;
                }
            }
        }
    }

    /** Brings the last value into memory that is before {@code to} and that is there. */
    void loadLast(KeyRows of, int slot, byte[] to) {
        byte[] before = of.stored().isWhole[slot] ? null : lastPart(of, slot, to);
        while (before != null) {
            TreeMap<byte[], StateEntry> entries = of.peek(slot);
            StateEntry known = entries == null ? null : entries.get(before);
            known = known == null ? find(of, slot, before) : known;
            if (known != null && known.value != null) {
                return;
            }
            before = lastPart(of, slot, before);
        }
    }

    // ---- what expires ----

    @Override
    public void put(Entry entry) {
        if (entry instanceof StateEntry value
                && slots.get(value.slot).expires()
                && value.indexedAt != value.writtenAt) {
            removeIndex(value);
            if (value.writtenAt < StateEntry.FOREVER) {
                sink.reset();
                store.putDerived(indexOf(value, value.writtenAt), sink);
                writtenFrom[value.slot] = Math.min(writtenFrom[value.slot], value.writtenAt);
            }
            value.indexedAt = value.writtenAt;
        }
    }

    @Override
    public void deleted(Entry entry) {
        if (entry instanceof StateEntry value && slots.get(value.slot).expires()) {
            removeIndex(value);
            value.indexedAt = StateEntry.NEVER;
        }
    }

    private void removeIndex(StateEntry value) {
        if (value.indexedAt != StateEntry.NEVER && value.indexedAt < StateEntry.FOREVER) {
            store.deleteDerived(indexOf(value, value.indexedAt));
        }
    }

    private byte[] indexOf(StateEntry value, long writtenAt) {
        return StoreKeys.expiry(store.operator, slotIds[value.slot], writtenAt, value.key, value.hash);
    }

    void wrote(KeyRows of, StateEntry value) {
        written.add(new Written(of, value));
    }

    /** Hands over what has expired at {@code now}, what expired first first, at most so much. */
    void expire(TimeDomain domain, long now, int atMost, BiConsumer<KeyRows, StateEntry> expired) {
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get(i);
            if (slot.expires() && slot.domain() == domain && now != Long.MIN_VALUE) {
                // Written then or before, it has expired.
                long upTo = now - slot.ttlMillis();
                if (writtenFrom[i] <= upTo) {
                    expire(i, upTo, atMost, expired);
                }
                expireWritten(i, upTo, expired);
            }
        }
    }

    /** What this step has written is not in the store. */
    private void expireWritten(int slot, long upTo, BiConsumer<KeyRows, StateEntry> expired) {
        for (Written each : written) {
            StateEntry value = each.value;
            if (value.slot == slot && value.value != null && value.writtenAt <= upTo) {
                expired.accept(each.of, value);
            }
        }
    }

    private void expire(int slot, long upTo, int atMost, BiConsumer<KeyRows, StateEntry> expired) {
        List<byte[]> due = new ArrayList<>();
        List<Long> writtenAt = new ArrayList<>();
        byte[] from = StoreKeys.expiryFrom(store.operator, slotIds[slot], writtenFrom[slot]);
        byte[] to = StoreKeys.expiryFrom(store.operator, slotIds[slot], upTo + 1);
        writtenFrom[slot] = upTo + 1;
        try (StateScan scan = store.store.scan(from, to)) {
            while (scan.next()) {
                byte[] key = scan.key();
                if (due.size() == atMost) {
                    writtenFrom[slot] = StoreKeys.expiryWrittenAt(key);
                    break;
                }
                if (store.isOfLane(StoreKeys.expiryOrder(key))) {
                    due.add(StoreKeys.expiryKey(key));
                    writtenAt.add(StoreKeys.expiryWrittenAt(key));
                }
            }
        }
        for (int i = 0; i < due.size(); i++) {
            RowKeys.Parts parts = RowKeys.parts(due.get(i));
            KeyRows of = keyRows(parts.userKey());
            NavigableMap<byte[], StateEntry> entries = of.peek(slot);
            StateEntry entry = entries == null ? null : entries.get(parts.part());
            entry = entry == null ? find(of, slot, parts.part()) : entry;
            // What this step has changed is in the index as it was.
            if (entry != null && entry.value != null && entry.writtenAt == writtenAt.get(i)) {
                expired.accept(of, entry);
            }
        }
    }
}
