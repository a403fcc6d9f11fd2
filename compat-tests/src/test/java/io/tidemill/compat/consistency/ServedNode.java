package io.tidemill.compat.consistency;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code tidemill serve} in a JVM of its own, as it is shipped; it fails by SIGKILL. */
final class ServedNode implements Node {
    private static final int PORT_TRIES_MAX = 3;
    private static final long END_SECONDS_MAX = 30;

    private final Path directory;
    private final SplittableRandom random;
    private final Thread hook = new Thread(this::kill, "end-of-node");
    private int port = Ports.free();
    private boolean started;
    private @Nullable Process process;

    ServedNode(SplittableRandom random) throws IOException {
        this.random = random;
        directory = Files.createTempDirectory("tidemill-consistency");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void start() throws IOException {
        for (int i = 0; i < PORT_TRIES_MAX; i++) {
            if (serves(launch())) {
                started = true;
                return;
            }
            if (!started) {
                port = Ports.free();
            }
        }
        throw new IOException("the server does not start:\n" + Files.readString(errors()));
    }

    private Process launch() throws IOException {
        Process launched = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        // It starts and ends too often for the second compiler to pay.
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServeProcess.class.getName(),
                        "serve",
                        "--json",
                        "--data",
                        directory.resolve("data").toString(),
                        "--listen",
                        bootstrap()))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors().toFile()))
                .start();
        process = launched;
        return launched;
    }

    /** It says so in its first line; false if it ends instead. */
    private static boolean serves(Process launched) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(launched.getInputStream(), StandardCharsets.UTF_8));
        String line = lines.readLine();
        return line != null && line.contains("bootstrap");
    }

    private Path errors() {
        return directory.resolve("errors.txt");
    }

    @Override
    public void fail() throws InterruptedException {
        kill();
        if (process != null && !process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new IllegalStateException("process " + process.pid() + " does not end");
        }
    }

    @Override
    public void failInStart() throws IOException, InterruptedException {
        launch().waitFor(random.nextLong(1_500), TimeUnit.MILLISECONDS);
        fail();
    }

    private void kill() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        if (process != null) {
            process.onExit().join();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Override
    public String toString() {
        return "tidemill serve, killed";
    }
}
