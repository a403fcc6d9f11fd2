package io.tidemill.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "groups",
        description = "Lists, describes, moves and deletes consumer groups of a running server.",
        subcommands = {
            GroupsListCommand.class,
            GroupsDescribeCommand.class,
            GroupsResetCommand.class,
            GroupsDeleteCommand.class
        })
final class GroupsCommand implements Runnable {
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
                spec.commandLine(), "say what to do with groups: list, describe, reset or delete");
    }
}
