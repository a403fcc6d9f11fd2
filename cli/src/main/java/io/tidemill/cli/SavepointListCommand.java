package io.tidemill.cli;

import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.SavepointText;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.savepoint.SavepointInfo;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

@CommandLine.Command(name = "list", description = "Lists the savepoints of a directory.")
final class SavepointListCommand extends DataCommand {
    @Mixin
    SavepointOptions savepoints = new SavepointOptions();

    SavepointListCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        List<Savepoints.Listed> all = Savepoints.in(savepoints.directory(data)).list();
        Table table = new Table()
                .text("savepoint")
                .text("pipeline")
                .text("taken")
                .number("entries")
                .text("size");
        boolean damaged = false;
        for (Savepoints.Listed each : all) {
            SavepointInfo info = each.info();
            if (info == null) {
                damaged = true;
                table.row(each.file(), "", "", 0L, "unreadable");
                output.note(each.error());
                output.object(Json.object("savepoint").put("file", each.file()).put("error", each.error()));
            } else {
                table.row(
                        info.file(),
                        info.header().pipeline(),
                        info.header().createdAt(),
                        info.entries(),
                        Text.bytes(info.bytes()));
                output.object(new SavepointText(info).json());
            }
        }
        output.say(all.isEmpty() ? "no savepoints in " + savepoints.directory(data) : table.toString());
        return damaged ? ExitCode.FOUND_WRONG : ExitCode.FINE;
    }
}
