package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Window;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.api.plan.KeptValues;
import io.tidemill.engine.savepoint.SampleEntry;
import io.tidemill.engine.savepoint.SavepointEntry;
import io.tidemill.engine.savepoint.SavepointFormat;
import java.util.HashSet;
import java.util.Set;

/** Reads the entries of an operator under some code, and writes them as that code does. */
final class EntryConverter {
    final StagePlan stage;
    private final Aggregate<Object, Object, Object> aggregate;
    private final Aggregate<Object, Object, Object> older;
    private final Set<Long> lostSlots = new HashSet<>();
    private final boolean isSame;

    /**
     * @param stage the operator in the code
     * @param format of the accumulators in the savepoint; the code reads it, by parts if not otherwise
     * @param lostStates names of states of a function that are given up
     */
    EntryConverter(StagePlan stage, String format, Set<String> lostStates) {
        this.stage = stage;
        this.aggregate = stage.aggregate;
        this.isSame = stage.process != null || format.equals(aggregate.format());
        this.older = isSame ? aggregate : new Older(aggregate, format);
        lostStates.forEach(name -> lostSlots.add(RowKeys.slotId(name)));
    }

    boolean isSame() {
        return isSame;
    }

    /** Whether entries of the kind hold what the aggregate writes. */
    static boolean holdsAccumulator(byte kind) {
        return kind == StateFormat.ACCUMULATOR
                || kind == StateFormat.SLICE
                || kind == StateFormat.DEFERRED
                || kind == StateFormat.CELL
                || kind == SavepointFormat.ENDED
                || kind == SavepointFormat.CLOSED;
    }

    /** Whether entries of the kind hold something of the user's. */
    static boolean isDecodable(byte kind) {
        return holdsAccumulator(kind) || StateFormat.isOfRows(kind);
    }

    /** Whether the entry is of a state that is given up. */
    boolean isLost(SavepointEntry entry) {
        return entry.kind() == StateFormat.STATE && lostSlots.contains(entry.start());
    }

    // ---- converting ----

    /** The value as the code's own state holds it. */
    byte[] convert(SavepointEntry entry) {
        if (isSame || !holdsAccumulator(entry.kind())) {
            return entry.value();
        }
        if (entry.kind() == SavepointFormat.ENDED) {
            return readSession(entry).toBytes(aggregate);
        }
        ByteSink sink = new ByteSink();
        StateFormat.writeEntry(read(entry), aggregate, sink);
        return sink.toByteArray();
    }

    /** Throws whatever the code does; also where bytes are left over. */
    private Entry read(SavepointEntry entry) {
        ByteSource source = new ByteSource(entry.value());
        Entry read = StateFormat.readEntry(entry.kind(), entry.key(), window(entry), source, older);
        requireEnd(source);
        return read;
    }

    private ClosedSession readSession(SavepointEntry entry) {
        ByteSource source = new ByteSource(entry.value());
        ClosedSession session = ClosedSession.read(entry.key(), 0, source, older);
        requireEnd(source);
        return session;
    }

    private static void requireEnd(ByteSource source) {
        if (source.remaining() > 0) {
            throw new IllegalStateException(source.remaining() + " bytes are left over");
        }
    }

    /** How many late records wait in the value of a {@link StateFormat#DEFERRED}. */
    static long deferredRecords(byte[] value) {
        ByteSource source = new ByteSource(value);
        source.readVarint();
        source.readByte();
        source.readVarlong();
        return source.readVarlong();
    }

    /** The same value, in which so many late records wait. */
    static byte[] withDeferredRecords(byte[] value, long records) {
        ByteSource source = new ByteSource(value);
        ByteSink sink = new ByteSink();
        sink.writeVarint(source.readVarint());
        sink.write(source.readByte());
        sink.writeVarlong(source.readVarlong());
        source.readVarlong();
        sink.writeVarlong(records);
        sink.write(source.readBytes(source.remaining()));
        return sink.toByteArray();
    }

    // ---- decoding ----

    /** Also decodes the key and the values that are kept, and asks for no result: that may fail for reasons of its own. */
    void decode(SavepointEntry entry) throws Exception {
        byte[] key = userKey(entry);
        stage.keyCodec.decode(key, 0, key.length);
        if (StateFormat.isOfRows(entry.kind())) {
            decodeOfRows(entry);
        } else if (entry.kind() == SavepointFormat.ENDED) {
            for (Cell cell : readSession(entry).cells()) {
                decodeKept(cell.accumulator);
            }
        } else {
            decodeKept(read(entry).accumulator);
        }
    }

    static byte[] userKey(SavepointEntry entry) {
        return StateFormat.isOfRows(entry.kind()) ? RowKeys.parts(entry.key()).userKey() : entry.key();
    }

    private void decodeKept(Object accumulator) throws Exception {
        KeptValues.tryOf(aggregate, accumulator);
        Object keeping = aggregate;
        if (keeping instanceof KeepsRows rows) {
            rows.decode((RowSet) accumulator);
        }
    }

    /** Returns what was decoded. */
    private Object decodeOfRows(SavepointEntry entry) throws Exception {
        ProcessPlan process = stage.process;
        if (process == null) {
            throw new IllegalStateException("an entry of an operator that keeps elements");
        }
        RowKeys.Parts parts = RowKeys.parts(entry.key());
        byte[] value = (byte[]) read(entry).accumulator;
        if (entry.kind() == StateFormat.ROW) {
            Codec<Object> codec = process.codec(parts.part()[0]);
            return codec.decode(value, 0, value.length);
        } else if (entry.kind() == StateFormat.TIMER) {
            return TimerEntry.domain(parts.part()[0]);
        }
        Integer place = isLost(entry) ? null : process.slotPlaces().get(entry.start());
        if (place == null) {
            return "";
        }
        StateEntry state = new StateEntry(parts.userKey(), 0, entry.start(), place, parts.part());
        state.read(value, process.operator().slots().get(place).expires());
        byte[] bytes = state.value == null ? new byte[0] : state.value;
        return process.operator().slots().get(place).name() + ": "
                + process.operator().decode(process, place, parts.part(), bytes);
    }

    SampleEntry sample(String operator, SavepointEntry entry) {
        String key;
        String result;
        long elements = 0;
        try {
            byte[] bytes = userKey(entry);
            key = String.valueOf(stage.keyCodec.decode(bytes, 0, bytes.length));
        } catch (Exception e) {
            key = "undecodable: " + ErrorText.message(e);
        }
        try {
            if (StateFormat.isOfRows(entry.kind())) {
                result = String.valueOf(decodeOfRows(entry));
            } else if (entry.kind() == SavepointFormat.ENDED) {
                ClosedSession session = readSession(entry);
                elements =
                        session.cells().stream().mapToLong(cell -> cell.count).sum();
                result = String.valueOf(aggregate.result(merged(session)));
            } else {
                Entry read = read(entry);
                elements = read.count;
                result = String.valueOf(aggregate.result(read.accumulator));
            }
        } catch (Exception e) {
            result = "none: " + ErrorText.message(e);
        }
        return new SampleEntry(operator, (char) entry.kind(), windowText(entry), key, elements, result);
    }

    private Object merged(ClosedSession session) {
        Object merged = aggregate.create();
        for (Cell cell : session.cells()) {
            merged = aggregate.merge(merged, cell.accumulator);
        }
        return merged;
    }

    static Window window(SavepointEntry entry) {
        return entry.start() == Long.MIN_VALUE ? Entry.NO_WINDOW : new Window(entry.start(), entry.end());
    }

    static String windowText(SavepointEntry entry) {
        return entry.start() == Long.MIN_VALUE || entry.kind() == StateFormat.STATE
                ? ""
                : window(entry).toString();
    }

    /** The code's aggregate, that reads accumulators of another format and writes its own. */
    private record Older(Aggregate<Object, Object, Object> now, String olderFormat)
            implements Aggregate<Object, Object, Object> {
        @Override
        public Object create() {
            return now.create();
        }

        @Override
        public Object add(Object accumulator, Object value) throws Exception {
            return now.add(accumulator, value);
        }

        @Override
        public Object merge(Object left, Object right) {
            return now.merge(left, right);
        }

        @Override
        public Object result(Object accumulator) throws Exception {
            return now.result(accumulator);
        }

        @Override
        public void write(Object accumulator, ByteSink sink) {
            now.write(accumulator, sink);
        }

        @Override
        public Object read(ByteSource source) {
            Object aggregate = now;
            if (!now.reads(olderFormat) && aggregate instanceof AggregateOfParts<?> parts) {
                return parts.readParts(source, olderFormat);
            }
            return now.read(source, olderFormat);
        }
    }
}
