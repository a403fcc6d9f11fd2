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
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares the newest result of every key and, where there are windows, window. */
final class AggregateComparison implements Comparison {
    /*
     * Elements are folded one by one, in the order of the log; those that are late apart from the others, and the two are
     * merged at the end, as an answer that is corrected once would be. (For an aggregate that minds the order, that is the
     * only order which the engine promises.) Keeping them apart also tells what the answer is before any correction.
     */
    private final Parts parts;
    private final Committed committed;
    private final Aggregate<Object, Object, Object> aggregate;
    private final Operator.KeyBy keyBy;
    private final Pairs<Pair> pairs;
    private final ResultLimit limit;
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

    AggregateComparison(Parts parts, Committed committed, Deque<Slice> slices, Pairs.Limits limits) {
        this.parts = parts;
        this.committed = committed;
        this.aggregate = parts.aggregate();
        Operator.KeyBy key = parts.keyBy();
        if (key == null) {
            throw new IllegalArgumentException("pipeline '" + parts.name() + "' aggregates without a key");
        }
        this.keyBy = key;
        this.pairs = new Pairs<>(slices, limits);
        this.limit = ResultLimit.of(committed.resultsConfig());
    }

    // ---- what there should be ----

    @Override
    public void rehearse(List<Element> elements, RecordCursor record) throws Exception {
        for (Element element : elements) {
            aggregate.add(aggregate.create(), element.value());
        }
    }

    @Override
    public void expect(Element element, @Nullable Window window, boolean late, RecordCursor record) throws Exception {
        Pair pair = pairs.get(identity(element, window), Pair::new);
        if (pair == null) {
            return;
        }
        if (late) {
            pair.late = aggregate.add(pair.late == null ? aggregate.create() : pair.late, element.value());
        } else {
            pair.onTime = aggregate.add(pair.onTime == null ? aggregate.create() : pair.onTime, element.value());
        }
    }

    private static byte[] identity(Element element, @Nullable Window window) {
        byte[] key = element.key();
        if (key == null) {
            throw new IllegalStateException("an element without a key");
        }
        return Identity.of(key, window);
    }

    // ---- what there is ----

    @Override
    public void find(RecordCursor result, boolean recent) {
        byte[] key = result.key();
        Pair pair = pairs.get(key == null ? new byte[0] : key, Pair::new);
        if (pair == null) {
            return;
        }
        pair.isRecent |= recent;
        pairs.grew(-pair.bytes());
        pair.actual = result.value();
        pairs.grew(pair.bytes());
        if (parts.windowed() != null && pair.actual != null) {
            readLabel(pair, result);
        }
    }

    private static void readLabel(Pair pair, RecordCursor result) {
        try {
            ResultKey label = ResultKey.of(result.key(), result.headers());
            pair.isLabelled = label.window() != null;
            pair.wasRepeated |= label.revision() <= pair.revision;
            pair.revision = label.revision();
        } catch (IllegalArgumentException e) {
            // It has the headers of a result, but not what belongs into them.
            pair.isLabelled = false;
        }
    }

    // ---- the comparison ----

    @Override
    public void conclude(Recount recount, Tally tally) {
        pairs.forEach((identity, pair) -> compare(identity, pair, recount, tally));
    }

    private void compare(byte[] identity, Pair pair, Recount recount, Tally tally) {
        Window window = parts.windowed() == null ? null : Identity.windowOf(identity);
        boolean isOpen = pair.hasElements() && window != null && committed.isOpen(window, identity);
        if (isOpen || pair.isRecent) {
            tally.open++;
            return;
        }
        if (!pair.hasElements() && pair.actual == null) {
            return;
        }
        tally.results++;
        // Asked for first, because merging may change the accumulator.
        Answer withoutLate = pair.late == null ? Answer.NONE : answer(identity, window, pair.onTime, pair.revision);
        Answer expected = answer(identity, window, whole(pair), pair.revision);
        boolean awaits = pair.late != null && awaitsCorrection(identity, window, recount);
        if (expected.is(pair.actual) && !pair.wasRepeated && pair.isLabelled) {
            tally.failed += pair.actual == null && !awaits ? 1 : 0;
        } else if (awaits && (withoutLate.is(pair.actual) || mayBePartlyCorrected(window))) {
            tally.mismatchThatAwaitsCorrection(
                    mismatch(identity, window, expected, pair, "late records wait for a correction"));
        } else {
            tally.mismatch(mismatch(identity, window, expected, pair, why(pair, expected, withoutLate)));
        }
    }

    private @Nullable Object whole(Pair pair) {
        Object onTime = pair.onTime;
        Object late = pair.late;
        return onTime == null ? late : late == null ? onTime : aggregate.merge(onTime, late);
    }

    private Answer answer(byte[] identity, @Nullable Window window, @Nullable Object accumulator, int revision) {
        if (accumulator == null) {
            return Answer.NONE;
        }
        try {
            byte[] keyBytes = Identity.keyOf(identity, window);
            Object key = keyBy.codec().decode(keyBytes, 0, keyBytes.length);
            Result<Object, Object> result =
                    new Result<>(key, window, aggregate.result(accumulator), Math.max(0, revision));
            Operator.MapResult mapping = parts.mapResult();
            sink.reset();
            parts.to()
                    .codec()
                    .encode(mapping == null ? result : mapping.mapper().apply(result), sink);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            return Answer.failed(e.toString());
        }
        return limit.holds(identity.length, sink.size())
                ? Answer.of(sink.toByteArray())
                : Answer.failed("its " + sink.size() + " bytes are too many for its topic");
    }

    /** Whether late elements of the pair may still be to be folded in. */
    private boolean awaitsCorrection(byte[] identity, @Nullable Window window, Recount recount) {
        Ledger.WindowCounts counts = countsOf(window);
        if (window == null || counts == null || committed.isBeyondCorrection(window)) {
            return committed.status().awaitingCorrection() > 0
                    || committed.state().isDeferred(identity);
        }
        return counts.corrected() < counts.late() - recount.of(window).givenUp;
    }

    /** Whether some late elements of the window have been folded in: of which keys, the ledger does not know. */
    private boolean mayBePartlyCorrected(@Nullable Window window) {
        Ledger.WindowCounts counts = countsOf(window);
        return counts == null ? committed.status().ledger().corrected() > 0 : counts.corrected() > 0;
    }

    private Ledger.@Nullable WindowCounts countsOf(@Nullable Window window) {
        return window == null ? null : committed.status().ledger().windows().get(window);
    }

    private static String why(Pair pair, Answer expected, Answer withoutLate) {
        if (!pair.hasElements()) {
            return "no record of the source belongs to it";
        } else if (pair.actual == null) {
            return "the result is missing";
        } else if (pair.wasRepeated) {
            return "a revision was written twice, or after a newer one";
        } else if (!pair.isLabelled) {
            return "the record's headers do not tell its window and revision";
        } else if (expected.value() == null) {
            return "the newest answer failed and is a dead letter; what the topic holds is older";
        } else if (pair.late != null && withoutLate.is(pair.actual)) {
            return "late records are not in it, although they count as corrected or given up";
        }
        return "the result differs";
    }

    private Mismatch mismatch(byte[] identity, @Nullable Window window, Answer expected, Pair pair, String why) {
        return new Mismatch(
                Printable.key(Identity.keyOf(identity, window), keyBy.codec()),
                window,
                expected.text(),
                Answer.of(pair.actual).text(),
                why);
    }
}
