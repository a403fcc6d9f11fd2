package io.tidemill.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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
            "--only", "",
            "--dir", "");

    private final Map<String, String> settings;

    private Benchmarks(Map<String, String> settings) {
        this.settings = settings;
    }

    /** Takes pairs of a setting's name and its value. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> settings = new HashMap<>(DEFAULTS);
        for (int i = 0; i + 1 < args.length; i += 2) {
            if (!DEFAULTS.containsKey(args[i])) {
                System.err.println("There is no setting " + args[i] + "; there are " + DEFAULTS.keySet() + ".");
                System.exit(2);
            }
            settings.put(args[i], args[i + 1]);
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
            if (!get("--only").equals("latency")) {
                bulk(directory);
            }
            if (!get("--only").equals("bulk")) {
                latency(directory);
            }
        } finally {
            delete(directory);
        }
    }

    private void bulk(Path directory) throws IOException, InterruptedException {
        System.out.println(
                "(a) bulk: hourly count and sum per page, log to log, exactly once, DISK; -Xms2g -Xmx2g, cold JVM");
        Path preloaded = directory.resolve("preloaded");
        print(java("-Xmx1g", "Preload", preloaded.toString(), get("--events")));
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(get("--runs")); i++) {
            Path copy = directory.resolve("bulk");
            copy(preloaded, copy);
            String line = print(java("-Xms2g", "-Xmx2g", "Bulk", copy.toString(), get("--lanes"), "disk"));
            rates.add(number(line, "eventsPerSecond"));
            delete(copy);
        }
        rates.sort(Comparator.naturalOrder());
        System.out.printf(
                Locale.ROOT,
                "    median %.0f events/s (%.0f to %.0f)%n",
                rates.get(rates.size() / 2),
                rates.get(0),
                rates.get(rates.size() - 1));
    }

    private void latency(Path directory) throws IOException, InterruptedException {
        System.out.println(
                "(b) latency: parse, keep half, running count per page, log to log, exactly once, DISK; -Xms1g -Xmx1g;"
                        + " --trigger is the period of micro-batches in ms, 0 for continuous");
        print(java(
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

    private static String print(String line) {
        System.out.println("    " + line);
        return line;
    }

    private static double number(String json, String field) {
        Matcher matcher = Pattern.compile("\"" + field + "\":([0-9.]+)").matcher(json);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + field + " in " + json);
        }
        return Double.parseDouble(matcher.group(1));
    }

    /** Runs a class of this package in a JVM of its own; returns the last line that it printed. */
    private static String java(String... flagsClassAndArguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        for (String each : Arrays.asList(flagsClassAndArguments)) {
            boolean isClass = Character.isUpperCase(each.charAt(0));
            command.add(isClass ? "io.tidemill.benchmarks." + each : each);
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String last = "";
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = line;
            }
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the benchmark ended with " + process.exitValue());
        }
        return last;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
