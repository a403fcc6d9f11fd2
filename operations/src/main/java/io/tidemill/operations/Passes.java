package io.tidemill.operations;

import io.tidemill.api.Session;
import io.tidemill.log.Log;
import io.tidemill.log.batch.RecordCursor;
import java.util.Deque;

/** Passes over sources and results, as many as it takes to compare all with the memory there is. */
final class Passes {
    private final Log log;
    private final Parts parts;
    private final Pairs.Limits limits;

    Passes(Log log, Parts parts, Pairs.Limits limits) {
        this.log = log;
        this.parts = parts;
        this.limits = limits;
    }

    /** What was counted in the last of them; what was compared is added to {@code tally}. */
    Recount run(Committed committed, Meter meter, Tally tally) {
        Deque<Slice> slices = Pairs.all();
        Recount recount;
        long passes = 0;
        do {
            passes++;
            meter.expect(committed.offsets() * (passes + slices.size() - 1));
            recount = pass(committed, slices, meter, tally);
        } while (!slices.isEmpty());
        return recount;
    }

    private Recount pass(Committed committed, Deque<Slice> slices, Meter meter, Tally tally) {
        Comparison comparison = comparison(committed, slices);
        Recount recount = new Recount(parts, committed);
        for (Scan source : committed.sources()) {
            source.run(log, meter, record -> recount.take(source.partition(), record, comparison));
            committed.requireWhole(source.partition(), recount.of(source.partition()).read);
        }
        for (Committed.Results results : committed.results()) {
            results.scan().run(log, meter, record -> {
                boolean unsettled = record.offset() >= results.settled();
                // What takes a result back is none.
                recount.settledResults += unsettled || isTakenBack(record) ? 0 : 1;
                comparison.find(record, unsettled);
            });
        }
        comparison.conclude(recount, tally);
        return recount;
    }

    private Comparison comparison(Committed committed, Deque<Slice> slices) {
        Session session = parts.session();
        if (parts.aggregated() == null) {
            return new OutputComparison(parts, committed, slices, limits);
        }
        return session == null
                ? new AggregateComparison(parts, committed, slices, limits)
                : new SessionComparison(parts, session, committed, slices, limits);
    }

    private boolean isTakenBack(RecordCursor result) {
        return parts.windowed() != null && result.valueLength() < 0;
    }
}
