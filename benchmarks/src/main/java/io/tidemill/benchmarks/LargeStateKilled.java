package io.tidemill.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * State in RocksDB that is larger than the heap: one process fills it and is killed while it changes it; the next one recovers
 * it, goes on, closes the window, and checks every answer. See README.md.
 */
public final class LargeStateKilled {
    private static final Map<String, String> DEFAULTS = Map.of(
            "--state-mib", "1024",
            "--entry-bytes", "1000",
            "--heap", "256m",
            "--updates", "400000",
            "--of", "windows",
            "--minutes", "60",
            "--dir", "");

    /** The state, the same again while it is compacted, and what has closed. */
    private static final int DISK_FACTOR = 3;

    /** What a process ends with that SIGKILL has ended. */
    private static final int KILLED = 128 + 9;

    private final Map<String, String> settings;
    private final Duration atMost;
    private boolean hasChecked;
    private boolean hasReached;

    private LargeStateKilled(Map<String, String> settings) {
        this.settings = settings;
        this.atMost = Duration.ofMinutes(number("--minutes"));
    }

    /** Takes pairs of a setting's name and its value. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> settings = Arguments.settings(args, DEFAULTS);
        Path directory = Arguments.directory(settings);
        Files.createDirectories(directory);
        Thread cleaning = new Thread(() -> deleteQuietly(directory), "cleaning");
        Runtime.getRuntime().addShutdownHook(cleaning);
        System.exit(new LargeStateKilled(settings).run(directory) ? 0 : 1);
    }

    private static void deleteQuietly(Path directory) {
        try {
            Children.delete(directory);
        } catch (IOException e) {
            System.err.println(directory + " could not be deleted: " + e.getMessage());
        }
    }

    private long number(String setting) {
        return Long.parseLong(settings.getOrDefault(setting, ""));
    }

    private boolean run(Path directory) throws IOException, InterruptedException {
        long entries = (number("--state-mib") << 20) / number("--entry-bytes");
        print(directory, entries);
        long free = Files.getFileStore(directory).getUsableSpace() >> 20;
        if (free < DISK_FACTOR * number("--state-mib")) {
            System.err.println("It may need " + DISK_FACTOR * number("--state-mib") + " MiB of the disk; " + free
                    + " MiB are free. Name another disk with --dir, or less with --state-mib.");
            return false;
        }
        long killAt = ThreadLocalRandom.current().nextLong(number("--updates") / 4, number("--updates") / 2);
        int killed = part(directory, entries, "fill-and-change", line -> !reaches(line, killAt));
        if (killed != KILLED || !hasReached) {
            System.err.println("The process was not killed in time, but ended with " + killed + ".");
            return false;
        }
        System.out.println("    killed (kill -9) behind " + killAt + " changes");
        int finished = part(directory, entries, "finish", line -> true);
        return finished == 0 && hasChecked;
    }

    private void print(Path directory, long entries) throws IOException {
        System.out.printf(
                "%s; state of %s MiB: %s, %d keys of %s bytes, in RocksDB; heap %s; durability DISK; %s changes of keys all over it;"
                        + " JDK %s; %d processors; data on %s%n",
                Instant.now(),
                settings.get("--state-mib"),
                settings.get("--of"),
                entries,
                settings.get("--entry-bytes"),
                settings.get("--heap"),
                settings.get("--updates"),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                Files.getFileStore(directory).type());
    }

    private boolean reaches(String line, long changes) {
        hasReached |= line.startsWith("changed ") && Long.parseLong(line.substring("changed ".length())) >= changes;
        return hasReached;
    }

    private int part(Path directory, long entries, String part, Predicate<String> goesOn)
            throws IOException, InterruptedException {
        return Children.run(
                atMost,
                line -> take(line) && goesOn.test(line),
                "-Xmx" + settings.get("--heap"),
                "-Xlog:disable",
                "LargeStatePart",
                directory.resolve("data").toString(),
                "rocksdb",
                Long.toString(entries),
                settings.getOrDefault("--entry-bytes", ""),
                settings.getOrDefault("--updates", ""),
                part,
                settings.getOrDefault("--of", ""));
    }

    private boolean take(String line) {
        if (line.startsWith("{")) {
            System.out.println("    " + line);
        }
        if (line.contains("\"part\":\"check\"")) {
            hasChecked = Children.number(line, "wrong") == 0 && Children.number(line, "missing") == 0;
            System.out.println(hasChecked ? "    every answer is right" : "    NOT EVERY ANSWER IS RIGHT");
        }
        return true;
    }
}
