package io.tidemill.peers.tidemill;

import io.tidemill.api.Pipeline;
import io.tidemill.cluster.KafkaLog;
import io.tidemill.cluster.KafkaLogOptions;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogOptions;
import io.tidemill.peers.Probe;
import io.tidemill.rocksdb.RocksStores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * Job A. Arguments: {@code embedded}, lanes, directory of a preloaded log, events, seconds at most, disk|os, memory|rocksdb; or
 * {@code kafka}, lanes, bootstrap, input, output, id.
 */
public final class TidemillBulk {
    private static final String OUTPUT = "page-views-per-hour";
    private static final Duration LEDGER_AGE_MAX = Duration.ofMillis(500);

    private static final Duration RUN_MAX = Duration.ofHours(2);

    private TidemillBulk() {}

    public static void main(String[] args) throws InterruptedException {
        Probe.endWithParent();
        EngineOptions options = EngineOptions.defaults().lanes(Integer.parseInt(args[1]));
        if (args[0].equals("embedded")) {
            embedded(args, options);
        } else {
            kafka(args, options);
        }
        // Like the other peers, it stays until it is ended.
        new CountDownLatch(1).await();
    }

    private static void embedded(String[] args, EngineOptions options) throws InterruptedException {
        long events = Long.parseLong(args[3]);
        LogOptions logOptions = LogOptions.defaults().durability(Durability.valueOf(args[5].toUpperCase(Locale.ROOT)));
        Path directory = Path.of(args[2]);
        try (EmbeddedLog log = EmbeddedLog.open(directory, logOptions)) {
            Pipeline pipeline = Pipelines.perHour("hourly-page-views", TidemillPreload.INPUT, OUTPUT);
            Probe.mark("STARTED");
            try (PipelineRun run = Engine.on(log, options.stateBackend(backend(args[6], directory)))
                    .start(pipeline)) {
                FinalsReader reader = new FinalsReader(log, OUTPUT, events);
                boolean complete = reader.read(Duration.ofSeconds(Long.parseLong(args[4])));
                tellLate(run);
                Probe.say(complete ? reader.line() : "TIMEOUT " + reader.line());
                new CountDownLatch(1).await();
            }
        }
    }

    private static StateBackend backend(String name, Path directory) {
        return name.equals("rocksdb")
                ? StateBackend.in(RocksStores.in(directory.resolve(RocksStores.DIRECTORY_DEFAULT)))
                : StateBackend.inMemory();
    }

    private static void kafka(String[] args, EngineOptions options) throws InterruptedException {
        try (Log log = KafkaLog.connect(KafkaLogOptions.of(args[2]))) {
            Pipeline pipeline = Pipelines.perHour(args[5], args[3], args[4]);
            Probe.mark("STARTED");
            try (PipelineRun run = Engine.on(log, options).start(pipeline)) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> tellLate(run)));
                run.await(RUN_MAX);
                throw new IllegalStateException("the pipeline has stopped", run.failure());
            }
        }
    }

    private static void tellLate(PipelineRun run) {
        try {
            Thread.sleep(LEDGER_AGE_MAX.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Ledger.Records total = run.ledger().total();
        Probe.say("LATE dropped=" + total.late() + " read=" + total.read() + " dead=" + total.deadLettered());
    }
}
