package io.tidemill.broker;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka broker: a single KRaft node, controller and broker in one, in a JVM of its own, on free ports of 127.0.0.1 and
 * with its data in a temporary directory. It can be killed and started again on the same data and ports. It ends with its
 * parent, however that ends. Not thread-safe.
 *
 * <pre>{@code
 * try (KafkaBroker broker = KafkaBroker.start()) {
 *     Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrap());
 * }
 * }</pre>
 */
public final class KafkaBroker implements AutoCloseable {
    private static final String CLASS_PATH = "class-path";
    private static final String STARTED = "Kafka Server started";
    private static final int START_TRIES_MAX = 3;
    private static final Duration START_MAX = Duration.ofMinutes(4);
    private static final Duration END_MAX = Duration.ofSeconds(90);

    /** Below what Linux gives to outgoing connections: a client that calls a port of that range can end up talking to itself. */
    private static final int PORT_MIN = 20_000;

    private static final int PORT_MAX = 32_000;

    private final Path directory;
    private final Map<String, String> overrides;
    private final List<String> javaOptions;
    private final String clusterId;
    private final Thread hook = new Thread(this::endForcibly, "end-of-broker");
    private int port;
    private int controllerPort;
    private int startCount;
    private @Nullable Process process;

    private KafkaBroker(Builder builder) {
        this.overrides = Map.copyOf(builder.properties);
        this.javaOptions = builder.javaOptions.isEmpty() ? briefly(builder.heapMegabytes) : builder.javaOptions;
        this.clusterId = "tidemill-broker-harnes";
        try {
            this.directory = Files.createTempDirectory("tidemill-broker");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** What a broker is started with. */
    public static final class Builder {
        private final Map<String, String> properties = new TreeMap<>();
        private int heapMegabytes = 512;
        private List<String> javaOptions = List.of();

        private Builder() {}

        /** Overrides a setting of the broker, or adds one. */
        public Builder property(String name, String value) {
            properties.put(name, value);
            return this;
        }

        /** The broker's largest heap; 512 if not said. */
        public Builder heapMegabytes(int value) {
            heapMegabytes = value;
            return this;
        }

        /** The broker's JVM has these options, and none of the harness's own, of which the heap is one. */
        public Builder javaOptions(List<String> values) {
            javaOptions = List.copyOf(values);
            return this;
        }

        /** Starts it; returns when it takes requests. Throws {@link IllegalStateException} with its output if it does not. */
        public KafkaBroker start() {
            KafkaBroker broker = new KafkaBroker(this);
            try {
                broker.startAnywhere();
                return broker;
            } catch (RuntimeException | Error e) {
                broker.close();
                throw e;
            }
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A broker with the settings below. */
    public static KafkaBroker start() {
        return builder().start();
    }

    /** Host and port for {@code bootstrap.servers}; the same after a restart. */
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /** Of the running process. */
    public long pid() {
        return running().pid();
    }

    public boolean isRunning() {
        return process != null && process.isAlive();
    }

    /** What the running process, or the last one, has said. */
    public String output() {
        try {
            return Files.readString(outputFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        running().destroyForcibly();
        awaitEnd(running());
    }

    /** Lets it shut down in order; returns when the process is gone. */
    public void stop() {
        running().destroy();
        awaitEnd(running());
    }

    /** Starts a broker that was killed or stopped, on the same data and ports; returns when it takes requests. */
    public void restart() {
        if (isRunning()) {
            throw new IllegalStateException("the broker is running");
        }
        if (!launch()) {
            throw new IllegalStateException("the broker did not start again:\n" + output());
        }
    }

    /** Ends the process and deletes its data. */
    @Override
    public void close() {
        endForcibly();
        if (process != null) {
            awaitEnd(process);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook runs.
        }
        delete(directory);
    }

    private Process running() {
        if (process == null) {
            throw new IllegalStateException("the broker was not started");
        }
        return process;
    }

    private void endForcibly() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private static void awaitEnd(Process process) {
        try {
            if (!process.waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("the broker did not end within " + END_MAX);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** A free port may be taken before the broker binds it: then others are tried. */
    private void startAnywhere() {
        for (int i = 0; i < START_TRIES_MAX; i++) {
            port = freePort(0);
            controllerPort = freePort(port);
            if (launch()) {
                return;
            }
            delete(data());
        }
        throw new IllegalStateException("the broker does not start:\n" + output());
    }

    private static int freePort(int except) {
        SplittableRandom random = new SplittableRandom();
        while (true) {
            int candidate = random.nextInt(PORT_MIN, PORT_MAX);
            if (candidate != except && isFree(candidate)) {
                return candidate;
            }
        }
    }

    private static boolean isFree(int candidate) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** False if it ended instead. */
    private boolean launch() {
        startCount++;
        try {
            Path properties = writeProperties();
            Process started = new ProcessBuilder(command(properties))
                    .redirectErrorStream(true)
                    .redirectOutput(outputFile().toFile())
                    .start();
            process = started;
            return awaitStart(started);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean awaitStart(Process started) {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (System.nanoTime() < deadline) {
            if (output().contains(STARTED)) {
                return true;
            }
            try {
                if (started.waitFor(20, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the broker started", e);
            }
        }
        throw new IllegalStateException("the broker did not start within " + START_MAX + ":\n" + output());
    }

    private List<String> command(Path properties) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        command.add("-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info");
        command.add("-cp");
        command.add(classPath());
        command.add(BrokerProcess.class.getName());
        command.add(properties.toString());
        command.add(clusterId);
        return command;
    }

    /** It starts and ends too often for the second compiler to pay. */
    private static List<String> briefly(int heapMegabytes) {
        return List.of("-Xmx" + heapMegabytes + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    }

    private static String classPath() {
        try (InputStream in = KafkaBroker.class.getResourceAsStream(CLASS_PATH)) {
            if (in == null) {
                throw new IllegalStateException("the broker's class path is missing: build this module with Maven");
            }
            String own = Path.of(KafkaBroker.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
            return own + File.pathSeparator + new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Path outputFile() {
        return directory.resolve("output-" + startCount + ".txt");
    }

    private Path writeProperties() throws IOException {
        Properties properties = new Properties();
        properties.putAll(settings());
        properties.putAll(overrides);
        Path written = directory.resolve("server.properties.new");
        try (Writer writer = Files.newBufferedWriter(written)) {
            properties.store(writer, null);
        }
        return Files.move(written, directory.resolve("server.properties"), StandardCopyOption.REPLACE_EXISTING);
    }

    private Map<String, String> settings() {
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controllerPort),
                Map.entry("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort),
                Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
                Map.entry("log.dirs", data().toString()),
                Map.entry("num.partitions", "1"),
                Map.entry("default.replication.factor", "1"),
                Map.entry("min.insync.replicas", "1"),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "2"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "2"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                Map.entry("share.coordinator.state.topic.num.partitions", "2"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("auto.create.topics.enable", "false"),
                // A broker that was killed is fenced for this long, and nobody can lead its partitions.
                Map.entry("broker.session.timeout.ms", "3000"),
                Map.entry("broker.heartbeat.interval.ms", "300"),
                Map.entry("controlled.shutdown.enable", "false"),
                // Segments are preallocated by size in memory-mapped indexes: small ones start faster.
                Map.entry("log.index.size.max.bytes", "1048576"),
                Map.entry("log.cleaner.dedupe.buffer.size", "16777216"));
    }

    private static void delete(Path root) {
        try (Stream<Path> paths = Files.exists(root) ? Files.walk(root) : Stream.empty()) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
