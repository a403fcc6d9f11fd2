package io.tidemill.peers.rig;

import io.tidemill.peers.rig.Peer.End;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Job A. The clock runs from the first record that the engine decodes to the moment at which a reader of committed results sees
 * the last one; CPU time runs on until the reader is sure that it was the last, two seconds later.
 */
final class BulkJob implements Measurement {
    private static final String INPUT = "page-views";
    private static final List<String> WATCH_OPTIONS = List.of("-Xmx512m", "-XX:+UseSerialGC");

    private final Rig rig;
    private final long events;
    private Expected expected;

    BulkJob(Rig rig) {
        this.rig = rig;
        this.events = rig.settings().bulkEvents();
    }

    @Override
    public List<Table.Column> columns() {
        return List.of(
                new Table.Column("events/s", "eventsPerSecond", 0, true, true),
                Table.Column.of("wall s", "wallSeconds", 2),
                new Table.Column("CPU µs/event from the first", "cpuMicrosPerEvent", 2, true, false),
                Table.Column.of("CPU s of the whole process", "cpuSeconds", 1),
                Table.Column.of("broker CPU s", "brokerCpuSeconds", 1),
                Table.Column.of("peak RSS MiB", "peakMebibytes", 0),
                Table.Column.of("finals", "finals", 0),
                Table.Column.of("events in no final", "notCounted", 0),
                Table.Column.of("duplicates", "duplicates", 0),
                Table.Column.of("others' CPU s", "othersCpuSeconds", 1));
    }

    @Override
    public void prepare(List<Peer> peers) throws InterruptedException {
        expected = Expected.of(events);
        if (rig.hasBroker()) {
            rig.createTopics(INPUT);
            try (Jvm jvm = rig.tool(
                    Preload.class,
                    List.of("-Xmx1g"),
                    "prepare-broker",
                    rig.bootstrap(),
                    INPUT,
                    String.valueOf(events))) {
                if (!jvm.awaitEnd(Duration.ofMinutes(10))) {
                    throw new IllegalStateException(
                            "the broker was not filled: " + jvm.marks().tail(10));
                }
            }
        }
        if (peers.stream().anyMatch(peer -> peer.end() == End.SAYS_END)) {
            rig.prepare(Peers.OURS, "TidemillPreload", preloaded(), String.valueOf(events));
        }
    }

    private String preloaded() {
        return rig.work().resolve("preloaded").toString();
    }

    @Override
    public Map<String, Double> run(Peer peer) throws IOException, InterruptedException {
        Peer.Run run = rig.newRun(peer, INPUT);
        if (peer.end() == End.SAYS_END) {
            Rig.copy(rig.work().resolve("preloaded"), run.preloaded());
        }
        if (peer.end() == End.WATCHED) {
            rig.createTopics(run.output());
        }
        double machineBefore = Machine.busySeconds();
        double brokerBefore = rig.brokerCpuSeconds();
        Map<String, Double> figures = new LinkedHashMap<>();
        Marks marks;
        Marks end;
        try (Jvm engine = rig.start(peer, run)) {
            marks = engine.marks();
            end = peer.end() == End.WATCHED ? watch(engine, run) : await(engine, peer.end());
            double cpuSeconds =
                    peer.end() == End.SAYS_DONE ? marks.number("DONE", "cpu_ms") / 1e3 : engine.cpuSeconds();
            double brokerCpuSeconds = rig.brokerCpuSeconds() - brokerBefore;
            figures.put("cpuSeconds", cpuSeconds);
            figures.put("brokerCpuSeconds", brokerCpuSeconds);
            figures.put("othersCpuSeconds", Machine.busySeconds() - machineBefore - cpuSeconds - brokerCpuSeconds);
            figures.put("peakMebibytes", engine.peakMebibytes());
        }
        rig.deleteTopics(run.id());
        Rig.delete(run.directory());
        addTimes(figures, marks, end, peer.end() == End.SAYS_DONE ? "DONE" : "END");
        if (peer.end() != End.SAYS_DONE) {
            addCounts(figures, end);
            verify(peer, marks, end);
        }
        return figures;
    }

    private Marks await(Jvm engine, End how) throws InterruptedException {
        Marks marks = engine.marks();
        String word = how == End.SAYS_END ? "END" : "DONE";
        Duration atMost = Duration.ofSeconds(rig.settings().runSeconds());
        if (!engine.await(() -> marks.has(word) || marks.has("TIMEOUT"), atMost) || !marks.has(word)) {
            throw new IllegalStateException("no end: " + marks.tail(5));
        }
        return marks;
    }

    private Marks watch(Jvm engine, Peer.Run run) throws InterruptedException {
        String id = run.id() + "-watch";
        String seconds = String.valueOf(rig.settings().runSeconds());
        try (Jvm watch = rig.tool(
                Watch.class, WATCH_OPTIONS, id, rig.bootstrap(), run.output(), String.valueOf(events), seconds)) {
            Duration atMost = Duration.ofSeconds(rig.settings().runSeconds() + 15);
            engine.await(() -> !watch.isAlive(), atMost);
            if (!engine.isAlive()) {
                throw new IllegalStateException(
                        "the engine has ended: " + engine.marks().tail(5));
            }
            if (!watch.marks().has("END")) {
                throw new IllegalStateException(
                        "not all results came: " + watch.marks().tail(5));
            }
            return watch.marks();
        }
    }

    private void addTimes(Map<String, Double> figures, Marks marks, Marks end, String word) {
        double seconds = (end.number(word, "ms") - marks.number("FIRST", "ms")) / 1e3;
        double cpuSeconds = figures.get("cpuSeconds") - marks.number("FIRST", "cpu_ms") / 1e3;
        figures.put("wallSeconds", seconds);
        figures.put("eventsPerSecond", events / seconds);
        figures.put("cpuMicrosPerEvent", cpuSeconds * 1e6 / events);
    }

    private static void addCounts(Map<String, Double> figures, Marks end) {
        figures.put("finals", end.number("END", "finals"));
        figures.put("notCounted", end.number("END", "not_counted"));
        figures.put("duplicates", end.number("END", "duplicates"));
    }

    /** Nobody may count twice. Ours must also find exactly what is there; the others' rules for late records differ. */
    private void verify(Peer peer, Marks marks, Marks end) {
        if (end.number("END", "duplicates") > 0 || end.number("END", "not_counted") < 0) {
            throw new IllegalStateException(
                    "results came twice: " + end.line("END").orElseThrow());
        }
        if (!peer.module().equals(Peers.OURS)) {
            return;
        }
        Expected found = new Expected((long) end.number("END", "finals"), (long) end.number("END", "counted"), (long)
                end.number("END", "dwell_ms"));
        if (!found.equals(expected)) {
            throw new IllegalStateException("wrong results: " + found + " instead of " + expected);
        }
        if (marks.number("LATE", "dropped") != events - expected.counted()) {
            throw new IllegalStateException(
                    "the ledger does not add up: " + marks.line("LATE").orElseThrow());
        }
    }
}
