package io.tidemill.cli;

import picocli.CommandLine.Option;

/** The options that all commands take. */
final class CommonOptions {
    @Option(names = "--json", description = "One JSON object per line on standard output, and nothing else there.")
    boolean json;

    @Option(names = "--verbose", description = "With an error, also its stack trace.")
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;
}
