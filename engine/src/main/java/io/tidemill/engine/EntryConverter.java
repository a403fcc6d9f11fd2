package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.engine.savepoint.SampleEntry;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointFormat;

/** Reads the entries of an operator under some code, and writes them as that code does. */
final class EntryConverter {
    private final SimplePlan code;
    private final Aggregate<Object, Object, Object> aggregate;
    private final String format;
    private final boolean isSame;

    /** @param format of the accumulators in the savepoint; the code reads it, by parts if not otherwise */
    EntryConverter(SimplePlan code, String format) {
        this.code = code;
        this.aggregate = code.requireAggregate();
        this.format = format;
        this.isSame = format.equals(aggregate.format());
    }

    boolean isSame() {
        return isSame;
    }

    static boolean holdsAccumulator(byte kind) {
        return kind == StateFormat.ACCUMULATOR
                || kind == StateFormat.SLICE
                || kind == StateFormat.DEFERRED
                || kind == SavepointFormat.CLOSED;
    }

    /** Throws whatever the code does; also where bytes are left over. */
    Entry read(SavepointEntry entry) {
        ByteSource source = new ByteSource(entry.value());
        Entry read = StateFormat.readEntry(entry.kind(), entry.key(), window(entry), source, this::accumulator);
        if (source.remaining() > 0) {
            throw new IllegalStateException(source.remaining() + " bytes are left over");
        }
        return read;
    }

    private Object accumulator(ByteSource source) {
        if (isSame) {
            return aggregate.read(source);
        }
        if (!aggregate.reads(format) && aggregate instanceof AggregateOfParts<?> parts) {
            return parts.readParts(source, format);
        }
        return aggregate.read(source, format);
    }

    /** The value as the code's own state holds it. */
    byte[] convert(SavepointEntry entry) {
        if (isSame) {
            return entry.value();
        }
        ByteSink sink = new ByteSink();
        StateFormat.writeEntry(read(entry), aggregate, sink);
        return sink.toByteArray();
    }

    /** Also decodes the key, and asks for no result: that may fail for reasons of its own. */
    void decode(SavepointEntry entry) throws Exception {
        code.requireKeyBy().codec().decode(entry.key(), 0, entry.key().length);
        read(entry);
    }

    SampleEntry sample(String operator, SavepointEntry entry) {
        String key;
        String result;
        long elements = 0;
        try {
            key = String.valueOf(code.requireKeyBy().codec().decode(entry.key(), 0, entry.key().length));
        } catch (Exception e) {
            key = "undecodable: " + UserError.message(e);
        }
        try {
            Entry read = read(entry);
            elements = read.count;
            result = String.valueOf(aggregate.result(read.accumulator));
        } catch (Exception e) {
            result = "none: " + UserError.message(e);
        }
        return new SampleEntry(operator, (char) entry.kind(), windowText(entry), key, elements, result);
    }

    static Window window(SavepointEntry entry) {
        return entry.start() == Long.MIN_VALUE ? Entry.NO_WINDOW : new Window(entry.start(), entry.end());
    }

    static String windowText(SavepointEntry entry) {
        return entry.start() == Long.MIN_VALUE ? "" : window(entry).toString();
    }
}
