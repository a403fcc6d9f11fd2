package io.tidemill.cli;

import io.tidemill.cli.output.GroupText;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.operations.groups.GroupAdmin;
import io.tidemill.operations.groups.GroupReport;
import java.time.Instant;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "describe",
        description = {
            "Describes a group: its members and what each reads, and how far it is behind in every partition, in records"
                    + " and in time.",
            "The time is the age of the first record that was not read, by its timestamp. Exit code 1 when there is a"
                    + " warning: records were deleted unread, or soon will be."
        })
final class GroupsDescribeCommand extends ClusterCommand {
    @Parameters(paramLabel = "GROUP")
    String group = "";

    GroupsDescribeCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        try (GroupAdmin admin = connect()) {
            GroupReport report = admin.describe(group);
            output.object(GroupText.json(report));
            GroupText.lines(report, Instant.now()).forEach(output::say);
            return report.warnings().isEmpty() ? ExitCode.FINE : ExitCode.FOUND_WRONG;
        }
    }
}
