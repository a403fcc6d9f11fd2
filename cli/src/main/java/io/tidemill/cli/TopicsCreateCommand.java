package io.tidemill.cli;

import io.tidemill.api.Topic;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.output.Text;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cli.records.TopicText;
import io.tidemill.log.TopicConfig;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@CommandLine.Command(name = "create", description = "Creates a topic.")
final class TopicsCreateCommand extends LogCommand {
    @Parameters(paramLabel = "TOPIC", description = "Letters, digits, '.', '_' and '-'.")
    String topic = "";

    @Mixin
    TopicOptions config = new TopicOptions();

    TopicsCreateCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        TopicConfig wanted = checked(config::config);
        checked(() -> {
            Topic.requireLegalName(topic);
            return topic;
        });
        return withLog(log -> {
            if (log.topic(topic).isPresent()) {
                throw CommandException.misuse("topic '" + topic + "' exists already: choose another name, or look at it"
                        + " with 'tidemill topics describe'");
            }
            TopicText created = new TopicText(log, log.createTopic(topic, wanted));
            output.say("Created topic '" + topic + "' with " + Text.count(wanted.partitions(), "partition") + ", kept "
                    + created.retention() + ".");
            output.object(created.json());
            return ExitCode.FINE;
        });
    }
}
