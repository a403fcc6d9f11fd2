package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.operations.groups.GroupAdmin;
import io.tidemill.operations.groups.GroupSummary;
import java.util.List;
import picocli.CommandLine;

@CommandLine.Command(name = "list", description = "Lists all groups: type, state, members, lag.")
final class GroupsListCommand extends ClusterCommand {
    GroupsListCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) {
        try (GroupAdmin admin = connect()) {
            List<GroupSummary> groups = admin.list();
            Table table = new Table()
                    .text("group")
                    .text("type")
                    .text("state")
                    .number("members")
                    .number("lag, records");
            for (GroupSummary group : groups) {
                output.object(json(group));
                table.row(
                        Text.printable(group.group()),
                        group.type(),
                        group.state(),
                        group.members() == null ? "-" : (Object) (long) group.members(),
                        group.lagRecords() == null ? "-" : group.lagRecords());
            }
            output.say(groups.isEmpty() ? "There are no groups." : table.toString());
            return ExitCode.FINE;
        }
    }

    private static ObjectNode json(GroupSummary group) {
        ObjectNode json = Json.object("group")
                .put("group", group.group())
                .put("groupType", group.type())
                .put("state", group.state());
        json.put("members", group.members());
        json.put("lagRecords", group.lagRecords());
        return json;
    }
}
