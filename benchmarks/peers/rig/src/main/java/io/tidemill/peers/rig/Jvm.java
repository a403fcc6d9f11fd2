package io.tidemill.peers.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A process of the rig's or of a peer's. It ends with the rig, because the rig holds its standard input. Not thread-safe. */
final class Jvm implements AutoCloseable {
    private static final Duration END_MAX = Duration.ofSeconds(15);
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final Process process;
    private final Marks marks;
    private double peakMebibytes = Double.NaN;

    private Jvm(Process process, Marks marks) {
        this.process = process;
        this.marks = marks;
    }

    static Jvm start(List<String> options, String classPath, String mainClass, List<String> arguments, Path output) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new Jvm(process, new Marks(output));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Marks marks() {
        return marks;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Of user and system time, since it began. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    }

    double peakMebibytes() {
        return peakMebibytes;
    }

    /** Whether {@code condition} came true before the process ended and the time was up. */
    boolean await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (System.nanoTime() < deadline) {
            Machine.peakMebibytes(process.pid()).ifPresent(value -> peakMebibytes = value);
            if (condition.getAsBoolean()) {
                return true;
            }
            if (process.waitFor(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                return condition.getAsBoolean();
            }
        }
        return false;
    }

    /** Whether it ended by itself, without an error. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        await(() -> !process.isAlive(), atMost);
        return !process.isAlive() && process.exitValue() == 0;
    }

    /** Lets it end in order, then by force. Not by {@link Process#destroy}, which closes its input, and so ends it at once. */
    @Override
    public void close() {
        process.toHandle().destroy();
        try {
            if (!process.waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
