package io.tidemill.benchmarks.kafka;

import io.tidemill.broker.KafkaBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A broker in a process of its own, with fresh data. Its address does not change when it is started again. */
interface Peer extends AutoCloseable {
    /** As in the table's heading. */
    String name();

    String bootstrap();

    long pid();

    /** Ends it in order, and keeps its data. */
    void stop();

    /** Starts it again; may return before or after it takes requests. */
    void restart();

    /** Ends it and deletes its data. */
    @Override
    void close();

    /** Real Kafka, with the JVM flags that its own start script gives it. */
    final class RealKafka implements Peer {
        static final List<String> JAVA_OPTIONS = List.of(
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseG1GC",
                "-XX:MaxGCPauseMillis=20",
                "-XX:InitiatingHeapOccupancyPercent=35",
                "-XX:+ExplicitGCInvokesConcurrent");

        private final KafkaBroker broker;

        RealKafka(boolean sync) {
            KafkaBroker.Builder builder = KafkaBroker.builder()
                    .javaOptions(JAVA_OPTIONS)
                    // Kafka's own defaults, where the harness has what makes short tests shorter.
                    .property("log.index.size.max.bytes", "10485760")
                    .property("log.cleaner.dedupe.buffer.size", "134217728")
                    // Without it a start would wait until the broker before is believed to be gone.
                    .property("controlled.shutdown.enable", "true");
            broker = (sync ? builder.property("log.flush.interval.messages", "1") : builder).start();
        }

        @Override
        public String name() {
            return "Kafka";
        }

        @Override
        public String bootstrap() {
            return broker.bootstrap();
        }

        @Override
        public long pid() {
            return broker.pid();
        }

        @Override
        public void stop() {
            broker.stop();
        }

        @Override
        public void restart() {
            broker.restart();
        }

        @Override
        public void close() {
            broker.close();
        }
    }

    /** {@code tidemill serve}, as the script starts it. */
    final class Tidemill implements Peer {
        static final String JAVA_OPTIONS = "-Xmx1g";
        private static final int PORT_MIN = 20_000;
        private static final int PORT_MAX = 32_000;
        private static final int END_SECONDS_MAX = 20;

        private final Path script;
        private final Path directory;
        private final boolean sync;
        private final int port = freePort();
        private final Thread hook = new Thread(this::end, "end-of-tidemill");
        private @Nullable Process process;

        Tidemill(Path script, boolean sync) {
            this.script = script;
            this.sync = sync;
            try {
                directory = Files.createTempDirectory("tidemill-peer");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().addShutdownHook(hook);
            restart();
        }

        @Override
        public String name() {
            return "Tidemill";
        }

        @Override
        public String bootstrap() {
            return "127.0.0.1:" + port;
        }

        @Override
        public long pid() {
            return running().pid();
        }

        @Override
        public void stop() {
            running().destroy();
            awaitEnd();
        }

        @Override
        public void restart() {
            ProcessBuilder builder = new ProcessBuilder(
                    script.toString(),
                    "serve",
                    "--data",
                    directory.resolve("data").toString(),
                    "--listen",
                    bootstrap(),
                    "--durability",
                    sync ? "disk" : "os");
            builder.environment().put("TIDEMILL_OPTS", JAVA_OPTIONS);
            builder.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("output.txt").toFile()));
            try {
                process = builder.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            end();
            Runtime.getRuntime().removeShutdownHook(hook);
            delete(directory);
        }

        private Process running() {
            Process started = process;
            if (started == null || !started.isAlive()) {
                throw new IllegalStateException("tidemill serve does not run");
            }
            return started;
        }

        private void end() {
            Process started = process;
            if (started != null) {
                started.destroyForcibly();
                awaitEnd();
            }
        }

        private void awaitEnd() {
            Process started = process;
            try {
                if (started != null && !started.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                    started.destroyForcibly();
                    throw new IllegalStateException("tidemill serve did not end");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /** Below the ports that outgoing connections get: a client that tries one of those may end up talking to itself. */
        private static int freePort() {
            SplittableRandom random = new SplittableRandom();
            while (true) {
                int port = random.nextInt(PORT_MIN, PORT_MAX);
                try (ServerSocket socket = new ServerSocket()) {
                    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                    return port;
                } catch (IOException e) {
                    // Taken: another one.
                }
            }
        }

        private static void delete(Path root) {
            try (Stream<Path> paths = Files.walk(root)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
