package io.tidemill.cli;

import io.tidemill.cli.output.CheckText;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.savepoint.CheckReport;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(
        name = "check",
        description =
                "Tells what would become of a savepoint's state under a pipeline's code. Changes nothing; exit code 1"
                        + " if it could not be restored.")
final class SavepointCheckCommand extends DataCommand {
    @Mixin
    SavepointTarget target = new SavepointTarget();

    @Mixin
    SavepointOptions savepoints = new SavepointOptions();

    @Mixin
    RestoreChoices choices = new RestoreChoices();

    SavepointCheckCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        Path path = savepoints.file(target.file, data);
        CheckReport report = SavepointOptions.beside(path)
                .check(SavepointOptions.name(path), target.find().pipeline(), choices.options());
        CheckText text = new CheckText(report);
        text.lines().forEach(output::say);
        output.object(text.json());
        return report.isRestorable() ? ExitCode.FINE : ExitCode.FOUND_WRONG;
    }
}
