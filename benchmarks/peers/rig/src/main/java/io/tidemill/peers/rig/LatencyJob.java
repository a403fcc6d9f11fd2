package io.tidemill.peers.rig;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Job C: see {@link OpenLoop}; Tidemill's own log is in its own process, and so are its producer and reader. */
final class LatencyJob implements Measurement {
    private static final List<String> LOAD_OPTIONS = List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC");
    private static final Duration START_MAX = Duration.ofSeconds(60);

    /** From started to reading: the peers' own word comes before their consumers have their partitions. */
    private static final long SETTLE_MILLIS = 10_000;

    private static final Duration DRAIN_MAX = Duration.ofSeconds(60);
    private static final List<String> QUANTILES = List.of("p50", "p90", "p99", "p999", "max");

    private final Rig rig;
    private final long spanSeconds;

    LatencyJob(Rig rig) {
        this.rig = rig;
        this.spanSeconds = rig.settings().warmUpSeconds() + rig.settings().seconds();
    }

    @Override
    public List<Table.Column> columns() {
        return List.of(
                new Table.Column("p50 ms", "p50", 2, true, false),
                Table.Column.of("p90", "p90", 2),
                new Table.Column("p99", "p99", 2, true, false),
                Table.Column.of("p99.9", "p999", 2),
                Table.Column.of("max", "max", 0),
                Table.Column.of("results", "got", 0),
                Table.Column.of("of", "expected", 0),
                Table.Column.of("duplicates", "duplicates", 0),
                Table.Column.of("engine cores", "engineCores", 2),
                Table.Column.of("broker cores", "brokerCores", 2),
                Table.Column.of("peak RSS MiB", "peakMebibytes", 0));
    }

    @Override
    public Map<String, Double> run(Peer peer) throws IOException, InterruptedException {
        Peer.Run named = rig.newRun(peer, "");
        Peer.Run run = new Peer.Run(
                named.id(),
                named.bootstrap(),
                "in-" + named.id(),
                named.output(),
                named.directory(),
                named.preloaded(),
                named.settings());
        try {
            if (peer.end() == Peer.End.SAYS_DONE) {
                return own(peer, run);
            }
            if (peer.module().isEmpty()) {
                rig.createTopics(run.input());
                return load(run, run.input());
            }
            rig.createTopics(run.input(), run.output());
            return engine(peer, run);
        } finally {
            rig.deleteTopics(run.id());
            Rig.delete(run.directory());
        }
    }

    private Map<String, Double> engine(Peer peer, Peer.Run run) throws InterruptedException {
        try (Jvm engine = rig.start(peer, run)) {
            if (!engine.await(() -> engine.marks().has("STARTED"), START_MAX)) {
                throw new IllegalStateException(
                        "it does not start: " + engine.marks().tail(5));
            }
            engine.await(() -> false, Duration.ofMillis(SETTLE_MILLIS));
            double before = engine.cpuSeconds();
            Map<String, Double> figures = load(run, run.output());
            if (!engine.isAlive()) {
                throw new IllegalStateException(
                        "it has ended: " + engine.marks().tail(5));
            }
            figures.put("engineCores", (engine.cpuSeconds() - before) / spanSeconds);
            engine.await(() -> true, Duration.ofSeconds(1));
            figures.put("peakMebibytes", engine.peakMebibytes());
            return figures;
        }
    }

    private Map<String, Double> load(Peer.Run run, String output) throws InterruptedException {
        Settings settings = rig.settings();
        double brokerBefore = rig.brokerCpuSeconds();
        try (Jvm load = rig.tool(
                OpenLoop.class,
                LOAD_OPTIONS,
                run.id() + "-load",
                rig.bootstrap(),
                run.input(),
                output,
                String.valueOf(settings.rate()),
                String.valueOf(settings.warmUpSeconds()),
                String.valueOf(settings.seconds()))) {
            load.awaitEnd(DRAIN_MAX.plusSeconds(spanSeconds));
            Marks marks = load.marks();
            if (!marks.has("LATENCY")) {
                throw new IllegalStateException("the load has failed: " + marks.tail(5));
            }
            Map<String, Double> figures = new LinkedHashMap<>();
            QUANTILES.forEach(name -> figures.put(name, marks.number("LATENCY", name)));
            List.of("got", "expected", "duplicates").forEach(name -> figures.put(name, marks.number("LATENCY", name)));
            figures.put("brokerCores", (rig.brokerCpuSeconds() - brokerBefore) / spanSeconds);
            return figures;
        }
    }

    private Map<String, Double> own(Peer peer, Peer.Run run) throws InterruptedException {
        try (Jvm engine = rig.start(peer, run)) {
            if (!engine.awaitEnd(DRAIN_MAX.plusSeconds(spanSeconds))) {
                throw new IllegalStateException(
                        "it has failed: " + engine.marks().tail(5));
            }
            String json = engine.marks().line("{\"type\":\"latency\"").orElseThrow();
            Map<String, Double> figures = new LinkedHashMap<>();
            QUANTILES.forEach(name -> figures.put(name, number(json, name + "Millis")));
            figures.put("got", number(json, "seen"));
            figures.put("expected", number(json, "results"));
            figures.put("engineCores", number(json, "cores"));
            figures.put("brokerCores", 0.0);
            figures.put("peakMebibytes", engine.peakMebibytes());
            return figures;
        }
    }

    private static double number(String json, String field) {
        Matcher matcher = Pattern.compile("\"" + field + "\":([0-9.]+)").matcher(json);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + field + " in " + json);
        }
        return Double.parseDouble(matcher.group(1));
    }
}
