package io.tidemill.cli;

import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.Surroundings;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** What commands have in common that open a data directory. */
abstract class DataCommand extends Command {
    @Mixin
    DataOptions data = new DataOptions();

    DataCommand(Surroundings surroundings) {
        super(surroundings);
    }

    /** What is done with a log that is open for as long. */
    @FunctionalInterface
    interface EmbeddedWork {
        int on(EmbeddedLog log) throws Exception;
    }

    /** With the log in {@code directory}, which is made if it does not exist. */
    final int withData(Path directory, EmbeddedWork work) throws Exception {
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
}
