package io.tidemill.cli;

import io.tidemill.api.Pipeline;
import io.tidemill.cli.output.ExplainText;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.PipelineStatus;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import io.tidemill.operations.AuditException;
import io.tidemill.operations.Explain;
import io.tidemill.operations.ExplainPlan;
import io.tidemill.operations.StateSize;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
        name = "explain",
        description = {
            "Tells what a pipeline does, reads, writes and remembers. Runs nothing and needs no data.",
            "Where it has run, also how large its state is now."
        })
final class ExplainCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    @Mixin
    StateDirectory state = new StateDirectory();

    ExplainCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        Pipeline explained = pipeline.find().pipeline();
        SortedMap<TopicPartition, PipelineStatus.Progress> progress = new TreeMap<>();
        List<StateSize> sizes = sizes(explained, progress, output);
        output.say(Explain.of(explained, sizes, progress).stripTrailing());
        output.object(ExplainText.json(ExplainPlan.of(explained), sizes, progress));
        return ExitCode.FINE;
    }

    /** What there is to see must not keep it from explaining: a directory may be in use by a pipeline that runs. */
    private List<StateSize> sizes(
            Pipeline explained, SortedMap<TopicPartition, PipelineStatus.Progress> progress, Output output)
            throws Exception {
        if (!cluster.isNamed() && !Files.exists(data.data())) {
            return List.of();
        }
        List<StateSize> sizes = new ArrayList<>();
        try {
            withLog(log -> {
                Engine.on(log, EngineOptions.defaults())
                        .status(explained)
                        .ifPresent(status -> progress.putAll(status.progress()));
                sizes.addAll(StateSize.of(log, explained, state.stores(data)));
                return ExitCode.FINE;
            });
        } catch (LogException | AuditException | PipelineException e) {
            output.note("The size of the state cannot be told: " + e.getMessage());
        }
        return sizes;
    }
}
