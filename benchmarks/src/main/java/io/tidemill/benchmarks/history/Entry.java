package io.tidemill.benchmarks.history;

import java.time.Instant;
import java.util.List;

/**
 * One job of one recording: a line of the history.
 *
 * @param commit what was measured; ends with {@code -dirty} if it had changes that were not committed
 * @param machine its type: runs on machines of the same type are compared
 * @param load the machine's load average over a minute, before the recording
 * @param noisy whether others used the machine so much that the figures say little
 * @param setting what else the figures depend on; only figures of the same setting are compared
 */
record Entry(
        Instant at,
        String commit,
        String machine,
        String jdk,
        double load,
        boolean noisy,
        String job,
        String setting,
        List<Figure> figures) {
    /** What this may be compared with: the JDK by its feature release. */
    Series series(Figure figure) {
        return new Series(machine, jdk.split("[.+-]", 2)[0], job, setting, figure.name());
    }

    /** Figures that may be compared with each other. */
    record Series(String machine, String jdkFeature, String job, String setting, String figure) {}
}
