package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.records.TopicText;
import io.tidemill.log.TopicDescription;
import java.util.List;
import picocli.CommandLine;

@CommandLine.Command(
        name = "list",
        description = "Lists all topics, those included that pipelines keep for themselves.")
final class TopicsListCommand extends LogCommand {
    TopicsListCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        return withExistingLog(log -> {
            Table table = new Table()
                    .text("topic")
                    .number("partitions")
                    .number("offsets")
                    .text("kept");
            List<TopicDescription> topics = log.topics();
            for (TopicDescription each : topics) {
                TopicText topic = new TopicText(log, each);
                output.object(topic.json());
                table.row(each.name(), (long) each.config().partitions(), topic.span(), topic.retention());
            }
            output.say(
                    topics.isEmpty()
                            ? "There are no topics yet: 'tidemill topics create' makes one."
                            : table.toString());
            return ExitCode.FINE;
        });
    }
}
