package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.api.Pipeline;
import io.tidemill.api.plan.Operator;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Progress;
import io.tidemill.cli.output.Summary;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
        name = "correct",
        description = "Folds a pipeline's late records into the windows they missed, and emits the results again.")
final class CorrectCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    @Mixin
    StateOptions state = new StateOptions();

    CorrectCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        FoundPipeline found = pipeline.find();
        return withExistingLog(log -> {
            Engine engine = Engine.on(
                    log,
                    EngineOptions.defaults().stateBackend(state.backend(data)).codeVersion(found.codeVersion()));
            if (engine.status(found.pipeline()).isEmpty()) {
                throw CommandException.failure("pipeline '" + found.pipeline().name() + "' has not run on the data "
                        + (cluster.isNamed() ? "of " + cluster.bootstrap : "in " + data.data())
                        + ": run it first, with 'tidemill run'");
            }
            long start = System.nanoTime();
            CorrectionSummary correction;
            try (Progress progress = output.progress("correct", -1, Progress.Unit.RECORDS)) {
                correction = engine.correct(found.pipeline());
                progress.to(correction.read());
            }
            tell(found.pipeline(), correction, System.nanoTime() - start, output);
            return ExitCode.FINE;
        });
    }

    private void tell(Pipeline corrected, CorrectionSummary correction, long nanos, Output output) {
        output.say(Text.count(correction.corrected(), "late record") + " folded in, "
                + Text.count(correction.results(), "result") + " emitted again; " + Text.seconds(nanos)
                + ", durability " + durability() + ".");
        if (correction.deferred() > 0) {
            output.say(Text.count(correction.deferred(), "late record")
                    + " wait for their window to close; correct again then.");
        }
        if (correction.uncorrectable() > 0) {
            output.say(Text.count(correction.uncorrectable(), "late record") + " could not be folded in"
                    + (isForSeveral(corrected) ? " for at least one operator, whatever others took of them," : "")
                    + " and became dead letters: 'tidemill tail " + corrected.deadTopic() + "' shows why.");
        }
        ObjectNode summary = Summary.of("correct", correction.ledger()).put("pipeline", corrected.name());
        summary.putObject("now")
                .put("read", correction.read())
                .put("corrected", correction.corrected())
                .put("deferred", correction.deferred())
                .put("uncorrectable", correction.uncorrectable())
                .put("results", correction.results());
        Summary.putRun(summary, nanos, durability());
        output.object(summary);
    }

    /** Whether a record may be late for one operator and another. */
    private static boolean isForSeveral(Pipeline corrected) {
        return corrected.operators().stream().filter(Operator::keepsState).count() > 1;
    }
}
