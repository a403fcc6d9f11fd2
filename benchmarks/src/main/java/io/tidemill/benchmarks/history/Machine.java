package io.tidemill.benchmarks.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux says of this machine; elsewhere less is known. */
final class Machine {
    private static final double KIBIBYTES_PER_GIBIBYTE = 1 << 20;

    /** Of each processor: what a machine that does nothing else may be loaded with. */
    private static final double QUIET_LOAD_MAX = 0.25;

    private Machine() {}

    /** Processors, memory, system and the file system that the data is on. */
    static String type(Path data) throws IOException {
        return String.join(
                ", ",
                processors() + " x " + field("/proc/cpuinfo", "model name"),
                memory(),
                System.getProperty("os.name") + " " + release(),
                Files.getFileStore(data).type());
    }

    /** Over a minute; 0 if unknown. */
    static double load() throws IOException {
        Path file = Path.of("/proc/loadavg");
        return Files.exists(file) ? Double.parseDouble(Files.readString(file).split(" ", 2)[0]) : 0;
    }

    static boolean isNoisy(double load) {
        return load > QUIET_LOAD_MAX * processors();
    }

    private static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Its first two numbers: patches are not another type. */
    private static String release() {
        String[] numbers = System.getProperty("os.version").split("[.-]", 3);
        return numbers.length < 2 ? numbers[0] : numbers[0] + "." + numbers[1];
    }

    private static String memory() throws IOException {
        String kibibytes = field("/proc/meminfo", "MemTotal").replaceAll("[^0-9]", "");
        return kibibytes.isEmpty()
                ? "unknown memory"
                : Math.round(Long.parseLong(kibibytes) / KIBIBYTES_PER_GIBIBYTE) + " GiB";
    }

    private static String field(String file, String name) throws IOException {
        List<String> lines = Files.exists(Path.of(file)) ? Files.readAllLines(Path.of(file)) : List.of();
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .orElse("unknown");
    }
}
