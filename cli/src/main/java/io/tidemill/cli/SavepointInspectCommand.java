package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.SavepointText;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.savepoint.SampleEntry;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(name = "inspect", description = "Tells what is in a savepoint, having read all of it.")
final class SavepointInspectCommand extends DataCommand {
    @Parameters(paramLabel = "FILE", description = "A path, or a name that 'savepoint list' shows.")
    String file = "";

    @Option(
            names = "--pipeline",
            paramLabel = "PIPELINE",
            description = "The code, to show some entries as it sees them.")
    @Nullable
    String code;

    @Option(
            names = "--sample",
            paramLabel = "N",
            description = "How many entries to show with --pipeline; 10 unless set.")
    int sample = 10;

    @Option(
            names = {"--class-path", "-cp"},
            paramLabel = "PATH",
            description = "Jars and directories with the pipeline's classes.")
    String classPath = "";

    @Mixin
    SavepointOptions savepoints = new SavepointOptions();

    SavepointInspectCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        Path path = savepoints.file(file, data);
        Savepoints all = SavepointOptions.beside(path);
        String name = SavepointOptions.name(path);
        all.verify(name);
        SavepointText text = new SavepointText(all.inspect(name));
        text.lines().forEach(output::say);
        output.object(text.json());
        if (code != null) {
            PipelineOptions options = new PipelineOptions();
            options.name = code;
            options.classPath = classPath;
            FoundPipeline found = options.find();
            List<SampleEntry> samples = checked(() -> all.sample(name, found.pipeline(), sample));
            output.say(SavepointText.table(samples));
            samples.forEach(each -> output.object(SavepointText.json(each)));
        }
        return ExitCode.FINE;
    }
}
