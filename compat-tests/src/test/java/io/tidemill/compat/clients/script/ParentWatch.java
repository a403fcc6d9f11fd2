package io.tidemill.compat.clients.script;

import java.io.IOException;
import java.io.OutputStream;

/** Ends this process when the one that started it has ended, however that ends. */
public final class ParentWatch {
    private ParentWatch() {}

    public static void start() {
        Thread watch = new Thread(ParentWatch::outliveNobody, "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    /** The parent holds the other end of the pipe, and never writes to it. */
    private static void outliveNobody() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The pipe is broken: the same as its end.
        }
        Runtime.getRuntime().halt(1);
    }
}
