package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A session on the disk. One of many cells is in several records, its parts.
 *
 * @param revision of its last result
 * @param place the span of time under which its records are found: as long as a power of two, not shorter than the session,
 *     and around its first element
 * @param parts the times of its records; empty until it is written
 */
record ClosedSession(Window window, int revision, long count, Window place, List<Cell> cells, List<Window> parts) {
    private static final int PART_BYTES_MAX = 256 << 10;

    /** How many places there are, roughly, of what can be corrected. */
    private static final int PLACES = 4096;

    private static final long PLACE_MILLIS_MIN = 1024;

    static ClosedSession of(OpenSession session, int revision, StagePlan pipeline) {
        Window window = session.window();
        long least = Math.max(PLACE_MILLIS_MIN, pipeline.correctableMillis / PLACES);
        long size = powerOfTwo(Math.max(least, window.endMillis() - window.startMillis()));
        return new ClosedSession(
                window, revision, session.count, place(window.startMillis(), size), session.cells, new ArrayList<>());
    }

    private static long powerOfTwo(long atLeast) {
        return Long.highestOneBit(atLeast - 1) << 1;
    }

    private static Window place(long time, long size) {
        long start = Math.floorDiv(time, size) * size;
        return new Window(start, start + size);
    }

    /** Appends its records. */
    void write(StagePlan pipeline, byte[] key, Output output) {
        int from = 0;
        ByteSink sink = new ByteSink();
        ByteSink accumulator = new ByteSink();
        ByteSink keySink = new ByteSink();
        while (from < cells.size()) {
            sink.reset();
            int to = from;
            while (to < cells.size() && (to == from || sink.size() < PART_BYTES_MAX)) {
                write(cells.get(to++), pipeline.aggregate, accumulator, sink);
            }
            Window part = new Window(cells.get(from).first(), cells.get(to - 1).last + 1);
            parts.add(part);
            keySink.reset();
            StateFormat.writeKey(StateFormat.SESSION, pipeline.operatorId, part, key, keySink);
            output.add(0, -1, wrap(keySink), ByteBuffer.wrap(value(to - from, sink)), List.of());
            from = to;
        }
    }

    /** The value of a record that holds all of the cells. */
    byte[] toBytes(Aggregate<Object, Object, Object> aggregate) {
        ByteSink sink = new ByteSink();
        ByteSink accumulator = new ByteSink();
        cells.forEach(cell -> write(cell, aggregate, accumulator, sink));
        return value(cells.size(), sink);
    }

    private void write(Cell cell, Aggregate<Object, Object, Object> aggregate, ByteSink accumulator, ByteSink sink) {
        accumulator.reset();
        aggregate.write(cell.accumulator, accumulator);
        sink.writeVarlong(cell.first() - window.startMillis());
        sink.writeVarlong(cell.last - cell.first());
        sink.writeVarlong(cell.count);
        sink.writeVarint(accumulator.size());
        sink.write(accumulator.array(), 0, accumulator.size());
    }

    /** Of the session that a record is of, or is a part of. */
    static Window placeOf(byte[] value) {
        ByteSource source = new ByteSource(value);
        long start = source.readLong();
        source.readLong();
        source.readVarint();
        source.readVarlong();
        return place(start, source.readVarlong());
    }

    private byte[] value(int cellCount, ByteSink encoded) {
        ByteSink value = new ByteSink(encoded.size() + 64);
        value.writeLong(window.startMillis());
        value.writeLong(window.endMillis());
        value.writeVarint(revision);
        value.writeVarlong(count);
        value.writeVarlong(place.endMillis() - place.startMillis());
        value.writeVarint(cellCount);
        value.write(encoded.array(), 0, encoded.size());
        return value.toByteArray();
    }

    /** Reads one part. */
    static ClosedSession read(byte[] key, int hash, ByteSource value, Aggregate<Object, Object, Object> aggregate) {
        Window window = new Window(value.readLong(), value.readLong());
        int revision = value.readVarint();
        long count = value.readVarlong();
        long size = value.readVarlong();
        List<Cell> cells = new ArrayList<>();
        for (int i = value.readVarint(); i > 0; i--) {
            long first = window.startMillis() + value.readVarlong();
            long last = first + value.readVarlong();
            long elements = value.readVarlong();
            Object accumulator = aggregate.read(new ByteSource(value.readBytes(value.readVarint())));
            Cell cell = new Cell(key, hash, first, last, accumulator);
            cell.count = elements;
            cells.add(cell);
        }
        return new ClosedSession(window, revision, count, place(window.startMillis(), size), cells, new ArrayList<>());
    }

    /** Appends what makes readers forget it. */
    void remove(int operator, byte[] key, Output output) {
        ByteSink keySink = new ByteSink();
        for (Window part : parts) {
            keySink.reset();
            StateFormat.writeKey(StateFormat.SESSION, operator, part, key, keySink);
            output.add(0, -1, wrap(keySink), null, List.of());
        }
    }

    private static ByteBuffer wrap(ByteSink sink) {
        return ByteBuffer.wrap(sink.array(), 0, sink.size());
    }

    long first() {
        return window.startMillis();
    }

    long last() {
        return window.endMillis() - 1;
    }
}
