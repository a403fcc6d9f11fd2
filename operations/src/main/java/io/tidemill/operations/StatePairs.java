package io.tidemill.operations;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.batch.RecordCursor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys and windows that a pipeline's state holds. Open are those that have not closed, are being closed, or were opened
 * again by a slow partition; deferred are those with late elements that wait for the window to close. Of the state, which
 * docs/state-format.md describes, this reads keys and a few flags only.
 */
final class StatePairs {
    private static final byte WINDOW = 'w';
    private static final byte ACCUMULATOR = 'a';
    private static final byte SLICE = 's';
    private static final byte DEFERRED = 'd';

    /** Elements of an open session: known by the first millisecond, in its value how far it goes. */
    private static final byte CELL = 'c';

    /** A result of a session that is open again: it stands until that one closes. */
    private static final byte STANDING = 'r';

    // Version 1 knew tumbling windows only, by their start.
    private static final byte WINDOW_1 = 'W';
    private static final byte ACCUMULATOR_1 = 'A';
    private static final byte DEFERRED_1 = 'D';

    private static final int DONE = 8;

    /** Elements, records, and those since the last result. */
    private static final int CELL_COUNTS = 3;

    private static final int RETRIES_MAX = 20;

    /** What there is by key and window: whether it has closed already, and waits for other keys of its window. */
    private final Map<ByteKey, Boolean> held = new HashMap<>();

    private final Set<ByteKey> deferred = new HashSet<>();

    /** Windows of slices of which some keys have closed, and others not. */
    private final Set<Window> closing = new HashSet<>();

    /** Where windows are sessions: what is open of each key. */
    private final Map<ByteKey, Set<Window>> spans = new HashMap<>();

    /** Where windows are sessions: late elements of each key. */
    private final Map<ByteKey, Set<Window>> deferredOf = new HashMap<>();

    private final boolean hasSessions;

    private StatePairs(boolean hasSessions) {
        this.hasSessions = hasSessions;
    }

    static StatePairs none() {
        return new StatePairs(false);
    }

    static StatePairs read(Log log, Parts parts, @Nullable StateStores stores) {
        for (int i = 0; ; i++) {
            try {
                StatePairs pairs = new StatePairs(parts.session() != null);
                Stored.before(log, parts, stores, record -> pairs.take(record, parts))
                        .run(log, new Meter((done, total) -> {}), record -> pairs.take(record, parts));
                return pairs;
            } catch (AuditException e) {
                // A running pipeline has cut off the part that is being read, and has written it again behind.
                if (!(e.getCause() instanceof LogException) || i == RETRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private void take(RecordCursor record, Parts parts) {
        if (record.keyLength() <= Long.BYTES) {
            return;
        }
        ByteSource key = new ByteSource(record.array(), record.keyStart(), record.keyLength());
        byte kind = key.readByte();
        boolean removed = record.valueLength() < 0;
        switch (kind) {
            case WINDOW_1, ACCUMULATOR_1, DEFERRED_1 ->
                take(kind, parts.windowsOf(key.readLong()).get(0), key, removed, record);
            case WINDOW, ACCUMULATOR, SLICE, CELL, STANDING, DEFERRED -> {
                if (parts.isOperators(key.readInt())) {
                    take(kind, new Window(key.readLong(), key.readLong()), key, removed, record);
                }
            }
            default -> {
                // nothing about a window
            }
        }
    }

    private void take(byte kind, Window window, ByteSource rest, boolean removed, RecordCursor record) {
        byte[] key = rest.readBytes(rest.remaining());
        ByteKey identity = new ByteKey(Identity.of(key, window));
        switch (kind) {
            case WINDOW -> put(closing, window, !removed && isClosing(record));
            case DEFERRED, DEFERRED_1 -> {
                put(deferred, identity, !removed);
                if (hasSessions) {
                    put(deferredOf.computeIfAbsent(new ByteKey(key), k -> new HashSet<>()), window, !removed);
                }
            }
            case ACCUMULATOR, ACCUMULATOR_1 -> {
                boolean done = !removed && isDone(record);
                if (removed) {
                    held.remove(identity);
                } else {
                    held.put(identity, done);
                }
                span(key, window, !removed && !done);
            }
            case SLICE, STANDING -> span(key, window, !removed);
            case CELL -> cell(key, window, removed ? -1 : cellMillis(record));
            default -> {
                // counts of a window as version 1 had them
            }
        }
    }

    private void span(byte[] key, Window window, boolean isOpen) {
        if (hasSessions) {
            put(spans.computeIfAbsent(new ByteKey(key), k -> new HashSet<>()), window, isOpen);
        }
    }

    /** @param millis how far its last element is behind its first one; -1 if it is gone */
    private void cell(byte[] key, Window first, long millis) {
        Set<Window> of = spans.computeIfAbsent(new ByteKey(key), k -> new HashSet<>());
        of.removeIf(span -> span.startMillis() == first.startMillis());
        if (millis >= 0) {
            of.add(new Window(first.startMillis(), first.endMillis() + millis));
        }
    }

    private static long cellMillis(RecordCursor record) {
        ByteSource value = value(record);
        value.readVarint();
        value.readByte();
        for (int i = 0; i < CELL_COUNTS; i++) {
            value.readVarlong();
        }
        return value.readVarlong();
    }

    private static <E> void put(Set<E> set, E element, boolean isIn) {
        if (isIn) {
            set.add(element);
        } else {
            set.remove(element);
        }
    }

    private static ByteSource value(RecordCursor record) {
        return new ByteSource(record.array(), record.valueStart(), record.valueLength());
    }

    private static boolean isDone(RecordCursor record) {
        ByteSource value = value(record);
        value.readVarint();
        return (value.readByte() & DONE) != 0;
    }

    private static boolean isClosing(RecordCursor record) {
        ByteSource value = value(record);
        value.readVarlong();
        value.readVarlong();
        value.readVarlong();
        return value.readByte() != 0;
    }

    /** Whether there is something of the key that the window, although its time is over, has yet to tell. */
    boolean isOpen(Window window, byte[] identity) {
        Boolean isDone = held.get(new ByteKey(identity));
        return isDone == null ? closing.contains(window) : !isDone;
    }

    boolean isDeferred(byte[] identity) {
        return deferred.contains(new ByteKey(identity));
    }

    /** Whether late elements of a key wait, where windows are sessions. */
    boolean isDeferring(byte[] key) {
        return !deferredOf.getOrDefault(new ByteKey(key), Set.of()).isEmpty();
    }

    /** What is open of a key, where windows are sessions. */
    Set<Window> openOf(byte[] key) {
        return spans.getOrDefault(new ByteKey(key), Set.of());
    }
}
