package io.tidemill.compat.clients;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A process of the test's own, its output in two files. It is killed when this is closed, and when this JVM ends. Not
 * thread-safe.
 */
final class Child implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final String name;
    private final Path out;
    private final Path err;
    private final Process process;
    private final Thread hook;

    private Child(String name, Path out, Path err, Process process) {
        this.name = name;
        this.out = out;
        this.err = err;
        this.process = process;
        this.hook = new Thread(process::destroyForcibly, "end-of-" + name);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Starts {@code command} with its output in new files of {@code directory}. Its input stays open. */
    static Child start(Path directory, String name, List<String> command) {
        try {
            Path out = Files.createTempFile(directory, name, ".out");
            Path err = Files.createTempFile(directory, name, ".err");
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            return new Child(name, out, err, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs {@code command} with that input to its end; returns what it wrote to its standard output. Fails unless it succeeds. */
    static String run(Path directory, String name, String input, Duration most, List<String> command) {
        try (Child child = start(directory, name, command)) {
            try (OutputStream in = child.process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It has ended without reading: its exit code tells more.
            }
            int code = child.awaitEnd(most);
            if (code != 0) {
                throw new AssertionError(child.told(command + " ended with " + code));
            }
            return child.output();
        }
    }

    /** To the process's input, which stays open. */
    void write(String text) {
        try {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(told("does not take input"), e);
        }
    }

    String output() {
        return text(out);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code sentence}, and all that the process has said. */
    String told(String sentence) {
        return name + ": " + sentence + "\n--- its output\n" + output() + "\n--- its errors\n" + text(err);
    }

    /** Returns when {@code condition} holds; fails when the process ends before, or {@code most} is over. */
    void await(String what, Duration most, BooleanSupplier condition) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (hasEnded(PAUSE) && !condition.getAsBoolean()) {
                throw new AssertionError(told("ended with " + process.exitValue() + " before " + what));
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError(told("after " + most + " still not " + what));
            }
        }
    }

    /** The exit code; fails if it is still running after {@code most}. */
    int awaitEnd(Duration most) {
        if (!hasEnded(most)) {
            throw new AssertionError(told("has not ended after " + most));
        }
        return process.exitValue();
    }

    private boolean hasEnded(Duration most) {
        try {
            return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** SIGTERM. */
    void terminate() {
        // Not the process's own method: that closes the pipe, too, which the child takes for our end.
        process.toHandle().destroy();
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd(Duration.ofMinutes(2));
    }

    @Override
    public void close() {
        kill();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // This JVM is ending: the hook runs.
        }
    }
}
