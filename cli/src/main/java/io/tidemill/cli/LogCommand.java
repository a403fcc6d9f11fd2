package io.tidemill.cli;

import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogOptions;
import io.tidemill.log.Scheduler;
import io.tidemill.log.TopicDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** What commands have in common that work on a log. */
abstract class LogCommand extends Command {
    @Mixin
    DataOptions data = new DataOptions();

    LogCommand(Surroundings surroundings) {
        super(surroundings);
    }

    /** What is done with a log that is open for as long. */
    @FunctionalInterface
    interface Work {
        int on(Log log) throws Exception;
    }

    /** With the log in {@code --data}, which is made if it does not exist. */
    final int withLog(Work work) throws Exception {
        return withLog(data.data(), work);
    }

    /** With the log in {@code --data}, which must exist. */
    final int withExistingLog(Work work) throws Exception {
        Path directory = data.data();
        if (!Files.exists(directory)) {
            throw CommandException.misuse("there is no data in " + directory
                    + ": name the directory with --data, or begin one with 'topics create', 'load' or 'demo'");
        }
        return withLog(directory, work);
    }

    final int withLog(Path directory, Work work) throws Exception {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw CommandException.failure(
                    "cannot use " + directory + " as a data directory (" + e + "): name another with --data", e);
        }
        try (Scheduler scheduler = Scheduler.threaded("tidemill-log");
                EmbeddedLog log = EmbeddedLog.open(
                        directory,
                        LogOptions.defaults()
                                .durability(data.durability)
                                .scheduler(scheduler)
                                .holder("'" + spec.qualifiedName() + "'"))) {
            return work.on(log);
        }
    }

    static TopicDescription requireTopic(Log log, String name) {
        return log.topic(name)
                .orElseThrow(() -> CommandException.misuse("there is no topic '" + name
                        + "': 'tidemill topics list' shows those that there are (with the same --data)"));
    }
}
