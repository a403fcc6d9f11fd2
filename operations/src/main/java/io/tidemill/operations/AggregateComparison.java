package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.ResultKey;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares the newest result of every key and, where there are windows, window. */
final class AggregateComparison implements Comparison {
    /*
     * Elements are folded one by one, in the order of the log; those that are late apart from the others, and the two are
     * merged at the end, as an answer that is corrected once would be. (For an aggregate that minds the order, that is the
     * only order which the engine promises.) Keeping them apart also tells what the answer is before any correction.
     */
    private static final int WINDOW_BYTES = 2 * Long.BYTES;

    private final Parts parts;
    private final Committed committed;
    private final Aggregate<Object, Object, Object> aggregate;
    private final Operator.KeyBy keyBy;
    private final Pairs<Pair> pairs;
    private final int valueBytesMax;
    private final ByteSink sink = new ByteSink();

    /** What there should be and what there is for one key and window. */
    private static final class Pair implements Pairs.Held {
        @Nullable
        Object onTime;

        @Nullable
        Object late;

        byte @Nullable [] actual;
        int revision = -1;
        boolean wasRepeated;
        boolean isLabelled = true;
        boolean isRecent;

        boolean hasElements() {
            return onTime != null || late != null;
        }

        @Override
        public long bytes() {
            return actual == null ? 0 : actual.length;
        }
    }

    AggregateComparison(Parts parts, Committed committed, Pairs<Pair> pairs) {
        this.parts = parts;
        this.committed = committed;
        this.aggregate = parts.aggregate();
        Operator.KeyBy key = parts.keyBy();
        if (key == null) {
            throw new IllegalArgumentException("pipeline '" + parts.name() + "' aggregates without a key");
        }
        this.keyBy = key;
        this.pairs = pairs;
        this.valueBytesMax = ResultLimit.valueBytesMax(committed.resultsConfig());
    }
}
