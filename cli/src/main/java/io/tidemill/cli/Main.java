package io.tidemill.cli;

import io.tidemill.cli.process.Complaint;
import io.tidemill.cli.process.ExitCode;
import io.tidemill.cli.process.Surroundings;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;

/** The {@code tidemill} command. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Surroundings surroundings = Surroundings.ofProcess();
        surroundings.stop().exit(run(surroundings, args));
    }

    /** Runs one command; returns its exit code. */
    static int run(Surroundings surroundings, String... args) {
        try {
            return commandLine(surroundings, args).execute(args);
        } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
            return complain(surroundings, e, false);
        } finally {
            surroundings.out().flush();
            surroundings.err().flush();
        }
    }

    private static CommandLine commandLine(Surroundings surroundings, String... args) {
        CommandLine commands = new CommandLine(new TidemillCommand(), new Commands(surroundings));
        Subcommands.wanted(args).forEach(commands::addSubcommand);
        return commands.setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setOut(new PrintWriter(surroundings.out(), false, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler((e, given) -> refuse(surroundings, e))
                .setExecutionExceptionHandler((e, command, parsed) -> complain(
                        surroundings, e, command.getCommand() instanceof Command each && each.options.verbose));
    }

    private static int refuse(Surroundings surroundings, CommandLine.ParameterException refused) {
        CommandLine command = refused.getCommandLine();
        surroundings
                .err()
                .println("tidemill: " + sentence(refused) + "; see '"
                        + command.getCommandSpec().qualifiedName() + " --help'");
        return ExitCode.MISUSE;
    }

    private static String sentence(CommandLine.ParameterException refused) {
        if (refused instanceof CommandLine.UnmatchedArgumentException unmatched) {
            String first = String.valueOf(unmatched.getUnmatched().get(0));
            List<String> similar = unmatched.getSuggestions();
            return "'" + first + "' is not understood here"
                    + (similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?");
        }
        String message =
                String.valueOf(refused.getMessage()).lines().findFirst().orElse("that is no command line");
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static int complain(Surroundings surroundings, Throwable failure, boolean verbose) {
        Complaint complaint = Complaint.about(failure);
        surroundings.out().flush();
        surroundings.err().println("tidemill: " + complaint.sentence());
        if (verbose) {
            failure.printStackTrace(surroundings.err());
        }
        return complaint.exitCode();
    }
}
