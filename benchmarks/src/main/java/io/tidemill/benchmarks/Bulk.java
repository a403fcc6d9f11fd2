package io.tidemill.benchmarks;

import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.examples.PageViewsPerHour;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.rocksdb.RocksStores;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Benchmark (a): a preloaded day of page views, counted and summed per page and hour, log to results topic, exactly once.
 * The clock runs from the opening of the pipeline to the sync of its last result; the JVM is cold.
 */
public final class Bulk {
    private Bulk() {}

    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        int lanes = Integer.parseInt(args[1]);
        Durability durability = Durability.valueOf(args[2].toUpperCase(Locale.ROOT));
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults().durability(durability))) {
            StateBackend backend = args.length > 3 && args[3].equals("rocksdb")
                    ? StateBackend.in(RocksStores.in(directory.resolve(RocksStores.DIRECTORY_DEFAULT)))
                    : StateBackend.inMemory();
            Engine engine = Engine.on(log, EngineOptions.defaults().lanes(lanes).stateBackend(backend));
            long cpuBefore = cpuNanos();
            long started = System.nanoTime();
            long[] steps = {0};
            Ledger ledger = engine.runUntilEnd(PageViewsPerHour.pipeline(), (records, soFar) -> steps[0]++);
            double seconds = (System.nanoTime() - started) / 1e9;
            double cpuSeconds = (cpuNanos() - cpuBefore) / 1e9;
            Ledger.Records total = ledger.total();
            System.out.printf(
                    Locale.ROOT,
                    "{\"type\":\"bulk\",\"durability\":\"%s\",\"lanes\":%d,\"read\":%d,\"onTime\":%d,\"late\":%d,"
                            + "\"results\":%d,\"steps\":%d,\"seconds\":%.3f,\"cpuSeconds\":%.2f,\"eventsPerSecond\":%.0f}%n",
                    durability,
                    lanes,
                    total.read(),
                    total.onTime(),
                    total.late(),
                    ledger.results(),
                    steps[0],
                    seconds,
                    cpuSeconds,
                    total.read() / seconds);
        }
    }

    static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
