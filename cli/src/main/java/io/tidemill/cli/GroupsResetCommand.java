package io.tidemill.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.operations.groups.GroupAdmin;
import io.tidemill.operations.groups.ResetPlan;
import io.tidemill.operations.groups.ResetTarget;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@CommandLine.Command(
        name = "reset",
        description = {
            "Moves a group: where it goes on reading.",
            "Without --execute it only shows what would change. A group with live members is refused."
        })
final class GroupsResetCommand extends ClusterCommand {
    @Parameters(paramLabel = "GROUP")
    String group = "";

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Only this topic; may be repeated.")
    List<String> topics = List.of();

    @ArgGroup(multiplicity = "1")
    Target target = new Target();

    @Option(names = "--execute", description = "Do it.")
    boolean execute;

    GroupsResetCommand(Surroundings surroundings) {
        super(surroundings);
    }

    static final class Target {
        @Option(names = "--to-earliest", required = true, description = "To the first record that is kept.")
        boolean earliest;

        @Option(names = "--to-latest", required = true, description = "To the end: what is there now is skipped.")
        boolean latest;

        @Option(
                names = "--to-time",
                required = true,
                paramLabel = "TIME",
                converter = TimeConverter.class,
                description = "To the first record with this timestamp or a later one: 2026-11-22T14:00:00Z, or with an"
                        + " offset such as +01:00.")
        @Nullable
        Instant time;

        @Option(
                names = "--to-offset",
                required = true,
                paramLabel = "OFFSET",
                description = "To this offset in each partition, or the nearest that there is.")
        @Nullable
        Long offset;

        @Option(
                names = "--by-duration",
                required = true,
                paramLabel = "DURATION",
                converter = DurationConverter.class,
                description = "To what is so old now, such as 2h: by the records' timestamps.")
        @Nullable
        Duration back;

        ResetTarget wanted() {
            if (time != null) {
                return new ResetTarget.Time(time);
            } else if (back != null) {
                return new ResetTarget.Back(back);
            } else if (offset != null) {
                return new ResetTarget.Offset(offset);
            }
            return latest ? new ResetTarget.Latest() : new ResetTarget.Earliest();
        }
    }

    static final class TimeConverter implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return OffsetDateTime.parse(text.strip()).toInstant();
            } catch (DateTimeException e) {
                throw new TypeConversionException(
                        "'" + text + "' is no time: write 2026-11-22T14:00:00Z, or with an offset such as +01:00");
            }
        }
    }

    @Override
    int run(Output output) {
        Set<String> only = new TreeSet<>(topics);
        try (GroupAdmin admin = connect()) {
            ResetPlan plan = admin.plan(group, only, target.wanted());
            tell(plan, output);
            if (execute) {
                admin.execute(plan);
                output.say("Group '" + group + "' is moved.");
            } else {
                output.say("Nothing is changed yet: --execute does it.");
            }
            output.object(Json.object("reset")
                    .put("group", group)
                    .put("partitions", plan.moves().size())
                    .put("executed", execute));
            return ExitCode.FINE;
        }
    }

    private static void tell(ResetPlan plan, Output output) {
        Table table = new Table()
                .text("partition")
                .number("from")
                .number("to")
                .number("lag before")
                .number("lag after")
                .text("effect");
        for (ResetPlan.Move move : plan.moves()) {
            ObjectNode json = Json.object("move")
                    .put("topic", move.partition().topic())
                    .put("partition", move.partition().partition());
            json.put("from", move.from());
            output.object(json.put("to", move.to()).put("lagAfter", move.lagAfter()));
            table.row(
                    move.partition(),
                    move.from() == null ? "-" : move.from(),
                    move.to(),
                    move.lagBefore() == null ? "-" : move.lagBefore(),
                    move.lagAfter(),
                    effect(move));
        }
        output.say(table.toString());
    }

    private static String effect(ResetPlan.Move move) {
        if (move.from() == null) {
            return "begins here";
        } else if (move.again() > 0) {
            return Text.count(move.again()) + " read again";
        }
        return move.again() < 0 ? Text.count(-move.again()) + " skipped" : "stays";
    }
}
