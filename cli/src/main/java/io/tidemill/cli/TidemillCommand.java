package io.tidemill.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "tidemill",
        description = "Streaming in which every event is accounted for.",
        versionProvider = Version.class,
        footer = {
            "",
            "Begin with: tidemill demo",
            "",
            "Exit codes: 0 fine; 1 something wrong was found; 2 the command line is wrong or names what does not exist;"
                    + " 3 it could not be done."
        })
final class TidemillCommand implements Runnable {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text; 'tidemill COMMAND --help' tells of a command.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do, for instance 'tidemill demo'");
    }
}
