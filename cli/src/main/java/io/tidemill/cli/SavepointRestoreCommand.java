package io.tidemill.cli;

import io.tidemill.cli.output.CheckText;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.pipelines.FoundPipeline;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.savepoint.CheckReport;
import io.tidemill.engine.savepoint.RestoreOptions;
import io.tidemill.engine.savepoint.RestoreSummary;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@CommandLine.Command(
        name = "restore",
        description =
                "Makes a savepoint the state of a pipeline, which goes on from there when it is next run. Refuses what"
                        + " 'savepoint check' refuses.")
final class SavepointRestoreCommand extends LogCommand {
    @Mixin
    SavepointTarget target = new SavepointTarget();

    @Mixin
    SavepointOptions savepoints = new SavepointOptions();

    @Mixin
    RestoreChoices choices = new RestoreChoices();

    @Option(
            names = "--replace",
            description = "The pipeline may have state, which is given up; a savepoint of it is taken first.")
    boolean replace;

    @Option(
            names = "--same-records",
            description = "The source is another topic than that of the savepoint, with the same records at the same"
                    + " offsets.")
    boolean sameRecords;

    @Mixin
    StateDirectory state = new StateDirectory();

    SavepointRestoreCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        FoundPipeline found = target.find();
        Path path = savepoints.file(target.file, data);
        RestoreOptions options = choices.options().replace(replace).sameRecords(sameRecords);
        return withExistingLog(log -> {
            Savepoints all = SavepointOptions.beside(path)
                    .stateStores(state.stores(data))
                    .codeVersion(found.codeVersion());
            String name = SavepointOptions.name(path);
            CheckReport report = all.check(name, found.pipeline(), options);
            CheckText text = new CheckText(report);
            text.lines().forEach(output::say);
            if (!report.isRestorable()) {
                output.object(text.json());
                return ExitCode.FOUND_WRONG;
            }
            RestoreSummary summary = all.restore(name, log, found.pipeline(), options);
            output.say(Text.count(summary.entries(), "entry", "entries") + " restored into pipeline '"
                    + found.pipeline().name() + "', in " + Text.count(summary.commits(), "commit") + "."
                    + (summary.safety().isEmpty()
                            ? ""
                            : " What it had before is in savepoint " + summary.safety() + "."));
            output.object(text.json()
                    .put("entries", summary.entries())
                    .put("commits", summary.commits())
                    .put("safety", summary.safety()));
            return ExitCode.FINE;
        });
    }
}
