package io.tidemill.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs the benchmarks, each in JVMs of its own, and prints settings, every run and the medians. */
public final class Benchmarks {
    private static final Map<String, String> DEFAULTS = Map.of(
            "--events", "5000000",
            "--runs", "5",
            "--lanes", "2",
            "--rate", "100000",
            "--warm-up", "20",
            "--seconds", "30",
            "--trigger", "0",
            "--state", "memory",
            "--only", "",
            "--dir", "");

    private static final List<String> JOBS = List.of("bulk", "latency", "start");

    private final Map<String, String> settings;

    private Benchmarks(Map<String, String> settings) {
        this.settings = settings;
    }

    /** Takes pairs of a setting's name and its value. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> settings = Arguments.settings(args, DEFAULTS);
        String only = settings.getOrDefault("--only", "");
        if (!only.isEmpty() && !JOBS.contains(only)) {
            System.err.println("There is no job " + only + "; there are " + JOBS + ", one at a time.");
            System.exit(2);
        }
        new Benchmarks(settings).run();
    }

    private String get(String name) {
        return settings.getOrDefault(name, "");
    }

    private void run() throws IOException, InterruptedException {
        String given = get("--dir");
        Path directory = given.isEmpty() ? Files.createTempDirectory("tidemill-benchmarks") : Path.of(given);
        try {
            System.out.printf(
                    "%s; JDK %s; %d processors; %s; data in %s%n",
                    Instant.now(),
                    Runtime.version(),
                    Runtime.getRuntime().availableProcessors(),
                    System.getProperty("os.name") + " " + System.getProperty("os.version"),
                    Files.getFileStore(directory.toAbsolutePath().getParent()).type());
            if (isWanted("bulk")) {
                bulk(directory);
            }
            if (isWanted("latency")) {
                latency(directory);
            }
            if (isWanted("start")) {
                coldStart(directory);
            }
        } finally {
            Children.delete(directory);
        }
    }

    private void bulk(Path directory) throws IOException, InterruptedException {
        System.out.println(
                "(a) bulk: hourly count and sum per page, log to log, exactly once, DISK; -Xms2g -Xmx2g, cold JVM; state in "
                        + get("--state"));
        Path preloaded = directory.resolve("preloaded");
        print(Children.java("-Xmx1g", "Preload", preloaded.toString(), get("--events")));
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(get("--runs")); i++) {
            Path copy = directory.resolve("bulk");
            Children.copy(preloaded, copy);
            String line = print(
                    Children.java("-Xms2g", "-Xmx2g", "Bulk", copy.toString(), get("--lanes"), "disk", get("--state")));
            rates.add(Children.number(line, "eventsPerSecond"));
            Children.delete(copy);
        }
        printMedian(rates, "events/s");
    }

    private void latency(Path directory) throws IOException, InterruptedException {
        System.out.println(
                "(b) latency: parse, keep half, running count per page, log to log, exactly once, DISK; -Xms1g -Xmx1g;"
                        + " --trigger is the period of micro-batches in ms, 0 for continuous");
        print(Children.java(
                "-Xms1g",
                "-Xmx1g",
                "LatencyUnderLoad",
                directory.resolve("latency").toString(),
                get("--rate"),
                get("--warm-up"),
                get("--seconds"),
                "1",
                "disk",
                get("--trigger")));
    }

    private void coldStart(Path directory) throws IOException, InterruptedException {
        System.out.println("(c) cold start: from the start of the process to a reader's first result, DISK; -Xmx1g");
        Path preloaded = directory.resolve("preloaded-start");
        print(Children.java("-Xmx1g", "Preload", preloaded.toString(), String.valueOf(ColdStart.EVENTS)));
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(get("--runs")); i++) {
            String line = print(Children.coldStart(preloaded, directory.resolve("start")));
            millis.add(Children.number(line, "firstResultMillis"));
        }
        printMedian(millis, "ms");
    }

    private static void printMedian(List<Double> values, String unit) {
        values.sort(Comparator.naturalOrder());
        System.out.printf(
                Locale.ROOT,
                "    median %.0f %s (%.0f to %.0f)%n",
                values.get(values.size() / 2),
                unit,
                values.get(0),
                values.get(values.size() - 1));
    }

    private boolean isWanted(String job) {
        return get("--only").isEmpty() || get("--only").equals(job);
    }

    private static String print(String line) {
        System.out.println("    " + line);
        return line;
    }
}
