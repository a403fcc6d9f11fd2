package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;

/**
 * An aggregate over elements that can be replaced and taken back: the results of another operator, which corrections change.
 * It keeps them, and folds those that are there when it is asked, in the order of {@link io.tidemill.api.plan.Row#ORDER}: so
 * any aggregate will do, and its answer depends on nothing but the elements.
 *
 * @param codec how elements are kept; the aggregate is given what it decodes
 * @param rowsMax how many a key may have in a window, also of those that have been taken back
 */
record RowsAggregate(Aggregate<Object, Object, Object> inner, Codec<Object> codec, int rowsMax)
        implements Aggregate<Object, RowSet, Object>, KeepsRows {
    /** Unless said otherwise. */
    static final int ROWS_MAX_DEFAULT = 100_000;

    @Override
    public RowSet create() {
        return new RowSet(rowsMax);
    }

    /** @param value a {@link RowChange} or a {@link io.tidemill.api.plan.Row} */
    @Override
    public RowSet add(RowSet accumulator, Object value) {
        accumulator.add(KeptRow.of(RowChange.of(value), codec));
        return accumulator;
    }

    @Override
    public RowSet merge(RowSet left, RowSet right) {
        left.merge(right);
        return left;
    }

    /** Whether all of its elements have been taken back: then there is nothing to have a result. */
    boolean isEmpty(RowSet accumulator) {
        return !accumulator.isLost() && accumulator.live().isEmpty();
    }

    @Override
    public Object result(RowSet accumulator) throws Exception {
        if (accumulator.isLost()) {
            throw accumulator.tooMany();
        }
        Object folded = inner.create();
        for (KeptRow row : accumulator.live()) {
            folded = inner.add(folded, codec.decode(row.bytes(), 0, row.bytes().length));
        }
        return inner.result(folded);
    }

    @Override
    public void write(RowSet accumulator, ByteSink sink) {
        accumulator.write(sink);
    }

    @Override
    public RowSet read(ByteSource source) {
        return RowSet.read(source, rowsMax);
    }

    @Override
    public String format() {
        return rows() + inner.format();
    }

    private String rows() {
        return "rows(" + codec.format() + ") into ";
    }

    /** The rows that were kept serve any aggregate. */
    @Override
    public boolean reads(String olderFormat) {
        return olderFormat.startsWith(rows());
    }

    @Override
    public void decode(RowSet accumulator) throws Exception {
        for (KeptRow row : accumulator.live()) {
            codec.decode(row.bytes(), 0, row.bytes().length);
        }
    }
}
