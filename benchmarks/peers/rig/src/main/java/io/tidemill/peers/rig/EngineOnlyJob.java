package io.tidemill.peers.rig;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Job B. The clock runs from the first event made to the end of the last window, by the engine's own marks. */
final class EngineOnlyJob implements Measurement {
    private final Rig rig;

    EngineOnlyJob(Rig rig) {
        this.rig = rig;
    }

    @Override
    public List<Table.Column> columns() {
        return List.of(
                new Table.Column("events/s", "eventsPerSecond", 0, true, true),
                Table.Column.of("wall s", "wallSeconds", 2),
                new Table.Column("CPU µs/event", "cpuMicrosPerEvent", 3, true, false),
                Table.Column.of("peak RSS MiB", "peakMebibytes", 0));
    }

    @Override
    public Map<String, Double> run(Peer peer) throws IOException, InterruptedException {
        Peer.Run run = rig.newRun(peer, "");
        try (Jvm engine = rig.start(peer, run)) {
            Marks marks = engine.marks();
            if (!engine.await(
                    () -> marks.has("DONE"), Duration.ofSeconds(rig.settings().runSeconds()))) {
                throw new IllegalStateException("no end: " + marks.tail(5));
            }
            long events = rig.settings().engineEvents();
            double seconds = (marks.number("DONE", "ms") - marks.number("FIRST", "ms")) / 1e3;
            double cpuSeconds = (marks.number("DONE", "cpu_ms") - marks.number("FIRST", "cpu_ms")) / 1e3;
            return Map.of(
                    "eventsPerSecond",
                    events / seconds,
                    "wallSeconds",
                    seconds,
                    "cpuMicrosPerEvent",
                    cpuSeconds * 1e6 / events,
                    "peakMebibytes",
                    engine.peakMebibytes());
        } finally {
            Rig.delete(run.directory());
        }
    }
}
