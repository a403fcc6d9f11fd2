package io.tidemill.operations;

import io.tidemill.api.Pipeline;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Log;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An audit of a pipeline that is more than one line: the fate of every record, and each end that can be recomputed by itself. */
final class GraphAudit {
    private final Log log;
    private final Pipeline pipeline;
    private final Pairs.Limits limits;
    private final @Nullable StateStores stores;
    private final List<String> found = new ArrayList<>();
    private final Differences differences = new Differences(found);

    GraphAudit(Log log, Pipeline pipeline, Pairs.Limits limits, @Nullable StateStores stores) {
        this.log = log;
        this.pipeline = pipeline;
        this.limits = limits;
        this.stores = stores;
    }

    AuditReport run(Meter meter) {
        List<Parts> ends = Branches.ends(pipeline);
        // First the results, then the status: what a running pipeline does in between shows.
        Map<Parts, List<Long>> settled = new LinkedHashMap<>();
        ends.forEach(end -> settled.put(end, Committed.ends(log, end.to().topic())));
        PipelineStatus status = Committed.status(log, pipeline);
        Letters letters = Letters.read(log, pipeline);
        Fates fates = judge(status, letters, meter);
        Tally tally = new Tally();
        settled.forEach((end, offsets) -> compare(end, offsets, status, letters, meter, tally));
        meter.finish();
        check(status, fates, tally);
        Recount.Partition total = fates.total();
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
                found,
                Branches.otherTopics(pipeline, ends));
    }

    private Fates judge(PipelineStatus status, Letters letters, Meter meter) {
        Fates fates = new Fates(pipeline, letters);
        List<Scan> sources = Committed.sources(log, pipeline, Ways.topics(pipeline), status);
        meter.expect(sources.stream().mapToLong(Scan::offsets).sum());
        sources.forEach(source -> source.run(log, meter, record -> fates.take(source.partition(), record)));
        return fates;
    }

    private void compare(
            Parts end, List<Long> settled, PipelineStatus status, Letters letters, Meter meter, Tally tally) {
        if (settled.isEmpty()) {
            throw new AuditException("pipeline '" + pipeline.name() + "' has run, but its results topic '"
                    + end.to().topic() + "' is gone: all results are missing");
        }
        List<String> topics = Branches.topicsOf(end);
        Committed committed = Committed.ofEnd(log, end, topics, status, settled, letters, stores);
        new Passes(log, end, limits).run(committed, meter, tally);
    }

    // ---- the ledger ----

    private void check(PipelineStatus status, Fates fates, Tally tally) {
        Ledger ledger = status.ledger();
        found.addAll(ledger.imbalances());
        ledger.sources().forEach((partition, counts) -> differences.check(partition, counts, fates.of(partition)));
        Map<String, Long> arrived = fates.arrivedByOperator();
        for (Ledger.Elements each : ledger.operators()) {
            Long again = arrived.get(each.operator());
            if (again != null) {
                differences.check("'" + each.operator() + "'", "elements", each.in(), again);
            }
        }
        long late = ledger.total().late();
        long accounted = ledger.corrected() + ledger.deferred() + ledger.uncorrectable() + status.awaitingCorrection();
        if (accounted < late) {
            found.add("of " + late + " late records, only " + accounted
                    + " were corrected, deferred or given up, or still wait");
        }
        if (tally.failed > ledger.failedResults()) {
            found.add(tally.failed + " results must have failed, but the ledger counts " + ledger.failedResults());
        }
    }
}
