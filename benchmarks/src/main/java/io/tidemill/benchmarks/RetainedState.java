package io.tidemill.benchmarks;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Stepper;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many bytes of heap a key of an open window takes: many keys of 8 bytes, each with one element, in one window that stays
 * open. What was there before the pipeline was opened is taken off. Argument: how many keys.
 */
public final class RetainedState {
    private static final TopicPartition SOURCE = new TopicPartition("keys", 0);
    private static final long TIME_MILLIS = Duration.ofDays(10_000).toMillis();
    private static final int COLLECTIONS = 2;

    private RetainedState() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        int keys = args.length == 0 ? 1_000_000 : Integer.parseInt(args[0]);
        Path directory = Files.createTempDirectory("tidemill-retained");
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults().durability(Durability.OS))) {
            log.createTopic(SOURCE.topic(), TopicConfig.of(1));
            load(log, keys);
            measure(log, keys, "count", Aggregate.count());
            measure(log, keys, "count and sum", countAndSum());
            measure(log, keys, "sum of doubles (an object)", Aggregate.sumDouble(String::length));
        } finally {
            Children.delete(directory);
        }
    }

    private static Aggregate<String, ?, Map<String, Object>> countAndSum() {
        Map<String, Aggregate<String, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("sum", Aggregate.sum(String::length));
        return Aggregate.all(parts);
    }

    private static void load(EmbeddedLog log, int keys) {
        BatchBuilder batch = new BatchBuilder();
        for (int i = 1; i <= keys; i++) {
            byte[] key = String.format(Locale.ROOT, "k%07d", i).getBytes(StandardCharsets.US_ASCII);
            batch.add(TIME_MILLIS, null, ByteBuffer.wrap(key), List.of());
            if (i % 10_000 == 0 || i == keys) {
                log.commit(Commit.builder().append(SOURCE, batch.build()).build());
                batch = new BatchBuilder();
            }
        }
    }

    private static <R> void measure(EmbeddedLog log, int keys, String name, Aggregate<String, ?, R> aggregate)
            throws InterruptedException {
        Pipeline pipeline = Pipeline.named(name.replaceAll("[^a-z]", "-"))
                .from(Topic.of(SOURCE.topic(), Codec.text()))
                .eventTime(Watermark.outOfOrderBy(Duration.ofMinutes(10)))
                .keyBy(key -> key)
                .window(Tumbling.of(Duration.ofHours(1)))
                .aggregate(aggregate)
                .to("results-" + name.length(), result -> result.key(), Codec.text());
        long before = usedBytes();
        long filled = usedByRun(log, pipeline);
        long restored = usedByRun(log, pipeline);
        System.out.printf(
                Locale.ROOT,
                "{\"type\":\"retained\",\"aggregate\":\"%s\",\"keys\":%d,\"bytesPerKey\":%.0f,"
                        + "\"bytesPerKeyRestored\":%.0f}%n",
                name,
                keys,
                (double) (filled - before) / keys,
                (double) (restored - before) / keys);
    }

    private static long usedByRun(EmbeddedLog log, Pipeline pipeline) throws InterruptedException {
        try (Stepper stepper = Engine.on(log, EngineOptions.defaults()).open(pipeline)) {
            while (stepper.step().hasMore()) {
                Thread.onSpinWait();
            }
            return usedBytes();
        }
    }

    private static long usedBytes() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.sleep(50);
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
