package io.tidemill.benchmarks;

import io.tidemill.api.ByteSink;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.Trigger;
import io.tidemill.examples.LatenessProfile;
import io.tidemill.examples.PageViewGenerator;
import io.tidemill.examples.PageViewSettings;
import io.tidemill.examples.RunningPageViews;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.Scheduler;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Benchmark (b): page views at a fixed rate, parsed, filtered by half, counted per page with a result for every one, log to
 * log, exactly once. Latency is from the instant at which an event was due, whatever held the producer up, to the instant
 * at which a reader of the results topic has the result that it caused. The due time travels as the record's timestamp, in
 * microseconds. With a period the engine takes micro-batches, else it is continuous; the CPU is that of the whole process,
 * producer and reader included.
 */
public final class LatencyUnderLoad {
    private static final int PARTITIONS = 4;
    private static final long TICK_NANOS = 500_000;
    private static final long START_MILLIS = 1_700_000_000_000L;
    private static final Duration DRAIN_MAX = Duration.ofSeconds(30);

    private final EmbeddedLog log;
    private final long rate;
    private final Trigger trigger;
    private final long origin = System.nanoTime();
    private final Histogram latencies = new Histogram(60_000_000, 3);
    private volatile boolean stopped;
    /** Events that were due from here on are measured, whenever their results come. */
    private volatile long fromMicros = Long.MAX_VALUE;

    private final AtomicLong seen = new AtomicLong();

    private LatencyUnderLoad(EmbeddedLog log, long rate, Trigger trigger) {
        this.log = log;
        this.rate = rate;
        this.trigger = trigger;
    }

    public static void main(String[] args) throws InterruptedException {
        Path directory = Path.of(args[0]);
        long rate = Long.parseLong(args[1]);
        long warmUpSeconds = Long.parseLong(args[2]);
        long seconds = Long.parseLong(args[3]);
        int lanes = Integer.parseInt(args[4]);
        Durability durability = Durability.valueOf(args[5].toUpperCase(Locale.ROOT));
        long triggerMillis = args.length > 6 ? Long.parseLong(args[6]) : 0;
        Trigger trigger = triggerMillis == 0 ? Trigger.continuous() : Trigger.every(Duration.ofMillis(triggerMillis));
        Scheduler scheduler = Scheduler.threaded("tidemill-log");
        LogOptions options = LogOptions.defaults().durability(durability).scheduler(scheduler);
        try (EmbeddedLog log = EmbeddedLog.open(directory, options)) {
            log.createTopic("page-views", TopicConfig.of(PARTITIONS));
            new LatencyUnderLoad(log, rate, trigger).run(warmUpSeconds, seconds, lanes);
        }
        scheduler.close();
    }

    private void run(long warmUpSeconds, long seconds, int lanes) throws InterruptedException {
        try (PipelineRun pipeline = Engine.on(
                        log, EngineOptions.defaults().lanes(lanes).trigger(trigger))
                .start(RunningPageViews.pipeline())) {
            long total = rate * (warmUpSeconds + seconds);
            Thread producer = new Thread(() -> produce(total, rate * warmUpSeconds), "producer");
            Thread reader = new Thread(this::read, "reader");
            producer.start();
            reader.start();
            Thread.sleep(warmUpSeconds * 1000);
            long cpuBefore = Bulk.cpuNanos();
            producer.join();
            double cpuSeconds = (Bulk.cpuNanos() - cpuBefore) / 1e9;
            try {
                awaitDrained(pipeline, total);
            } finally {
                stopped = true;
            }
            reader.join();
            print(lanes, warmUpSeconds, seconds, cpuSeconds, pipeline.ledger().results());
        }
    }

    private void awaitDrained(PipelineRun pipeline, long total) throws InterruptedException {
        long deadline = System.nanoTime() + DRAIN_MAX.toNanos();
        while (pipeline.ledger().total().read() < total
                || seen.get() < pipeline.ledger().results()) {
            if (!pipeline.isRunning() || System.nanoTime() > deadline) {
                throw new IllegalStateException("not all results came", pipeline.failure());
            }
            Thread.sleep(10);
        }
    }

    private void print(int lanes, long warmUpSeconds, long seconds, double cpuSeconds, long results) {
        System.out.printf(
                Locale.ROOT,
                "{\"type\":\"latency\",\"durability\":\"%s\",\"trigger\":\"%s\",\"lanes\":%d,\"rate\":%d,\"warmUpSeconds\":%d,"
                        + "\"seconds\":%d,\"results\":%d,\"seen\":%d,\"measured\":%d,\"p50Millis\":%.2f,\"p90Millis\":%.2f,"
                        + "\"p99Millis\":%.2f,\"p999Millis\":%.2f,\"maxMillis\":%.2f,\"cores\":%.2f,"
                        + "\"cpuSecondsPerMillionEvents\":%.2f}%n",
                log.durability(),
                trigger instanceof Trigger.Every every ? every.period().toMillis() + " ms" : "continuous",
                lanes,
                rate,
                warmUpSeconds,
                seconds,
                results,
                seen.get(),
                latencies.getTotalCount(),
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(90) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                latencies.getValueAtPercentile(99.9) / 1e3,
                latencies.getMaxValue() / 1e3,
                cpuSeconds / seconds,
                cpuSeconds / seconds / rate * 1e6);
    }

    private long micros() {
        return (System.nanoTime() - origin) / 1_000;
    }

    private void produce(long total, long warmUpEvents) {
        PageViewGenerator generator = new PageViewGenerator(PageViewSettings.of(7, LatenessProfile.SECONDS));
        ByteSink value = new ByteSink();
        long begin = System.nanoTime() - origin;
        fromMicros = (begin + warmUpEvents * 1_000_000_000L / rate) / 1_000;
        long sent = 0;
        while (sent < total) {
            long now = System.nanoTime() - origin;
            long due = Math.min(total, (now - begin) * rate / 1_000_000_000L);
            if (due <= sent) {
                LockSupport.parkNanos(TICK_NANOS);
                continue;
            }
            @Nullable BatchBuilder[] batches = new BatchBuilder[PARTITIONS];
            for (; sent < due; sent++) {
                value.reset();
                generator.next(START_MILLIS + sent * 1_000 / rate, value);
                byte[] key = generator.key();
                int partition = Utils.toPositive(Utils.murmur2(key)) % PARTITIONS;
                BatchBuilder batch = batches[partition];
                if (batch == null) {
                    batch = new BatchBuilder();
                    batches[partition] = batch;
                }
                long dueMicros = (begin + sent * 1_000_000_000L / rate) / 1_000;
                batch.add(dueMicros, ByteBuffer.wrap(key), ByteBuffer.wrap(value.array(), 0, value.size()), List.of());
            }
            Commit.Builder commit = Commit.builder();
            for (int p = 0; p < PARTITIONS; p++) {
                BatchBuilder batch = batches[p];
                if (batch != null) {
                    commit.append(new TopicPartition("page-views", p), batch.build());
                }
            }
            log.commit(commit.build());
        }
    }

    private void read() {
        RecordCursor cursor = new RecordCursor();
        long[] at = new long[PARTITIONS];
        try {
            while (!stopped) {
                long version = log.changes();
                boolean any = false;
                for (int p = 0; p < PARTITIONS; p++) {
                    TopicPartition partition = new TopicPartition("page-view-counts", p);
                    if (log.offsets(partition).end() > at[p]) {
                        log.fetch(partition, at[p], 1 << 20, cursor);
                        at[p] = cursor.nextOffset();
                        any = true;
                        record(cursor);
                    }
                }
                if (!any) {
                    log.awaitChange(version, Duration.ofMillis(10));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void record(RecordCursor cursor) {
        long now = micros();
        long count = 0;
        while (cursor.next()) {
            long due = cursor.timestampMillis();
            if (due >= fromMicros) {
                latencies.recordValue(Math.min(59_000_000, Math.max(0, now - due)));
            }
            count++;
        }
        seen.addAndGet(count);
    }
}
