package io.tidemill.cli.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Text;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.log.Log;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;

/** The steps that both demonstrations end with, and how each step is told. */
final class Phases {
    private final Log log;
    private final Output output;
    private long startNanos = System.nanoTime();

    Phases(Log log, Output output) {
        this.log = log;
        this.output = output;
    }

    /** Begins a phase. */
    void begin() {
        startNanos = System.nanoTime();
    }

    /** Ends a phase, and says what it has done. */
    void end(String phase, String what) {
        long nanos = System.nanoTime() - startNanos;
        output.say(String.format("%-8s %s (%s)", phase, what, Text.seconds(nanos)));
        ObjectNode object = Json.object("phase").put("phase", phase).put("what", what);
        output.object(object.put("seconds", Math.round(nanos / 1e6) / 1e3));
        output.flush();
    }

    Account close(Engine engine, Pipeline pipeline) {
        CorrectionSummary correction = correct(engine, pipeline);
        return new Account(pipeline, correction, audit(pipeline));
    }

    private CorrectionSummary correct(Engine engine, Pipeline pipeline) {
        begin();
        CorrectionSummary correction;
        try (Progress progress = output.progress("correct", -1, Progress.Unit.RECORDS)) {
            correction = engine.correct(pipeline);
            progress.to(correction.read());
        }
        end(
                "correct",
                Text.count(correction.corrected(), "late record") + " folded in, "
                        + Text.count(correction.results(), "result") + " emitted again");
        return correction;
    }

    private AuditReport audit(Pipeline pipeline) {
        begin();
        AuditReport report;
        try (Progress progress = output.progress("audit", -1, Progress.Unit.RECORDS)) {
            report = Audit.of(log, pipeline).run(progress::to);
        }
        end("audit", Text.count(report.results(), "result") + " computed again from the source, and compared");
        return report;
    }
}
