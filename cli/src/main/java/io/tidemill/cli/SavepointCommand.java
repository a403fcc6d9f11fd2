package io.tidemill.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "savepoint",
        description = "Takes, lists, inspects, checks and restores savepoints: files with all the state of a pipeline.",
        subcommands = {
            SavepointCreateCommand.class,
            SavepointListCommand.class,
            SavepointInspectCommand.class,
            SavepointCheckCommand.class,
            SavepointRestoreCommand.class
        })
final class SavepointCommand implements Runnable {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "say what to do with savepoints: create, list, inspect, check or restore");
    }
}
