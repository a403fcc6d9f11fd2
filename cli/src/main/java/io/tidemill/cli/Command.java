package io.tidemill.cli;

import io.tidemill.cli.output.Output;
import io.tidemill.cli.process.CommandException;
import io.tidemill.cli.process.Surroundings;
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

    /** For arguments that the library checks: what it refuses is misuse. */
    static <T> T checked(Supplier<T> argument) {
        try {
            return argument.get();
        } catch (IllegalArgumentException e) {
            throw CommandException.misuse(String.valueOf(e.getMessage()), e);
        }
    }
}
