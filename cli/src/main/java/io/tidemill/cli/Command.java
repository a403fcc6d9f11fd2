package io.tidemill.cli;

import io.tidemill.cli.output.Output;
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
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all commands have in common. */
abstract class Command implements Callable<Integer> {
    final Surroundings surroundings;

    @Mixin
    CommonOptions options = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    Command(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public final Integer call() throws Exception {
        Output output = new Output(surroundings, options.json);
        try {
            return run(output);
        } finally {
            output.clearStatus();
            output.flush();
        }
    }

    /** Does the work; returns the exit code. */
    abstract int run(Output output) throws Exception;

    /** What is done with a log that is open for as long. */
    @FunctionalInterface
    interface Work {
        int on(Log log) throws Exception;
    }

    /** With the log in {@code --data}, which is made if it does not exist. */
    final int withLog(Work work) throws Exception {
        return withLog(options.data(), work);
    }

    /** With the log in {@code --data}, which must exist. */
    final int withExistingLog(Work work) throws Exception {
        Path data = options.data();
        if (!Files.exists(data)) {
            throw CommandException.misuse("there is no data in " + data
                    + ": name the directory with --data, or begin one with 'topics create', 'load' or 'demo'");
        }
        return withLog(data, work);
    }

    final int withLog(Path data, Work work) throws Exception {
        try {
            Files.createDirectories(data);
        } catch (IOException e) {
            throw CommandException.failure(
                    "cannot use " + data + " as a data directory (" + e + "): name another with --data", e);
        }
        try (Scheduler scheduler = Scheduler.threaded("tidemill-log");
                EmbeddedLog log = EmbeddedLog.open(
                        data,
                        LogOptions.defaults()
                                .durability(options.durability)
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

    /** For arguments that the library checks: what it refuses is misuse. */
    static <T> T checked(Supplier<T> argument) {
        try {
            return argument.get();
        } catch (IllegalArgumentException e) {
            throw CommandException.misuse(String.valueOf(e.getMessage()), e);
        }
    }
}
