package io.tidemill.benchmarks.kafka;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Real Kafka and {@code tidemill serve} on this machine, one after the other, in several rounds that alternate, under the
 * same clients with the same settings. Prints a Markdown table.
 */
public final class KafkaComparison {
    private static final String START_TOPIC = "start";
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final Duration SUITE_MAX = Duration.ofMinutes(2);
    private static final List<String> CLIENT_OPTIONS = List.of("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC");

    private final Settings settings;
    private final Results results = new Results();

    private record Settings(Path script, int rounds, Duration each, int rate, List<Boolean> syncs, List<String> peers) {
        private static final String USAGE = "benchmarks/run kafka [--quick] [--rounds N] [--millis N] [--rate N]"
                + " [--sync on|off|both] [--only kafka|tidemill]";

        static Settings of(String[] args) {
            int rounds = 3;
            int millis = 2_000;
            int rate = 10_000;
            List<Boolean> syncs = List.of(false, true);
            List<String> peers = List.of("kafka", "tidemill");
            for (int i = 0; i < args.length; i++) {
                switch (args[i]) {
                    case "--quick" -> {
                        rounds = 1;
                        millis = 750;
                    }
                    case "--rounds" -> rounds = Integer.parseInt(args[++i]);
                    case "--millis" -> millis = Integer.parseInt(args[++i]);
                    case "--rate" -> rate = Integer.parseInt(args[++i]);
                    case "--sync" -> syncs = "both".equals(args[++i]) ? syncs : List.of("on".equals(args[i]));
                    case "--only" -> peers = List.of(args[++i]);
                    default -> throw new IllegalArgumentException("there is no " + args[i] + ": " + USAGE);
                }
            }
            Path script = Path.of(System.getProperty("tidemill.script", "tidemill"));
            return new Settings(script.toAbsolutePath(), rounds, Duration.ofMillis(millis), rate, syncs, peers);
        }
    }

    private KafkaComparison(Settings settings) {
        this.settings = settings;
    }

    public static void main(String[] args) throws Exception {
        new KafkaComparison(Settings.of(args)).run();
    }

    private void run() throws Exception {
        printSettings();
        for (int round = 0; round < settings.rounds; round++) {
            for (boolean sync : settings.syncs) {
                List<String> order = new ArrayList<>(settings.peers);
                if (round % 2 == 1) {
                    Collections.reverse(order);
                }
                for (String name : order) {
                    System.err.printf("round %d, sync %s: %s%n", round + 1, sync ? "on" : "off", name);
                    try (Peer peer = start(name, sync)) {
                        measure(peer, sync, figure -> results.add(sync, peer.name(), figure));
                    }
                }
            }
        }
        results.print(System.out);
        System.out.printf(Locale.ROOT, "%nLoad of the machine at the end: %s%n", load());
    }

    private Peer start(String name, boolean sync) {
        return "kafka".equals(name) ? new Peer.RealKafka(sync) : new Peer.Tidemill(settings.script, sync);
    }

    private void measure(Peer peer, boolean sync, Consumer<Figure> out) throws Exception {
        Clients clients = new Clients(peer.bootstrap());
        clients.createTopics(START_TOPIC);
        awaitProduced(clients);
        peer.stop();
        long begin = System.nanoTime();
        CompletableFuture<Void> restart = CompletableFuture.runAsync(peer::restart);
        awaitProduced(clients);
        double millis = (System.nanoTime() - begin) / 1e6;
        restart.join();
        out.accept(Figure.less("Start-up: process start to first acknowledged record", "ms", millis));
        ProcessFigures process = new ProcessFigures(peer.pid());
        out.accept(Figure.less("Start-up: CPU time until then", "ms", process.cpuSeconds() * 1e3));
        Thread.sleep(SETTLE.toMillis());
        out.accept(
                Figure.less("Memory, idle after start and first record", "MiB resident", process.residentMebibytes()));
        suite(peer, sync, out);
        Thread.sleep(SETTLE.toMillis() / 2);
        out.accept(Figure.less("Memory after the load", "MiB resident", process.residentMebibytes()));
        out.accept(Figure.less("Memory, largest", "MiB resident", process.residentPeakMebibytes()));
    }

    private static void awaitProduced(Clients clients) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = clients.producer(0)) {
            producer.send(new ProducerRecord<>(START_TOPIC, new byte[100])).get(60, TimeUnit.SECONDS);
        }
    }

    private void suite(Peer peer, boolean sync, Consumer<Figure> out) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(CLIENT_OPTIONS);
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ClientSuite.class.getName()));
        command.addAll(List.of(
                peer.bootstrap(),
                String.valueOf(peer.pid()),
                String.valueOf(settings.each.toMillis()),
                String.valueOf(settings.rate),
                // Reading does not depend on it, and a broker that syncs every batch takes long to have enough to read.
                String.valueOf(!sync)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread watch = new Thread(() -> endLate(process), "watch");
        watch.setDaemon(true);
        watch.start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().filter(Figure::isLine).map(Figure::parse).forEach(out);
        } finally {
            process.destroyForcibly();
        }
        if (process.waitFor() != 0) {
            System.err.println("  the clients ended early, with " + process.exitValue());
        }
    }

    private static void endLate(Process process) {
        try {
            if (!process.waitFor(SUITE_MAX.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("  the clients take too long and are ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    private void printSettings() throws IOException {
        System.out.printf(
                Locale.ROOT,
                "%s; JDK %s; %d processors; %s; load %s%n%n",
                Instant.now(),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                load());
        System.out.println("* Kafka 4.3.1: one KRaft node, `" + String.join(" ", Peer.RealKafka.JAVA_OPTIONS)
                + "` as its script has it, its own defaults, but 2 partitions for its internal topics.");
        System.out.println("* Tidemill: `tidemill serve`, `TIDEMILL_OPTS=" + Peer.Tidemill.JAVA_OPTIONS
                + "`, and the flags that its script has.");
        System.out.println("* Sync on: an acknowledged record is on the disk; Kafka with log.flush.interval.messages=1,"
                + " Tidemill with --durability disk. Off: it survives the end of the process; Kafka's default,"
                + " Tidemill with --durability os.");
        System.out.println("* Clients: kafka-clients 4.3.1 in one other process, `" + String.join(" ", CLIENT_OPTIONS)
                + "`; acks=all, idempotent, topics of " + Clients.PARTITIONS + " partitions. Throughput: linger.ms=5,"
                + " else default batching; latency and transactions: linger.ms=0.");
        System.out.printf(
                Locale.ROOT,
                "* %d rounds, in each both one after the other, in turns; %d ms for each measurement. Median (least to"
                        + " most). The clients share the processors with the broker.%n",
                settings.rounds,
                settings.each.toMillis());
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0];
    }
}
