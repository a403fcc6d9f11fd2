package io.tidemill.cli;

import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.cluster.KafkaLog;
import io.tidemill.log.Log;
import io.tidemill.log.TopicDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** What commands have in common that work on a log: one in a directory, or one that a server has. */
abstract class LogCommand extends DataCommand {
    @Mixin
    ClusterOptions cluster = new ClusterOptions();

    LogCommand(Surroundings surroundings) {
        super(surroundings);
    }

    /** What is done with a log that is open for as long. */
    @FunctionalInterface
    interface Work {
        int on(Log log) throws Exception;
    }

    /** With the log of {@code --bootstrap}, or in {@code --data}, which is made if it does not exist. */
    final int withLog(Work work) throws Exception {
        return cluster.isNamed() ? withCluster(work) : withData(data.data(), work::on);
    }

    /** With the log of {@code --bootstrap}, or in {@code --data}, which must exist. */
    final int withExistingLog(Work work) throws Exception {
        Path directory = data.data();
        if (!cluster.isNamed() && !Files.exists(directory)) {
            throw CommandException.misuse("there is no data in " + directory
                    + ": name the directory with --data, or begin one with 'topics create', 'load' or 'demo';"
                    + " or a server with --bootstrap");
        }
        return withLog(work);
    }

    private int withCluster(Work work) throws Exception {
        if (data.data != null) {
            throw CommandException.misuse("--data and --bootstrap are two places: leave one of them out");
        }
        try (KafkaLog log = KafkaLog.connect(checked(cluster::logOptions))) {
            return work.on(log);
        }
    }

    /** What a commit survives, in words. */
    final String durability() {
        return cluster.isNamed() ? "as the server's (acks=all)" : data.durability.toString();
    }

    static TopicDescription requireTopic(Log log, String name) {
        return log.topic(name)
                .orElseThrow(
                        () -> CommandException.misuse(
                                "there is no topic '" + name
                                        + "': 'tidemill topics list' shows those that there are (with the same --data or --bootstrap)"));
    }
}
