package io.tidemill.compat.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client that is no Java program. Ends with its test. */
final class OtherClient implements AutoCloseable {
    private final Process process;

    private OtherClient(List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Whether {@code command} can be run, and ends well. */
    static boolean works(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(120, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Writes what it consumes to its output, which nobody reads: it waits when the pipe is full. */
    static OtherClient kcat(String bootstrap, String group, String topic, String... settings) throws IOException {
        List<String> command = new ArrayList<>(List.of("kcat", "-b", bootstrap, "-q", "-u"));
        for (String each : settings) {
            command.addAll(List.of("-X", each));
        }
        command.addAll(List.of("-G", group, topic));
        return new OtherClient(command);
    }

    static OtherClient kafkajs(Path directory, String... arguments) throws IOException {
        Path script = directory.resolve("slow-kafkajs.js");
        try (InputStream source = OtherClient.class.getResourceAsStream("/doctor/slow-kafkajs.js")) {
            if (source == null) {
                throw new IOException("the script is missing");
            }
            Files.write(script, source.readAllBytes());
        }
        List<String> command = new ArrayList<>(List.of("node", script.toString()));
        command.addAll(List.of(arguments));
        return new OtherClient(command);
    }

    /** It ends by itself only after what the scenario waits for. */
    void awaitStart() {
        Scene.await("the client runs", process::isAlive);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
}
