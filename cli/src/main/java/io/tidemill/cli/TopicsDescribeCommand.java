package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Table;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.records.TopicText;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
        name = "describe",
        description = "Describes a topic: how it is kept, what its partitions hold, how far its readers are.")
final class TopicsDescribeCommand extends LogCommand {
    @Parameters(paramLabel = "TOPIC")
    String topic = "";

    TopicsDescribeCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        return withExistingLog(log -> {
            TopicDescription found = requireTopic(log, topic);
            TopicText text = new TopicText(log, found);
            output.object(text.fullJson());
            output.say("Topic '" + topic + "', kept " + text.retention() + "; records of up to "
                    + Text.bytes(found.config().recordBytesMax()) + "; id " + found.id());
            output.say(table(text).toString());
            return ExitCode.FINE;
        });
    }

    private static Table table(TopicText text) {
        Table table = new Table().number("partition").number("first offset").number("end offset");
        Map<String, List<Long>> groups = text.groups();
        groups.keySet().forEach(group -> table.number("lag of " + group));
        List<OffsetRange> ranges = text.offsets();
        for (int i = 0; i < ranges.size(); i++) {
            List<Object> cells = new ArrayList<>(
                    List.of((long) i, ranges.get(i).start(), ranges.get(i).end()));
            for (List<Long> offsets : groups.values()) {
                long at = Math.max(offsets.get(i), ranges.get(i).start());
                cells.add(ranges.get(i).end() - at);
            }
            table.row(cells.toArray());
        }
        return table;
    }
}
