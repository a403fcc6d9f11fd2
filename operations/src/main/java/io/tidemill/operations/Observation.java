package io.tidemill.operations;

import io.tidemill.api.Window;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.Arrays;

/** The first look at history: how late elements were. */
final class Observation extends Walk {
    /** Finer sketches of more partitions would take too much memory. */
    private static final int FINE_PARTITIONS_MAX = 64;

    private final WindowAssigner windows;
    private final Parts parts;
    private final LatenessSketch[] sketches;
    private final long[] newest;
    private final int digits;
    long records;
    long filtered;
    long deadLettered;
    long earliestMillis = Long.MAX_VALUE;
    long newestMillis = Long.MIN_VALUE;

    Observation(Parts parts, WindowAssigner windows, int partitions) {
        super(parts);
        this.parts = parts;
        this.windows = windows;
        this.digits = partitions <= FINE_PARTITIONS_MAX ? LatenessSketch.DIGITS_FINE : LatenessSketch.DIGITS_LIVE;
        this.sketches = new LatenessSketch[partitions];
        Arrays.setAll(sketches, i -> new LatenessSketch(digits));
        this.newest = new long[partitions];
        Arrays.fill(newest, Elements.NO_TIME);
    }

    @Override
    void failed(int partition, RecordCursor record) {
        records++;
        deadLettered++;
    }

    @Override
    void taken(int partition, RecordCursor record, Elements.Made made) {
        records++;
        filtered += made.elements().isEmpty() ? 1 : 0;
        for (Element element : made.elements()) {
            take(sketches[partition], element.timeMillis(), newest[partition]);
        }
        newest[partition] = Math.max(newest[partition], made.newestMillis());
    }

    private void take(LatenessSketch sketch, long timeMillis, long newestBefore) {
        earliestMillis = Math.min(earliestMillis, timeMillis);
        newestMillis = Math.max(newestMillis, timeMillis);
        if (newestBefore == Elements.NO_TIME) {
            sketch.add(0, -1);
            return;
        }
        long overdue = -1;
        for (Window window : windows.windowsOf(timeMillis)) {
            overdue = Math.max(overdue, newestBefore - parts.closesAt(window));
        }
        sketch.add(newestBefore - timeMillis, overdue);
    }

    LatenessSketch of(int partition) {
        return sketches[partition];
    }

    LatenessSketch total() {
        LatenessSketch total = new LatenessSketch(digits);
        for (LatenessSketch each : sketches) {
            total.merge(each);
        }
        return total;
    }
}
