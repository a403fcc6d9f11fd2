package io.tidemill.peers.rig;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs the peers in turns, in several rounds, and prints Markdown tables of medians. Needs the directory of the modules first. */
public final class Comparison {
    private final Settings settings;
    private final Modules modules;
    private final List<Peer> peers;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private Comparison(Path directory, Settings settings) {
        this.settings = settings;
        this.modules = new Modules(directory);
        this.peers = Peers.of(settings);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Settings settings = null;
        try {
            settings = Settings.of(List.of(args).subList(1, args.length).toArray(String[]::new));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
        boolean complete = new Comparison(Path.of(args[0]), settings).run();
        System.exit(complete ? 0 : 1);
    }

    private boolean run() throws IOException, InterruptedException {
        List<String> unknown = settings.unknown(Peers.names());
        if (!unknown.isEmpty() || peers.isEmpty() && !isGapWanted()) {
            System.err.println(
                    (unknown.isEmpty() ? settings.peers() + " not in " + settings.jobs() : unknown + " unknown")
                            + "; there are " + Peers.names());
            return false;
        }
        modules.build(peers.stream()
                .map(Peer::module)
                .filter(module -> !module.isEmpty())
                .distinct()
                .toList());
        Map<Job, Table> tables = new EnumMap<>(Job.class);
        try (Rig rig = new Rig(settings, modules)) {
            printSettings(rig);
            if (peers.stream().anyMatch(Comparison::needsBroker)) {
                rig.startBroker();
            }
            for (Job job : settings.jobs()) {
                List<Peer> inJob =
                        peers.stream().filter(peer -> peer.job() == job).toList();
                tables.put(job, measure(job, rig, inJob));
            }
        }
        tables.forEach((job, table) ->
                table.print(out, peers.stream().map(Peer::name).distinct().toList()));
        out.printf("%nLoad of the machine at the end: %s%n", Machine.load());
        return tables.values().stream().noneMatch(Table::hasFailures);
    }

    private boolean isGapWanted() {
        return settings.jobs().stream()
                .flatMap(job -> Peers.GAPS.getOrDefault(job, Map.of()).keySet().stream())
                .anyMatch(name -> settings.wants(name, Peers.names()));
    }

    private static boolean needsBroker(Peer peer) {
        boolean ownLog = peer.end() == Peer.End.SAYS_END || peer.name().equals(Peers.OURS);
        return peer.job() != Job.B && !ownLog;
    }

    private Table measure(Job job, Rig rig, List<Peer> inJob) throws IOException, InterruptedException {
        Measurement measurement = measurement(job, rig);
        Table table = new Table(job, measurement.columns());
        if (inJob.isEmpty()) {
            return table;
        }
        measurement.prepare(inJob);
        int rounds = job == Job.C ? settings.latencyRuns() : settings.runs();
        for (int round = 1; round <= rounds; round++) {
            List<Peer> order = new ArrayList<>(inJob);
            if (round % 2 == 0) {
                Collections.reverse(order);
            }
            for (Peer peer : order) {
                Machine.awaitQuiet(Duration.ofSeconds(settings.quietSeconds()));
                measure(measurement, table, peer, round);
            }
        }
        return table;
    }

    private void measure(Measurement measurement, Table table, Peer peer, int round)
            throws IOException, InterruptedException {
        try {
            Map<String, Double> figures = measurement.run(peer);
            table.add(peer.name(), figures);
            out.printf("%s, round %d, %s: %s%n", peer.job(), round, peer.name(), text(figures));
        } catch (IllegalStateException e) {
            table.fail(peer.name(), "round " + round + ": " + e.getMessage());
            out.printf("%s, round %d, %s: FAILED: %s%n", peer.job(), round, peer.name(), e.getMessage());
        }
    }

    private static String text(Map<String, Double> figures) {
        return figures.entrySet().stream()
                .map(each -> String.format(Locale.ROOT, "%s=%.3f", each.getKey(), each.getValue()))
                .collect(Collectors.joining(" "));
    }

    private static Measurement measurement(Job job, Rig rig) {
        return switch (job) {
            case A -> new BulkJob(rig);
            case B -> new EngineOnlyJob(rig);
            case C -> new LatencyJob(rig);
        };
    }

    private void printSettings(Rig rig) throws IOException {
        out.printf(
                "%s; %s; load %s; commit %s; data on %s%n%n",
                Instant.now(),
                Machine.description(),
                Machine.load(),
                System.getProperty("peers.commit", "unknown"),
                Files.getFileStore(rig.work()).type());
        out.printf(
                "* Workload: page views of 88 bytes of JSON, 10,000 pages by Zipf's law, keyed by page, 4 partitions, 24 hours of"
                        + " event time, 5 %% out of order, 1 %% by more than 10 minutes; the same bytes for all. A: %,d events,"
                        + " B: %,d, %d runs; C: %,d events/s in, half of them out, %d s after %d s of warm-up, %d runs.%n",
                settings.bulkEvents(),
                settings.engineEvents(),
                settings.runs(),
                settings.rate(),
                settings.seconds(),
                settings.warmUpSeconds(),
                settings.latencyRuns());
        out.printf("* Engines: a cold JVM for each run, `%s`.%n", String.join(" ", rig.engineOptions()));
        out.printf(
                "* Broker: Kafka, one KRaft node, `%s`, %s; all else its defaults. Durability: acks=all, and %s.%n",
                String.join(" ", Rig.BROKER_OPTIONS),
                rig.brokerSettings(),
                settings.brokerSync()
                        ? "every batch is synced before it is acknowledged"
                        : "no sync: what it acknowledges survives the end of its process, not of the machine");
        out.printf(
                "* Tidemill's embedded log: durability %s: %s.%n",
                settings.durability().toUpperCase(Locale.ROOT),
                settings.durability().equals("disk")
                        ? "every commit is synced before it is visible"
                        : "no sync, like the broker by default");
        peers.stream()
                .map(Peer::module)
                .filter(module -> !module.isEmpty())
                .distinct()
                .forEach(module -> out.printf("* Versions, %s: %s%n", module, modules.versions(module)));
        peers.forEach(peer -> out.printf("* %s, %s: %s%n", peer.job(), peer.name(), peer.settings()));
        out.println();
    }
}
