package io.tidemill.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Benchmarks in JVMs of their own, their one line of JSON, and their directories. */
public final class Children {
    private static final Duration RUN_MAX = Duration.ofMinutes(30);

    private Children() {}

    /**
     * Runs a class of this package and returns the last line that it printed. {@code jvmOptionsClassAndArguments}: the class is
     * the first that begins with a capital letter. Throws {@link IllegalStateException} if it fails or takes half an hour.
     */
    public static String java(String... jvmOptionsClassAndArguments) throws IOException, InterruptedException {
        String[] last = {""};
        int exit = run(RUN_MAX, line -> keep(last, line), jvmOptionsClassAndArguments);
        if (exit != 0) {
            throw new IllegalStateException("the benchmark ended with " + exit);
        }
        return last[0];
    }

    private static boolean keep(String[] last, String line) {
        last[0] = line;
        return true;
    }

    /**
     * Runs a class of this package, and kills it without warning (SIGKILL, where there is that) when {@code goesOn} says so of a
     * line that it printed. Returns how it ended.
     */
    static int run(Duration atMost, Predicate<String> goesOn, String... jvmOptionsClassAndArguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        boolean named = false;
        for (String each : jvmOptionsClassAndArguments) {
            boolean isClass = !named && Character.isUpperCase(each.charAt(0));
            named |= isClass;
            command.add(isClass ? Children.class.getPackageName() + "." + each : each);
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread hook = new Thread(process::destroyForcibly, "end-of-child");
        Runtime.getRuntime().addShutdownHook(hook);
        Thread watch = new Thread(() -> endLate(process, atMost), "watch");
        watch.setDaemon(true);
        watch.start();
        try {
            readLines(process, goesOn);
            return process.waitFor();
        } finally {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    /** A run of {@link ColdStart} on a copy of {@code preloaded}; its line. */
    public static String coldStart(Path preloaded, Path copy) throws IOException, InterruptedException {
        copy(preloaded, copy);
        try {
            return java("-Xmx1g", "ColdStart", copy.toString(), String.valueOf(System.currentTimeMillis()));
        } finally {
            delete(copy);
        }
    }

    private static void readLines(Process process, Predicate<String> goesOn) throws IOException {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (!goesOn.test(line)) {
                    process.destroyForcibly();
                    return;
                }
            }
        }
    }

    private static void endLate(Process process, Duration atMost) {
        try {
            if (!process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("the benchmark takes too long and is ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    /** A field of a line of JSON. */
    public static double number(String json, String field) {
        Matcher matcher = Pattern.compile("\"" + field + "\":([0-9.]+)").matcher(json);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + field + " in " + json);
        }
        return Double.parseDouble(matcher.group(1));
    }

    public static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** With all that is in it; nothing if it is not there. */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
