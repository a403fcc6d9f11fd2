package io.tidemill.cli.process;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * What a command has around it.
 *
 * @param terminal whether somebody looks at {@code err}, so that progress may be drawn there
 */
public record Surroundings(InputStream in, PrintStream out, PrintStream err, boolean terminal, Stop stop) {
    /** Set by the script, which can tell; Java 17 cannot where only some of the streams are a terminal. */
    static final String TERMINAL_PROPERTY = "tidemill.terminal";

    private static final int OUT_BUFFER_BYTES = 64 << 10;

    /** Those of this process. Everything written is UTF-8, whatever the locale; {@code out} is flushed at the end. */
    public static Surroundings ofProcess() {
        PrintStream out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BUFFER_BYTES),
                false,
                StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        return new Surroundings(System.in, out, err, Boolean.getBoolean(TERMINAL_PROPERTY), Stop.bySignal());
    }
}
