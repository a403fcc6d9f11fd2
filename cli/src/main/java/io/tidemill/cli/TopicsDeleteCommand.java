package io.tidemill.cli;

import io.tidemill.cli.output.Json;
import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(name = "delete", description = "Deletes a topic and all its records, without asking.")
final class TopicsDeleteCommand extends LogCommand {
    @Parameters(paramLabel = "TOPIC")
    String topic = "";

    TopicsDeleteCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int run(Output output) throws Exception {
        return withExistingLog(log -> {
            requireTopic(log, topic);
            log.deleteTopic(topic);
            output.say("Deleted topic '" + topic + "'.");
            output.object(Json.object("deleted").put("name", topic));
            return ExitCode.FINE;
        });
    }
}
