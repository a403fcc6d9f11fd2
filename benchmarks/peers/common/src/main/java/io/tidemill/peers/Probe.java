package io.tidemill.peers;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;

/** What an engine's process tells the rig, by lines on its standard output. */
public final class Probe {
    private static final AtomicBoolean MARKED = new AtomicBoolean();

    /** Read for every record: cheaper than the atomic. */
    private static volatile boolean seen;

    private Probe() {}

    /** To be called for every record that is decoded; the first one starts the clock. */
    public static void first() {
        if (!seen && MARKED.compareAndSet(false, true)) {
            seen = true;
            mark("FIRST");
        }
    }

    /** Says what has happened, when, and how much CPU time the process has had until now. */
    public static void mark(String what) {
        say(what + " ms=" + System.currentTimeMillis() + " cpu_ms=" + cpuMillis());
    }

    public static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    public static long cpuMillis() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1_000_000;
    }

    /** The parent holds the other end of standard input: this process ends when the parent does, however it does. */
    public static void endWithParent() {
        Thread watch = new Thread(Probe::awaitEndOfParent, "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static void awaitEndOfParent() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The pipe is broken: the same as its end.
        }
        Runtime.getRuntime().halt(1);
    }
}
