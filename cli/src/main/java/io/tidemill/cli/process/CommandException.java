package io.tidemill.cli.process;

import org.jspecify.annotations.Nullable;

/** Ends a command. The message is one sentence that says what to do; lines after it may hold details. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    private CommandException(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    public static CommandException misuse(String message) {
        return new CommandException(ExitCode.MISUSE, message, null);
    }

    public static CommandException misuse(String message, Throwable cause) {
        return new CommandException(ExitCode.MISUSE, message, cause);
    }

    public static CommandException failure(String message) {
        return new CommandException(ExitCode.FAILURE, message, null);
    }

    public static CommandException failure(String message, Throwable cause) {
        return new CommandException(ExitCode.FAILURE, message, cause);
    }

    public int exitCode() {
        return exitCode;
    }
}
