package io.tidemill.compat.consistency;

import java.io.IOException;
import java.io.OutputStream;

/** {@code tidemill}, until its parent is gone. */
final class ServeProcess {
    private ServeProcess() {}

    /** @param args as for the command */
    public static void main(String[] args) {
        Thread watch = new Thread(ServeProcess::endWithParent, "parent-watch");
        watch.setDaemon(true);
        watch.start();
        io.tidemill.cli.Main.main(args);
    }

    /** The parent holds the other end of the pipe, and never writes to it: it ends when the parent does, however it does. */
    private static void endWithParent() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The pipe is broken: the same as its end.
        }
        Runtime.getRuntime().halt(1);
    }
}
