package io.tidemill.engine;

import io.tidemill.api.Pane;
import io.tidemill.engine.RowOutput.RowId;

/** Turns entries of an operator with many results into rows. Used by one thread at a time. */
final class RowWriter implements ResultConsumer {
    private static final byte[] ALL = {};

    private final MultiResult<Object> aggregate;
    private final RowOutput output;

    /** Since somebody took them. */
    final OperatorCounts counts = new OperatorCounts();

    private Entry entry;
    private int revision;
    private Pane pane = Pane.FINAL;

    RowWriter(MultiResult<Object> aggregate, RowOutput output) {
        this.aggregate = aggregate;
        this.output = output;
        this.entry = new Entry(StateFormat.RESULT, ALL, 0, Entry.NO_WINDOW, StateFormat.NOTHING);
    }

    /** Tells how the entry's results differ from those that it told last. */
    void write(Entry of, int itsRevision, Pane itsPane) {
        tell(of, of.accumulator, itsRevision, itsPane);
    }

    /** Takes back all results that the entry told last. */
    void retract(Entry of, int itsRevision, Pane itsPane) {
        tell(of, aggregate.create(), itsRevision, itsPane);
    }

    private void tell(Entry of, Object now, int itsRevision, Pane itsPane) {
        entry = of;
        revision = itsRevision;
        pane = itsPane;
        aggregate.changes(of.former, now, counts, this);
    }

    private RowId row(byte[] id) {
        return entry.isWindowed()
                ? new RowId(entry.key, entry.hash, id, entry.window, entry.window.endMillis() - 1)
                : new RowId(entry.key, entry.hash, id, null, Long.MIN_VALUE);
    }

    @Override
    public void added(byte[] id, Object value) {
        counts.out += 1;
        output.emit(row(id), value, revision, pane);
    }

    @Override
    public void replaced(byte[] id, Object former, Object value) {
        output.replace(row(id), former, value, revision, pane);
    }

    @Override
    public void removed(byte[] id, Object former) {
        counts.out += -1;
        output.retract(row(id), former, revision, pane);
    }

    @Override
    public void failed(byte[] id, byte[] payload, Throwable error) {
        output.fail(row(id), payload, revision, pane, error);
    }

    @Override
    public void failed(Throwable error) {
        output.fail(row(ALL), null, revision, pane, error);
    }
}
