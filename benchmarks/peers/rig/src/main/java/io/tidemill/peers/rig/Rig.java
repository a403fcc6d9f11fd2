package io.tidemill.peers.rig;

import io.tidemill.broker.KafkaBroker;
import io.tidemill.peers.Generator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** What all jobs use: the broker, processes, and a directory that is gone afterwards. The processes' output stays in {@code logs}. */
final class Rig implements AutoCloseable {
    static final List<String> BROKER_OPTIONS = List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC");
    private static final Map<String, String> BROKER_SETTINGS = Map.ofEntries(
            Map.entry("num.partitions", "4"),
            Map.entry("offsets.topic.num.partitions", "4"),
            Map.entry("transaction.state.log.num.partitions", "4"),
            Map.entry("log.retention.ms", "-1"),
            Map.entry("log.cleaner.enable", "false"),
            Map.entry("transaction.max.timeout.ms", "900000"),
            // The harness is made for tests; these are Kafka's defaults again.
            Map.entry("broker.session.timeout.ms", "9000"),
            Map.entry("broker.heartbeat.interval.ms", "2000"),
            Map.entry("log.index.size.max.bytes", "10485760"),
            Map.entry("log.cleaner.dedupe.buffer.size", "134217728"));

    private static final String QUIET_LOG = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";

    /** Spark and Hazelcast need them; all have them. */
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.util",
            "java.base/java.nio",
            "java.base/sun.nio.ch",
            "java.base/java.lang.invoke",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/java.net",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/sun.nio.cs",
            "java.base/sun.security.action",
            "java.base/sun.util.calendar",
            "java.base/jdk.internal.ref",
            "java.management/sun.management",
            "jdk.management/com.sun.management.internal");

    private static final Duration TOOL_MAX = Duration.ofMinutes(10);

    private final Settings settings;
    private final Modules modules;
    private final Path work;
    private final Path logs;
    private KafkaBroker broker;
    private int runs;

    Rig(Settings settings, Modules modules) throws IOException {
        this.settings = settings;
        this.modules = modules;
        this.work = Files.createTempDirectory("tidemill-peers");
        this.logs = Files.createDirectories(work.resolveSibling("logs"));
    }

    Settings settings() {
        return settings;
    }

    Path work() {
        return work;
    }

    void startBroker() {
        KafkaBroker.Builder builder = KafkaBroker.builder().javaOptions(BROKER_OPTIONS);
        brokerSettings().forEach(builder::property);
        broker = builder.start();
    }

    Map<String, String> brokerSettings() {
        Map<String, String> all = new TreeMap<>(BROKER_SETTINGS);
        if (settings.brokerSync()) {
            all.put("log.flush.interval.messages", "1");
        }
        return all;
    }

    boolean hasBroker() {
        return broker != null;
    }

    String bootstrap() {
        return broker == null ? "" : broker.bootstrap();
    }

    double brokerCpuSeconds() {
        return broker == null
                ? 0
                : ProcessHandle.of(broker.pid())
                                .flatMap(handle -> handle.info().totalCpuDuration())
                                .orElse(Duration.ZERO)
                                .toNanos()
                        / 1e9;
    }

    Path log(String id) {
        return logs.resolve(id + ".log");
    }

    Peer.Run newRun(Peer peer, String input) throws IOException {
        String id = peer.job() + "-" + peer.name() + "-" + ++runs;
        Path directory = Files.createDirectories(work.resolve(id));
        Files.createDirectories(directory.resolve("tmp"));
        return new Peer.Run(id, bootstrap(), input, "out-" + id, directory, directory.resolve("preloaded"), settings);
    }

    Jvm start(Peer peer, Peer.Run run) {
        List<String> options = new ArrayList<>(engineOptions());
        options.add("-Djava.io.tmpdir=" + run.directory().resolve("tmp"));
        OPENED.forEach(each -> options.add("--add-opens=" + each + "=ALL-UNNAMED"));
        return Jvm.start(
                options,
                modules.classPath(peer.module()),
                peer.mainClass(),
                peer.arguments().apply(run),
                log(run.id()));
    }

    List<String> engineOptions() {
        return List.of("-Xms" + settings.heap(), "-Xmx" + settings.heap(), "-XX:+UseG1GC", QUIET_LOG);
    }

    /** A helper of the rig's own, in a JVM of its own, so that each run has it equally cold. */
    Jvm tool(Class<?> tool, List<String> options, String id, String... arguments) {
        List<String> all = new ArrayList<>(options);
        all.add(QUIET_LOG);
        return Jvm.start(all, System.getProperty("java.class.path"), tool.getName(), List.of(arguments), log(id));
    }

    /** A class of a module that prepares something. */
    void prepare(String module, String main, String... arguments) throws InterruptedException {
        String id = "prepare-" + main;
        List<String> options = List.of("-Xmx1g", QUIET_LOG);
        try (Jvm jvm = Jvm.start(
                options,
                modules.classPath(module),
                "io.tidemill.peers." + module + "." + main,
                List.of(arguments),
                log(id))) {
            if (!jvm.awaitEnd(TOOL_MAX)) {
                throw new IllegalStateException(id + " failed: " + jvm.marks().tail(10));
            }
        }
    }

    void createTopics(String... names) throws InterruptedException {
        admin(admin -> admin.createTopics(Stream.of(names)
                        .map(name -> new NewTopic(name, Generator.PARTITIONS, (short) 1))
                        .toList())
                .all()
                .get());
    }

    /** All topics whose names contain {@code id}: the engines' own, too. */
    void deleteTopics(String id) throws InterruptedException {
        admin(admin -> {
            List<String> found = admin.listTopics().names().get().stream()
                    .filter(name -> name.contains(id))
                    .toList();
            admin.deleteTopics(found).all().get();
        });
    }

    private interface Asked {
        void ask(Admin admin) throws InterruptedException, ExecutionException;
    }

    private void admin(Asked asked) throws InterruptedException {
        if (broker == null) {
            return;
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            asked.ask(admin);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            System.err.println("could not delete all of " + directory + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        if (broker != null) {
            broker.close();
        }
        delete(work);
    }
}
