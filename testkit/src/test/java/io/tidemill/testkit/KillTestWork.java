package io.tidemill.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineRun;
import io.tidemill.json.Json;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What the killed process does: append numbered records, count them per key and second, and correct now and then. */
final class KillTestWork {
    static final String SOURCE = "numbers";
    static final int PARTITIONS = 3;
    private static final int PER_COMMIT = 60;
    private static final long BASE_MILLIS = 1_700_000_000_000L;

    private KillTestWork() {}

    static Pipeline pipeline() {
        return Pipeline.named("killed")
                .from(Topic.of(SOURCE, Codec.text()))
                .map(line -> line.split(",", -1))
                .eventTime(
                        parts -> Instant.ofEpochMilli(Long.parseLong(parts[1])),
                        Watermark.outOfOrderBy(Duration.ofSeconds(1)))
                .keyBy(parts -> parts[0])
                .window(Tumbling.of(Duration.ofSeconds(1)))
                .aggregate(Aggregate.sum(parts -> Long.parseLong(parts[2])))
                .to("sums", Json.results());
    }

    private static EngineOptions options() {
        return EngineOptions.defaults().lanes(2).stateLogBytesMin(64 << 10);
    }

    static Ledger finish(EmbeddedLog log) {
        Engine engine = Engine.on(log, options());
        engine.runUntilEnd(pipeline(), (records, ledger) -> {});
        return engine.correct(pipeline()).ledger();
    }

    /** Takes the data directory; runs until it is killed. Prints how many records are durable after each commit. */
    public static void main(String[] args) {
        long started = System.nanoTime();
        LogOptions logOptions = LogOptions.defaults().segmentBytes(1 << 20).maintenance(Duration.ofMillis(50));
        try (EmbeddedLog log = EmbeddedLog.open(Path.of(args[0]), logOptions)) {
            if (log.topic(SOURCE).isEmpty()) {
                log.createTopic(SOURCE, TopicConfig.of(PARTITIONS));
            }
            long next = 0;
            for (int p = 0; p < PARTITIONS; p++) {
                next += log.offsets(new TopicPartition(SOURCE, p)).end();
            }
            try (PipelineRun run = Engine.on(log, options()).start(pipeline())) {
                System.out.println("READY " + (System.nanoTime() - started) / 1_000_000);
                while (run.isRunning()) {
                    next = append(log, next);
                    System.out.println(next + ".");
                    if (next / PER_COMMIT % 40 == 0) {
                        run.correct();
                    }
                }
            }
        }
    }

    private static long append(EmbeddedLog log, long from) {
        List<BatchBuilder> batches = new ArrayList<>();
        for (int p = 0; p < PARTITIONS; p++) {
            batches.add(new BatchBuilder());
        }
        for (long n = from; n < from + PER_COMMIT; n++) {
            long lateBy = n % 97 == 0 ? 30_000 : n % 7 * 100;
            String line = "key-" + n % 11 + "," + (BASE_MILLIS + n * 5 - lateBy) + "," + n;
            batches.get((int) (n % PARTITIONS)).add(-1, null, line.getBytes(UTF_8), List.of());
        }
        Commit.Builder commit = Commit.builder();
        for (int p = 0; p < PARTITIONS; p++) {
            commit.append(new TopicPartition(SOURCE, p), batches.get(p).build());
        }
        log.commit(commit.build());
        return from + PER_COMMIT;
    }
}
