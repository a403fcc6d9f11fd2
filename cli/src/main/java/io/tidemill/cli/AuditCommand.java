package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.AuditText;
import io.tidemill.cli.output.LocalTime;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.log.Log;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
        name = "audit",
        description = {
            "Computes a pipeline's answers once more from its source, in one batch, and compares.",
            "The exit code is 1 if a result differs or the ledger does not add up."
        })
final class AuditCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    @Mixin
    StateDirectory state = new StateDirectory();

    AuditCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        Pipeline audited = pipeline.find().pipeline();
        return withExistingLog(log -> {
            long start = System.nanoTime();
            AuditReport report = audit(log, audited, output);
            long nanos = System.nanoTime() - start;
            AuditText text = new AuditText(report, LocalTime.zoneOf(audited));
            text.lines().forEach(output::say);
            text.objects().forEach(output::object);
            ObjectNode summary = Summary.of("audit").put("pipeline", audited.name());
            text.put(summary);
            Summary.putRun(summary, nanos, durability());
            output.object(summary);
            return report.isClean() ? ExitCode.FINE : ExitCode.FOUND_WRONG;
        });
    }

    private AuditReport audit(Log log, Pipeline audited, Output output) {
        try (Progress progress = output.progress("audit", -1, Progress.Unit.RECORDS)) {
            return Audit.of(log, audited).stateStores(state.stores(data)).run(progress::to);
        }
    }
}
