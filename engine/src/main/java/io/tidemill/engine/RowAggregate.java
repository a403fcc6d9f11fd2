package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.HashSet;
import java.util.List;

/**
 * In place of an aggregate where elements are kept as they are: on the way to a lane the accumulator is the row, in the
 * state it is bytes.
 */
record RowAggregate(String format) implements Aggregate<Object, Object, Object> {
    /** Between the parts of a format. */
    static final String PART = "; ";

    /** A state may be added; what was kept under the others stays as it is. */
    @Override
    public boolean reads(String olderFormat) {
        return new HashSet<>(List.of(format.split(PART, -1))).containsAll(List.of(olderFormat.split(PART, -1)));
    }

    @Override
    public Object create() {
        return StateFormat.NOTHING;
    }

    @Override
    public Object add(Object accumulator, Object row) {
        return row;
    }

    @Override
    public Object merge(Object left, Object right) {
        throw new IllegalStateException("rows do not merge");
    }

    @Override
    public Object result(Object accumulator) {
        throw new IllegalStateException("rows have no result of their own");
    }

    @Override
    public void write(Object accumulator, ByteSink sink) {
        sink.write((byte[]) accumulator);
    }

    @Override
    public Object read(ByteSource source) {
        return source.readBytes(source.remaining());
    }
}
