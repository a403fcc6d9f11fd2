package io.tidemill.benchmarks.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says of a process. */
record ProcessFigures(long pid) {
    private static final double TICKS_PER_SECOND = 100;

    /** Of user and system time, since it began. */
    double cpuSeconds() {
        String stat = read("stat");
        // The name, in parentheses, may hold spaces.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    double residentMebibytes() {
        return status("VmRSS:");
    }

    double residentPeakMebibytes() {
        return status("VmHWM:");
    }

    private double status(String field) {
        return read("status")
                        .lines()
                        .filter(line -> line.startsWith(field))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow()
                / 1024.0;
    }

    private String read(String file) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
