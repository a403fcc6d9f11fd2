package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Window;
import io.tidemill.engine.Ledger;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares the newest result of every key and, where there are windows that the calendar decides, window. */
final class AggregateComparison implements Comparison {
    /*
     * Elements are folded one by one, in the order of the log; those that are late apart from the others, and the two are
     * merged at the end, as an answer that is corrected once would be. (For an aggregate that minds the order, that is the
     * only order which the engine promises.) Keeping them apart also tells what the answer is before any correction. An
     * element in several windows is folded once for each: no slices here.
     */
    private final Parts parts;
    private final Committed committed;
    private final Aggregate<Object, Object, Object> aggregate;
    private final Pairs<Pair> pairs;
    private final Answering answering;

    /** What there should be and what there is for one key and window. */
    private static final class Pair implements Pairs.Held {
        @Nullable
        Object onTime;

        @Nullable
        Object late;

        final FoundResult found = new FoundResult();

        boolean hasElements() {
            return onTime != null || late != null;
        }

        @Override
        public long bytes() {
            return found.bytes();
        }
    }

    AggregateComparison(Parts parts, Committed committed, Deque<Slice> slices, Pairs.Limits limits) {
        this.parts = parts;
        this.committed = committed;
        this.aggregate = parts.aggregate();
        this.answering = new Answering(parts, committed);
        this.pairs = new Pairs<>(slices, limits);
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
        Pair pair = pairs.get(Identity.of(element.requireKey(), window), Pair::new);
        if (pair == null) {
            return;
        }
        if (late) {
            pair.late = aggregate.add(pair.late == null ? aggregate.create() : pair.late, element.value());
        } else {
            pair.onTime = aggregate.add(pair.onTime == null ? aggregate.create() : pair.onTime, element.value());
        }
    }

    // ---- what there is ----

    @Override
    public void find(RecordCursor result, boolean recent) {
        byte[] key = result.key();
        Pair pair = pairs.get(key == null ? new byte[0] : key, Pair::new);
        if (pair == null) {
            return;
        }
        pairs.grew(-pair.bytes());
        pair.found.take(result, recent, parts.windowed() != null);
        pairs.grew(pair.bytes());
    }

    // ---- the comparison ----

    @Override
    public void conclude(Recount recount, Tally tally) {
        pairs.forEach((identity, pair) -> compare(identity, pair, recount, tally));
    }

    private void compare(byte[] identity, Pair pair, Recount recount, Tally tally) {
        Window window = parts.windowed() == null ? null : Identity.windowOf(identity);
        boolean isOpen = pair.hasElements() && window != null && committed.isOpen(window, identity);
        if (isOpen || pair.found.isRecent) {
            tally.open++;
            return;
        }
        byte[] actual = pair.found.value;
        if (!pair.hasElements() && actual == null) {
            return;
        }
        tally.results++;
        // Asked for first, because merging may change the accumulator.
        Answer withoutLate = pair.late == null ? Answer.NONE : answer(identity, window, pair.onTime, pair);
        Answer expected = answer(identity, window, whole(pair), pair);
        boolean awaits = pair.late != null && awaitsCorrection(identity, window, recount);
        if (expected.is(actual) && pair.found.fault() == null) {
            tally.failed += actual == null && !awaits ? 1 : 0;
        } else if (awaits && (withoutLate.is(actual) || mayBePartlyCorrected(window))) {
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

    private Answer answer(byte[] identity, @Nullable Window window, @Nullable Object accumulator, Pair pair) {
        return answering.answer(Identity.keyOf(identity, window), window, accumulator, pair.found);
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
        byte[] actual = pair.found.value;
        String fault = pair.found.fault();
        if (!pair.hasElements()) {
            return "no record of the source belongs to it";
        } else if (actual == null) {
            return "the result is missing";
        } else if (fault != null && !(pair.found.isEarly() && expected.value() == null)) {
            return fault;
        } else if (expected.value() == null) {
            return "the newest answer failed and is a dead letter; what the topic holds is older";
        } else if (pair.late != null && withoutLate.is(actual)) {
            return "late records are not in it, although they count as corrected or given up";
        }
        return "the result differs";
    }

    private Mismatch mismatch(byte[] identity, @Nullable Window window, Answer expected, Pair pair, String why) {
        return answering.mismatch(Identity.keyOf(identity, window), window, expected, pair.found, why);
    }
}
