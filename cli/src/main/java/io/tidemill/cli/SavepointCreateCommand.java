package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.SavepointText;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.savepoint.SavepointInfo;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
        name = "create",
        description =
                "Takes a savepoint of what a pipeline has committed. The code is best the one that the pipeline ran"
                        + " with; where it was changed since, some settings are not told.")
final class SavepointCreateCommand extends LogCommand {
    @Mixin
    PipelineOptions pipeline = new PipelineOptions();

    @Mixin
    SavepointOptions savepoints = new SavepointOptions();

    @Mixin
    StateDirectory state = new StateDirectory();

    SavepointCreateCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        FoundPipeline found = pipeline.find();
        return withExistingLog(log -> {
            Path directory = savepoints.directory(data);
            SavepointInfo info = Savepoints.in(directory)
                    .stateStores(state.stores(data))
                    .codeVersion(found.codeVersion())
                    .create(log, found.pipeline());
            SavepointText text = new SavepointText(info);
            output.say(directory.resolve(info.file()) + ": " + Text.count(info.entries(), "entry", "entries") + ", "
                    + Text.bytes(info.bytes()));
            output.object(text.json().put("directory", directory.toString()));
            return ExitCode.FINE;
        });
    }
}
