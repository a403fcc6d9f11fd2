package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;

/**
 * The records of the changelog and of the closed windows. docs/state-format.md tells every field.
 *
 * <p>A changelog key is one letter and what it is about: {@code C} the cursor; {@code W}, window start: the counts of a
 * window; {@code A}, window start, key: an accumulator; {@code D}, window start, key: late elements that wait for their
 * window to close; {@code L}, partition: how late its elements came. A tombstone removes what it is about.
 */
final class StateFormat {
    static final byte CURSOR = 'C';
    static final byte WINDOW = 'W';
    static final byte ACCUMULATOR = 'A';
    static final byte DEFERRED = 'D';
    static final byte LATENESS = 'L';

    private StateFormat() {}

    static void writeKey(byte kind, long window, byte[] key, ByteSink sink) {
        sink.write(kind);
        sink.writeLong(window);
        sink.write(key);
    }

    static void writeEntry(Entry entry, Aggregate<Object, Object, Object> aggregate, ByteSink sink) {
        sink.writeVarint(entry.revision);
        sink.write((entry.reopened ? 1 : 0) | (entry.changed ? 2 : 0));
        sink.writeVarlong(entry.count);
        sink.writeVarlong(entry.records);
        aggregate.write(entry.accumulator, sink);
    }

    /** Reads an entry's value; its window and key were in the record's key. */
    static Entry readEntry(byte[] key, long window, ByteSource source, Aggregate<Object, Object, Object> aggregate) {
        int revision = source.readVarint();
        byte flags = source.readByte();
        long count = source.readVarlong();
        long records = source.readVarlong();
        Entry entry = new Entry(key, Murmur2.hash(key, 0, key.length), window, aggregate.read(source));
        entry.revision = revision;
        entry.reopened = (flags & 1) != 0;
        entry.changed = (flags & 2) != 0;
        entry.count = count;
        entry.records = records;
        return entry;
    }
}
