package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.log.Log;
import io.tidemill.log.batch.RecordCursor;
import java.util.Deque;

/**
 * Recomputes what a pipeline should have answered, from its source topic, and compares. Of the engine it only asks what the
 * pipeline has committed: records are read one after the other, taken through the operators one element at a time, judged by
 * their partition's watermark, and folded into a plain map.
 *
 * <p>User functions are run again, so they must be the ones that the pipeline ran with, and give what they gave; an
 * {@link io.tidemill.api.Aggregate}'s {@code merge} must agree with its {@code add}, as its contract says. The pipeline may
 * be running meanwhile: what it changes during the audit is counted as open. Memory is bounded: more results than it can
 * hold at once are compared in several passes over the log.
 */
public final class Audit {
    private final Log log;
    private final Parts parts;
    private final Pairs.Limits limits;

    /** Tells how far an audit is. */
    @FunctionalInterface
    public interface Progress {
        /** Called on the auditing thread; the total grows when another pass is needed. */
        void at(long recordsDone, long recordsTotal);
    }

    Audit(Log log, Pipeline pipeline, Pairs.Limits limits) {
        this.log = log;
        this.parts = Parts.of(pipeline);
        this.limits = limits;
    }

    public static Audit of(Log log, Pipeline pipeline) {
        return new Audit(log, pipeline, Pairs.Limits.ofThisProcess());
    }

    /** Throws {@link AuditException} when there is nothing to audit, or when what it would need is no longer there. */
    public AuditReport run(Progress progress) {
        return run(Committed.read(log, parts), progress);
    }

    AuditReport run(Committed committed, Progress progress) {
        Meter meter = new Meter(progress);
        Tally tally = new Tally();
        Deque<Slice> slices = Pairs.all();
        Recount recount;
        long passes = 0;
        do {
            passes++;
            meter.expect(committed.offsets() * (passes + slices.size() - 1));
            recount = pass(committed, slices, meter, tally);
        } while (!slices.isEmpty());
        meter.finish();
        return report(recount, tally, new LedgerCheck(log, parts, committed, recount));
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

    private static AuditReport report(Recount recount, Tally tally, LedgerCheck ledger) {
        Recount.Partition total = recount.total();
        return new AuditReport(
                total.read,
                total.onTime,
                total.late,
                total.filtered,
                total.deadLettered,
                tally.results,
                tally.mismatches,
                tally.awaitingCorrection,
                tally.open,
                tally.examples(),
                ledger.run(tally));
    }
}
