package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes what a pipeline should have answered, from its source topic, and compares. Of the engine it only asks what the
 * pipeline has committed: records are read one after the other, taken through the operators one element at a time, judged by
 * their partition's watermark, and folded into a plain map.
 *
 * <p>User functions are run again, so they must be the ones that the pipeline ran with, and give what they gave; an
 * {@link io.tidemill.api.Aggregate}'s {@code merge} must agree with its {@code add}, as its contract says. The pipeline may
 * be running meanwhile: what it changes during the audit is counted as open. Memory is bounded: more results than it can
 * hold at once are compared in several passes over the log.
 *
 * <p>Of a graph the fate of every record is judged again, for all operators that it comes to, and the topics are compared that hold
 * what comes of sources directly, or by one aggregate. Which others there are is told.
 */
public final class Audit {
    private final Log log;
    private final Pipeline pipeline;

    /** Null of a graph. */
    private final @Nullable Parts parts;

    private final Pairs.Limits limits;
    private final @Nullable StateStores stores;

    /** Tells how far an audit is. */
    @FunctionalInterface
    public interface Progress {
        /** Called on the auditing thread; the total grows when another pass is needed. */
        void at(long recordsDone, long recordsTotal);
    }

    Audit(Log log, Pipeline pipeline, Pairs.Limits limits) {
        this(log, pipeline, Parts.whyNoLine(pipeline) == null ? Parts.of(pipeline) : null, limits, null);
    }

    private Audit(
            Log log, Pipeline pipeline, @Nullable Parts parts, Pairs.Limits limits, @Nullable StateStores stores) {
        this.log = log;
        this.pipeline = pipeline;
        this.parts = parts;
        this.limits = limits;
        this.stores = stores;
    }

    public static Audit of(Log log, Pipeline pipeline) {
        return new Audit(log, pipeline, Pairs.Limits.ofThisProcess());
    }

    /** Where state is that does not fit the memory: needed where the state of the pipeline is in a store. */
    public Audit stateStores(StateStores value) {
        return new Audit(log, pipeline, parts, limits, value);
    }

    /** Throws {@link AuditException} when there is nothing to audit, or when what it would need is no longer there. */
    public AuditReport run(Progress progress) {
        Meter meter = new Meter(progress);
        if (parts == null) {
            return new GraphAudit(log, pipeline, limits, stores).run(meter);
        }
        return run(parts, Committed.read(log, parts, stores), meter);
    }

    AuditReport run(Committed committed, Progress progress) {
        return run(Parts.of(pipeline), committed, new Meter(progress));
    }

    private AuditReport run(Parts line, Committed committed, Meter meter) {
        Tally tally = new Tally();
        Recount recount = new Passes(log, line, limits).run(committed, meter, tally);
        meter.finish();
        return report(recount, tally, new LedgerCheck(log, line, committed, recount));
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
                ledger.run(tally),
                List.of());
    }
}
