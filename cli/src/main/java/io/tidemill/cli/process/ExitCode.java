package io.tidemill.cli.process;

/** How a command ends. */
public final class ExitCode {
    public static final int FINE = 0;

    /** The command did its work and found something wrong. */
    public static final int FOUND_WRONG = 1;

    /** The command line is wrong, or names something that does not exist. */
    public static final int MISUSE = 2;

    /** The command line is right, but what it asks for could not be done. */
    public static final int FAILURE = 3;

    private ExitCode() {}
}
