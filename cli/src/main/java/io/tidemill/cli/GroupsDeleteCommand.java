package io.tidemill.cli;

import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.operations.groups.GroupAdmin;
import io.tidemill.operations.groups.GroupReport;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "delete",
        description = "Forgets a group and its offsets. Without --execute it only shows what would go.")
final class GroupsDeleteCommand extends ClusterCommand {
    @Parameters(paramLabel = "GROUP")
    String group = "";

    @Option(names = "--execute", description = "Do it.")
    boolean execute;

    GroupsDeleteCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        try (GroupAdmin admin = connect()) {
            GroupReport report = admin.describe(group);
            if (!report.members().isEmpty()) {
                throw CommandException.misuse("group '" + group + "' has "
                        + Text.count(report.members().size(), "live member")
                        + ": stop its consumers first");
            }
            String what = "group '" + group + "' with "
                    + Text.count(report.partitions().size(), "committed offset");
            if (execute) {
                admin.delete(group);
            }
            output.say(execute ? "Deleted " + what + "." : "Would delete " + what + "; --execute does it.");
            output.object(Json.object("delete")
                    .put("group", group)
                    .put("offsets", report.partitions().size())
                    .put("executed", execute));
            return ExitCode.FINE;
        }
    }
}
