package io.tidemill.compat.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A consumer in a JVM of its own, which can be stopped, continued and killed. */
final class ConsumerProcess implements AutoCloseable {
    private final Process process;

    ConsumerProcess(String bootstrap, String group, String client, String protocol, String topic) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ConsumerProcess.class.getName(),
                        bootstrap,
                        group,
                        client,
                        protocol,
                        topic)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Ends when its parent does, which closes its input. */
    public static void main(String[] args) throws IOException {
        try (Worker worker = new Worker(args[0], args[1], args[2], Map.of("group.protocol", args[3]), args[4])) {
            while (System.in.read() >= 0) {
                worker.records.get();
            }
        }
    }

    void pause() throws Exception {
        signal("STOP");
    }

    void resume() throws Exception {
        signal("CONT");
    }

    void kill() {
        process.destroyForcibly();
    }

    private void signal(String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new AssertionError("kill -" + name + " failed");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
}
