package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * The records of the changelog and of the closed windows. docs/state-format.md tells every field.
 *
 * <p>A changelog key is one letter and what it is about: {@code C} the cursor; {@code w}, operator, window: the counts of a
 * window; {@code a}, operator, window, key: an accumulator; {@code s}, operator, slice, key: an accumulator of a slice that
 * several windows share; {@code d}, operator, window, key: late elements that wait for their window to close; {@code c},
 * operator, first millisecond, key: elements of an open session; {@code r}, operator, window, key: a result that stands for
 * an open session. A tombstone removes what it is about. Closed sessions are {@code x}, operator, time, key. Of operators that keep rows: {@code p}, operator, time, key, input and
 * origin: a row that waits; {@code v}, operator, state, key, part: a state's value, element or entry; {@code t}, operator,
 * time, key, domain: a timer; their keys begin with the length of the user's key ({@link RowKeys}). {@code L},
 * partition of the source: how late its elements came; {@code R}: the state is being restored from a savepoint, and is not
 * whole; {@code S}: the store that holds entries beside the changelog.
 */
final class StateFormat {
    static final byte CURSOR = 'C';
    static final byte WINDOW = 'w';
    static final byte ACCUMULATOR = 'a';
    static final byte SLICE = 's';
    static final byte DEFERRED = 'd';
    static final byte LATENESS = 'L';
    static final byte CELL = 'c';
    static final byte RESULT = 'r';

    /** A closed session, or a part of one. */
    static final byte SESSION = 'x';

    /** A row that waits for its turn. */
    static final byte ROW = 'p';

    /** A value, an element of a list or an entry of a map that an operator keeps for a key. */
    static final byte STATE = 'v';

    static final byte TIMER = 't';

    /** In place of an accumulator, where there is none. */
    static final Object NOTHING = new Object();

    /** A savepoint is being restored, in more than one commit; its value is the savepoint's file. */
    static final byte RESTORING = 'R';

    /** The store that holds entries beside the changelog. */
    static final byte STORE = 'S';

    /** Kind, operator, start and end. */
    static final int KEY_PREFIX_BYTES = 1 + Integer.BYTES + 2 * Long.BYTES;

    private static final int REOPENED = 1;
    private static final int CHANGED = 2;
    private static final int FINAL = 4;
    private static final int DONE = 8;
    private static final int FORMER = 16;

    private StateFormat() {}

    /** What stands for an operator in keys: the hash of its name, so that it is found whatever else the pipeline has. */
    static int operatorId(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return Murmur2.hash(bytes, 0, bytes.length);
    }

    static void writeKey(byte kind, int operator, Window window, byte[] key, ByteSink sink) {
        writeKeyPrefix(kind, operator, window, sink);
        sink.write(key);
    }

    static void writeKeyPrefix(byte kind, int operator, Window window, ByteSink sink) {
        sink.write(kind);
        sink.writeInt(operator);
        sink.writeLong(window.startMillis());
        sink.writeLong(window.endMillis());
    }

    /** The hash of the user's key in the key of an entry, which decides on its lane. */
    static int hashOf(byte kind, byte[] key) {
        return isOfRows(kind) ? RowKeys.hash(key) : Murmur2.hash(key, 0, key.length);
    }

    /** Whether entries of the kind are those of an operator that keeps rows. */
    static boolean isOfRows(byte kind) {
        return kind == ROW || kind == STATE || kind == TIMER;
    }

    static void writeLatenessKey(int partition, ByteSink sink) {
        sink.write(LATENESS);
        sink.writeLong(partition);
    }

    /** The partition that a key of {@link #LATENESS} is about. */
    static int readPartition(byte[] bytes, int keyStart) {
        return (int) new ByteSource(bytes, keyStart + 1, Long.BYTES).readLong();
    }

    static Window readWindow(ByteSource key) {
        long start = key.readLong();
        long end = key.readLong();
        return start == Long.MIN_VALUE && end == Long.MAX_VALUE ? Entry.NO_WINDOW : new Window(start, end);
    }

    static void writeEntry(Entry entry, Aggregate<Object, Object, Object> aggregate, ByteSink sink) {
        sink.writeVarint(entry.revision);
        sink.write((entry.reopened ? REOPENED : 0)
                | (entry.changed ? CHANGED : 0)
                | (entry.isFinal ? FINAL : 0)
                | (entry.done ? DONE : 0)
                | (entry.former != null ? FORMER : 0));
        sink.writeVarlong(entry.count);
        sink.writeVarlong(entry.records);
        sink.writeVarlong(entry.unemitted);
        if (entry instanceof Cell cell) {
            sink.writeVarlong(cell.last - cell.first());
        }
        if (entry.former != null) {
            ByteSink former = new ByteSink();
            aggregate.write(entry.former, former);
            sink.writeVarint(former.size());
            sink.write(former.array(), 0, former.size());
        }
        if (entry.kind != RESULT) {
            aggregate.write(entry.accumulator, sink);
        }
    }

    /** As {@link #writeEntry} of an entry that {@link PackedTable#fits}, up to its accumulator. */
    static void writePacked(int revision, boolean changed, boolean isFinal, long count, ByteSink sink) {
        sink.writeVarint(revision);
        sink.write((changed ? CHANGED : 0) | (isFinal ? FINAL : 0));
        sink.writeVarlong(count);
        sink.writeVarlong(0);
        sink.writeVarlong(0);
    }

    /** Reads an entry's value; its window and key were in the record's key. */
    static Entry readEntry(
            byte kind, byte[] key, Window window, ByteSource source, Aggregate<Object, Object, Object> aggregate) {
        return readEntry(kind, key, window, source, aggregate::read);
    }

    /** @param accumulator reads what is left */
    static Entry readEntry(
            byte kind, byte[] key, Window window, ByteSource source, Function<ByteSource, Object> accumulator) {
        int revision = source.readVarint();
        byte flags = source.readByte();
        long count = source.readVarlong();
        long records = source.readVarlong();
        long unemitted = source.readVarlong();
        int hash = Murmur2.hash(key, 0, key.length);
        long last = kind == CELL ? window.startMillis() + source.readVarlong() : 0;
        Object former = (flags & FORMER) != 0 ? accumulator.apply(new ByteSource(source.readSized())) : null;
        Entry entry;
        if (kind == CELL) {
            entry = new Cell(key, hash, window.startMillis(), last, accumulator.apply(source));
        } else {
            entry = new Entry(kind, key, hash, window, kind == RESULT ? NOTHING : accumulator.apply(source));
        }
        entry.former = former;
        entry.revision = revision;
        entry.reopened = (flags & REOPENED) != 0;
        entry.changed = (flags & CHANGED) != 0;
        entry.isFinal = (flags & FINAL) != 0;
        entry.done = (flags & DONE) != 0;
        entry.count = count;
        entry.records = records;
        entry.unemitted = unemitted;
        return entry;
    }

    /** As version 1 had them. */
    static Entry readFirst(
            byte kind, byte[] key, Window window, ByteSource source, Aggregate<Object, Object, Object> aggregate) {
        int revision = source.readVarint();
        byte flags = source.readByte();
        long count = source.readVarlong();
        long records = source.readVarlong();
        Entry entry = new Entry(kind, key, Murmur2.hash(key, 0, key.length), window, aggregate.read(source));
        entry.revision = revision;
        entry.reopened = (flags & REOPENED) != 0;
        entry.changed = (flags & CHANGED) != 0;
        entry.isFinal = revision > 0;
        entry.count = count;
        entry.records = records;
        return entry;
    }
}
