package io.tidemill.broker;

import java.io.IOException;
import java.io.InputStream;

/** The child process: formats the storage where that is missing, then is a broker until its parent is gone. */
final class BrokerProcess {
    private BrokerProcess() {}

    /** @param args the properties file, then the cluster's id */
    public static void main(String[] args) {
        Thread watch = new Thread(() -> outlivesNobody(System.in), "parent-watch");
        watch.setDaemon(true);
        watch.start();
        int formatted = kafka.tools.StorageTool.execute(
                new String[] {"format", "--ignore-formatted", "-t", args[1], "-c", args[0]}, System.out);
        if (formatted != 0) {
            Runtime.getRuntime().halt(formatted);
        }
        kafka.Kafka.main(new String[] {args[0]});
    }

    /** The parent holds the other end of the pipe, and never writes to it: it ends when the parent does, however it does. */
    private static void outlivesNobody(InputStream pipe) {
        try {
            pipe.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The pipe is broken: the same as its end.
        }
        Runtime.getRuntime().halt(1);
    }
}
