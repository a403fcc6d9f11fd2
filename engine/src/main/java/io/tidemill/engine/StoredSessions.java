package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.engine.state.StateScan;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a lane of sessions has in a store. What is open of a key lies together there and is read as a whole when the key is
 * touched. When a key is to be looked at again is a second order in the store, with one place for each key that has sessions; it
 * may be too early, as after a restart, and never is too late. Late elements that wait, and keys that early results are due for,
 * stay in memory. Used by one thread at a time.
 */
final class StoredSessions {
    static final long NOT_INDEXED = Long.MAX_VALUE;
    private static final int DUE_AT_ONCE = 1_024;

    /** What a key, and an entry, takes in memory beside its bytes, roughly. */
    private static final int OBJECT_BYTES = 300;

    private final LaneStore store;
    private final SessionLane lane;
    private final SessionTable keys;
    private final StagePlan plan;
    private final ByteSink sink = new ByteSink();

    /** Those in memory, what was touched last last. */
    private final LinkedHashSet<KeySessions> recent = new LinkedHashSet<>();

    private final List<KeySessions> touched = new ArrayList<>();
    private long bytes;

    /** For when keys are to be looked at that this step has let go of, where the store does not have it so yet. */
    private final Map<ByteBuffer, Long> moved = new HashMap<>();

    /** Nothing in the store is due before. */
    private long dueFrom = Long.MIN_VALUE;

    /** The same, from the next step on. */
    private long dueAgainFrom = NOT_INDEXED;

    /** Where the walk over what is due goes on in this step; null where it begins. */
    private byte @Nullable [] resumeAt;

    /** Places in the order of what is due, in this step. */
    private long lookedAt;

    StoredSessions(LaneStore store, SessionLane lane, SessionTable keys) {
        this.store = store;
        this.lane = lane;
        this.keys = keys;
        this.plan = lane.pipeline;
        store.finishing = this::finish;
    }

    // ---- the step ----

    /** @param nextDue the least time that a key is to be looked at of those that the last step had to do with */
    void beginStep(long nextDue) {
        dueFrom = Math.min(dueFrom, Math.min(dueAgainFrom, nextDue));
        dueAgainFrom = NOT_INDEXED;
        resumeAt = null;
        lookedAt = 0;
        moved.clear();
        for (KeySessions of : touched) {
            of.isTouched = false;
            measure(of);
        }
        touched.clear();
        Iterator<KeySessions> oldest = recent.iterator();
        while (bytes > store.cacheBytesMax && oldest.hasNext()) {
            KeySessions of = oldest.next();
            if (!of.isTouched && (of.isEmpty() || !isPinned(of))) {
                oldest.remove();
                forget(of);
            }
        }
    }

    private static boolean isPinned(KeySessions of) {
        return of.awaitsEarly || !of.deferred.isEmpty();
    }

    private void measure(KeySessions of) {
        long now = (long) OBJECT_BYTES + of.key.length;
        for (OpenSession session : of.sessions) {
            for (Cell cell : session.cells) {
                now += (long) OBJECT_BYTES + cell.bytes;
            }
        }
        bytes += now - of.heldBytes;
        of.heldBytes = now;
        recent.remove(of);
        recent.add(of);
        if (of.isEmpty() && of.queuedAt == of.indexedAt) {
            recent.remove(of);
            forget(of);
        }
    }

    private void forget(KeySessions of) {
        bytes -= of.heldBytes;
        of.heldBytes = 0;
        if (keys.get(of.key, 0, of.key.length, of.hash) == of) {
            keys.remove(of);
        }
    }

    /** Adds to the step's changes when keys are to be looked at. */
    private void finish() {
        touched.forEach(this::index);
    }

    private void index(KeySessions of) {
        if (of.queuedAt == of.indexedAt) {
            return;
        }
        byte[] place = StoreKeys.ofKey(store.operator, of.key, of.hash);
        if (of.indexedAt != NOT_INDEXED) {
            store.deleteDerived(StoreKeys.due(store.operator, of.indexedAt, of.key, of.hash));
        }
        sink.reset();
        if (of.queuedAt == NOT_INDEXED) {
            store.deleteDerived(place);
        } else {
            store.putDerived(StoreKeys.due(store.operator, of.queuedAt, of.key, of.hash), sink);
            sink.writeLong(of.queuedAt);
            store.putDerived(place, sink);
            dueFrom = Math.min(dueFrom, of.queuedAt);
        }
        of.indexedAt = of.queuedAt;
    }

    void touch(KeySessions of) {
        if (!of.isTouched) {
            of.isTouched = true;
            touched.add(of);
        }
    }

    // ---- keys ----

    /** Brings those that have sessions into memory, of all that the elements are about. */
    void load(Partials partials) {
        List<byte[]> unknown = new ArrayList<>();
        for (int i = 0; i < partials.count; i++) {
            KeySessions of = keys.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
            if (of == null || !of.isLoaded) {
                int start = partials.keyStarts[i];
                unknown.add(Arrays.copyOfRange(partials.keys, start, start + partials.keyLengths[i]));
            }
        }
        load(unknown);
    }

    private void load(List<byte[]> unknown) {
        List<byte[]> places = new ArrayList<>(unknown.size());
        unknown.forEach(key -> places.add(StoreKeys.ofKey(store.operator, key, hash(key))));
        boolean[] known = new boolean[unknown.size()];
        store.store.get(places, (i, value) -> {
            known[i] = true;
            load(unknown.get(i), new ByteSource(value).readLong());
        });
        for (int i = 0; i < known.length; i++) {
            byte[] key = unknown.get(i);
            KeySessions of = keys.get(key, 0, key.length, hash(key));
            if (!known[i] && of != null) {
                // Late elements of it wait, and that is all.
                of.isLoaded = true;
            }
        }
    }

    /** A key that is in memory or has sessions in the store; null if it has none. */
    @Nullable
    KeySessions find(byte[] key, int hash) {
        KeySessions known = keys.get(key, 0, key.length, hash);
        if (known == null || !known.isLoaded) {
            load(List.of(key));
            known = keys.get(key, 0, key.length, hash);
        }
        return known;
    }

    private static int hash(byte[] key) {
        return Murmur2.hash(key, 0, key.length);
    }

    private KeySessions load(byte[] key, long indexedAt) {
        int hash = hash(key);
        KeySessions known = keys.get(key, 0, key.length, hash);
        if (known != null && known.isLoaded) {
            return known;
        }
        KeySessions of = known == null ? lane.create(key, hash) : known;
        of.isLoaded = true;
        of.indexedAt = moved.getOrDefault(ByteBuffer.wrap(key), indexedAt);
        of.queuedAt = of.indexedAt;
        byte[] from = StoreKeys.ofSessions(store.operator, key, hash);
        try (StateScan scan = store.store.scan(from, StoreKeys.behind(from))) {
            while (scan.next()) {
                byte[] place = scan.key();
                if (!store.isRemoved(place)) {
                    lane.take(of, read(place, scan.value()));
                }
            }
        }
        touch(of);
        return of;
    }

    private Entry read(byte[] place, byte[] value) {
        Entry entry = StateFormat.readEntry(
                StoreKeys.kind(place),
                StoreKeys.key(place),
                StoreKeys.window(place),
                new ByteSource(value),
                plan.aggregate);
        store.known(entry, value.length);
        return entry;
    }

    // ---- what is due ----

    /** Whether the walk over what is to be looked at at {@code upTo} or before is not at its end. */
    boolean hasDue(long upTo) {
        return dueFrom < behind(upTo);
    }

    /** How many places in that order this step has looked at, whether they lead to a key or not. */
    long lookedAt() {
        return lookedAt;
    }

    private static long behind(long upTo) {
        return upTo == Long.MAX_VALUE ? upTo : upTo + 1;
    }

    /**
     * Brings keys into memory that are to be looked at at {@code upTo} or before, some of them at a time.
     *
     * @return those keys; there may be none although {@link #hasDue} says that more places follow
     */
    List<KeySessions> loadDue(long upTo) {
        List<byte[]> places = dueBefore(behind(upTo));
        lookedAt += places.size();
        List<byte[]> keyPlaces = new ArrayList<>(places.size());
        for (byte[] place : places) {
            byte[] key = StoreKeys.dueKey(place);
            keyPlaces.add(StoreKeys.ofKey(store.operator, key, hash(key)));
        }
        long[] indexedAt = new long[places.size()];
        Arrays.fill(indexedAt, NOT_INDEXED);
        store.store.get(keyPlaces, (i, value) -> indexedAt[i] = new ByteSource(value).readLong());
        List<KeySessions> due = new ArrayList<>();
        for (int i = 0; i < indexedAt.length; i++) {
            takeDue(places.get(i), indexedAt[i], due);
        }
        return due;
    }

    /** @param indexedAt by the store, which does not know what this step has changed */
    private void takeDue(byte[] place, long indexedAt, List<KeySessions> due) {
        byte[] key = StoreKeys.dueKey(place);
        KeySessions known = keys.get(key, 0, key.length, hash(key));
        long at = known != null && known.isLoaded ? known.indexedAt : indexedAt;
        if (at != StoreKeys.dueAt(place)) {
            // Left behind by another place of the key.
            store.deleteDerived(place);
            return;
        }
        KeySessions of = load(key, at);
        touch(of);
        due.add(of);
    }

    private List<byte[]> dueBefore(long end) {
        List<byte[]> places = new ArrayList<>();
        byte[] from = resumeAt == null ? StoreKeys.dueFrom(store.operator, dueFrom) : resumeAt;
        try (StateScan scan = store.store.scan(from, StoreKeys.dueFrom(store.operator, end))) {
            while (scan.next()) {
                byte[] place = scan.key();
                if (places.size() == DUE_AT_ONCE) {
                    resumeAt = place;
                    dueFrom = StoreKeys.dueAt(place);
                    return places;
                }
                if (store.isOfLane(StoreKeys.dueOrder(place))) {
                    places.add(place);
                }
            }
        }
        dueFrom = end;
        return places;
    }

    /** Lets go of keys that were brought into memory and have not changed. */
    void release(List<KeySessions> due) {
        Set<KeySessions> released = new LinkedHashSet<>();
        for (KeySessions of : due) {
            if (!isPinned(of) && !of.sessions.isEmpty() && isClean(of)) {
                // Where the budget was at its end, it is due still.
                dueAgainFrom = Math.min(dueAgainFrom, of.queuedAt);
                if (of.queuedAt != of.indexedAt) {
                    index(of);
                    moved.put(ByteBuffer.wrap(of.key), of.indexedAt);
                }
                released.add(of);
                of.isTouched = false;
                of.queuedAt = NOT_INDEXED;
                recent.remove(of);
                forget(of);
            }
        }
        touched.removeAll(released);
    }

    private static boolean isClean(KeySessions of) {
        for (OpenSession session : of.sessions) {
            if (session.cells.stream().anyMatch(cell -> cell.dirty)
                    || session.results.stream().anyMatch(result -> result.dirty)) {
                return false;
            }
        }
        return true;
    }

    // ---- a start ----

    /** Late elements that wait. */
    void loadDeferred() {
        byte[] from = StoreKeys.ofKind(store.operator, StateFormat.DEFERRED);
        byte[] to = StoreKeys.behindKind(store.operator, StateFormat.DEFERRED);
        try (StateScan scan = store.store.scan(from, to)) {
            while (scan.next()) {
                byte[] place = scan.key();
                if (store.isOfLane(StoreKeys.order(place))) {
                    Entry late = read(place, scan.value());
                    KeySessions of = keys.get(late.key, 0, late.key.length, late.hash);
                    lane.take(of == null ? unloaded(late) : of, late);
                }
            }
        }
    }

    private KeySessions unloaded(Entry late) {
        KeySessions of = lane.create(late.key, late.hash);
        of.isLoaded = false;
        return of;
    }

    /** Shows all keys that have sessions, and keeps those that then await early results. */
    void loadEarly() {
        byte[] from = StoreKeys.ofSessionLane(store.operator, store.lane, store.lanes);
        byte[] to = StoreKeys.ofSessionLane(store.operator, store.lane + 1, store.lanes);
        byte[] last = {};
        try (StateScan scan = store.store.scan(from, to)) {
            while (scan.next()) {
                byte[] key = StoreKeys.key(scan.key());
                if (last.length == 0 || !Arrays.equals(key, last)) {
                    last = key;
                    KeySessions of = find(key, hash(key));
                    if (of != null && !lane.awaitEarlyAgain(of)) {
                        release(List.of(of));
                    }
                }
            }
        }
    }
}
