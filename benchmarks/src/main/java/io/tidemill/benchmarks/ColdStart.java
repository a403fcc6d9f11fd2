package io.tidemill.benchmarks;

import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.examples.PageViewsPerHour;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * Benchmark (c): from the start of the process to the moment at which a reader has the first result, of a pipeline that begins
 * with a preloaded topic. Arguments: the log's directory, and when the process was started, in milliseconds since the epoch.
 */
public final class ColdStart {
    /** Preloaded. */
    public static final int EVENTS = 10_000;

    private static final String RESULTS = "page-views-per-hour";
    private static final Duration WAIT_MAX = Duration.ofSeconds(30);

    private ColdStart() {}

    public static void main(String[] args) throws InterruptedException {
        long startedMillis = Long.parseLong(args[1]);
        long mainMillis = System.currentTimeMillis();
        try (EmbeddedLog log =
                EmbeddedLog.open(Path.of(args[0]), LogOptions.defaults().durability(Durability.DISK))) {
            long openedMillis = System.currentTimeMillis();
            try (PipelineRun run = Engine.on(log, EngineOptions.defaults()).start(PageViewsPerHour.pipeline())) {
                awaitFirstResult(log, run);
                long resultMillis = System.currentTimeMillis();
                System.out.printf(
                        Locale.ROOT,
                        "{\"type\":\"start\",\"durability\":\"%s\",\"events\":%d,\"jvmMillis\":%d,\"openMillis\":%d,"
                                + "\"pipelineMillis\":%d,\"firstResultMillis\":%d}%n",
                        log.durability(),
                        EVENTS,
                        mainMillis - startedMillis,
                        openedMillis - mainMillis,
                        resultMillis - openedMillis,
                        resultMillis - startedMillis);
            }
        }
    }

    private static void awaitFirstResult(EmbeddedLog log, PipelineRun run) throws InterruptedException {
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        RecordCursor cursor = new RecordCursor();
        while (run.isRunning() && System.nanoTime() < deadline) {
            long seen = log.changes();
            int partitions =
                    log.topic(RESULTS).map(topic -> topic.config().partitions()).orElse(0);
            for (int partition = 0; partition < partitions; partition++) {
                log.fetch(new TopicPartition(RESULTS, partition), 0, 1 << 10, cursor);
                if (cursor.next()) {
                    return;
                }
            }
            log.awaitChange(seen, Duration.ofMillis(10));
        }
        throw new IllegalStateException("no result came", run.failure());
    }
}
