package io.tidemill.peers.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What Linux says of this machine; elsewhere less is known. */
final class Machine {
    private static final double TICKS_PER_SECOND = 100;
    private static final Duration QUIET_FOR = Duration.ofSeconds(3);
    private static final double QUIET_SHARE_MAX = 0.15;

    private Machine() {}

    static String description() {
        return Runtime.getRuntime().availableProcessors() + " x "
                + field("/proc/cpuinfo", "model name").orElse("processor")
                + "; memory " + field("/proc/meminfo", "MemTotal").orElse("unknown") + "; "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + "; JDK " + Runtime.version();
    }

    static String load() {
        return lines("/proc/loadavg").stream()
                .findFirst()
                .map(line -> line.split(" ", 2)[0])
                .orElse("unknown");
    }

    static OptionalDouble peakMebibytes(long pid) {
        return field("/proc/" + pid + "/status", "VmHWM")
                .map(value -> Double.parseDouble(value.replaceAll("[^0-9]", "")) / 1024)
                .map(OptionalDouble::of)
                .orElse(OptionalDouble.empty());
    }

    /** CPU time of all processes since the machine started, stolen time included; NaN if unknown. */
    static double busySeconds() {
        Optional<String> first = lines("/proc/stat").stream().findFirst();
        if (first.isEmpty()) {
            return Double.NaN;
        }
        String[] ticks = first.get().trim().split(" +");
        long busy = 0;
        for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
            busy += Long.parseLong(ticks[i]);
        }
        return busy / TICKS_PER_SECOND;
    }

    /** Waits until the machine has little else to do, at most so long. */
    static void awaitQuiet(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        double capacity = QUIET_FOR.toSeconds() * Runtime.getRuntime().availableProcessors();
        while (System.nanoTime() < deadline) {
            double before = busySeconds();
            Thread.sleep(QUIET_FOR.toMillis());
            if (!((busySeconds() - before) / capacity >= QUIET_SHARE_MAX)) {
                return;
            }
        }
    }

    private static Optional<String> field(String file, String name) {
        return lines(file).stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).trim());
    }

    private static List<String> lines(String file) {
        try {
            return Files.exists(Path.of(file)) ? Files.readAllLines(Path.of(file)) : List.of();
        } catch (java.nio.file.NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            // A process that ends while it is being looked at.
            if (file.endsWith("/status")) {
                return List.of();
            }
            throw new UncheckedIOException(e);
        }
    }
}
