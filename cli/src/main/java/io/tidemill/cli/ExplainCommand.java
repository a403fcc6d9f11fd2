package io.tidemill.cli;

import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.ExplainText;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.operations.Explain;
import io.tidemill.operations.ExplainPlan;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
        name = "explain",
        description = "Tells what a pipeline does, reads, writes and remembers. Runs nothing and needs no data.")
final class ExplainCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    ExplainCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        Pipeline explained = pipeline.find().pipeline();
        output.say(Explain.of(explained).stripTrailing());
        output.object(ExplainText.json(ExplainPlan.of(explained)));
        return ExitCode.FINE;
    }
}
