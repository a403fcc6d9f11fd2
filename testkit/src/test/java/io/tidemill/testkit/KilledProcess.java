package io.tidemill.testkit;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogOptions;
import io.tidemill.log.Scheduler;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.testkit.StreamCase.Item;
import io.tidemill.testkit.StreamCase.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A process that appends to a log and runs a pipeline over it until it is killed. It tells on its output how long it took
 * to come back, and every append once it is acknowledged.
 */
final class KilledProcess {
    static final int PARTITIONS = 3;

    /** A line without it was cut off by the kill. */
    static final String END_OF_LINE = " .";

    private static final long EVENTS_FROM =
            Instant.parse("2024-06-01T00:00:00Z").toEpochMilli();
    private static final int BATCH_RECORDS_MAX = 100;
    private static final Duration CORRECT_EVERY = Duration.ofMillis(100);
    private static final Watermark WATERMARK =
            Watermark.outOfOrderBy(Duration.ofSeconds(2)).idleAfter(Duration.ofMillis(200));

    private final Path directory;

    private KilledProcess(Path directory) {
        this.directory = directory;
    }

    /** @param args the directory, then {@code produce} or {@code drain} */
    public static void main(String[] args) throws Exception {
        KilledProcess process = new KilledProcess(Path.of(args[0]));
        try (Scheduler chores = Scheduler.threaded("chores")) {
            process.run(args[1], chores);
        }
    }

    /** What the pipeline does, and the source as it was found. */
    static StreamCase streams(List<List<Item>> partitions) {
        return new StreamCase(
                Shape.WINDOWED,
                WATERMARK,
                Tumbling.of(Duration.ofSeconds(1)),
                0,
                null,
                Duration.ofDays(7),
                List.of(new ChainOp.Keep(7), new ChainOp.Spread(2, 700), new ChainOp.Time(WATERMARK, false)),
                Answer.CUSTOM,
                partitions);
    }

    /** The record at {@code offset}: what it is follows from where it is, so nobody need remember. */
    static Item item(int partition, long offset) {
        SplittableRandom random = new SplittableRandom(partition * 1_000_003L + offset);
        long behind = random.nextInt(12) == 0 ? random.nextInt(20_000) : random.nextInt(1_000);
        Sample sample = new Sample(
                "k" + random.nextInt(40),
                EVENTS_FROM + offset * 4 - behind,
                random.nextInt(10_000),
                random.nextDouble());
        ByteSink sink = new ByteSink();
        StreamCase.JSON.encode(sample, sink);
        byte[] value = sink.toByteArray();
        byte[] key = ("r" + offset).getBytes(StandardCharsets.UTF_8);
        boolean broken = random.nextInt(200) == 0;
        return new Item(
                key, broken ? Arrays.copyOf(value, 9) : value, List.of(), sample.time(), 0, broken ? null : sample);
    }

    private void run(String what, Scheduler chores) throws Exception {
        long start = System.nanoTime();
        try (EmbeddedLog log = EmbeddedLog.open(
                directory,
                LogOptions.defaults()
                        .segmentBytes(4 << 20)
                        .maintenance(Duration.ofMillis(500))
                        .scheduler(chores)
                        .holder("a process to be killed"))) {
            long opened = System.nanoTime() - start;
            createTopics(log);
            Engine engine = Engine.on(log, EngineOptions.defaults().lanes(2).stateLogBytesMin(256 << 10));
            switch (what) {
                case "produce" -> produce(log, engine, opened);
                case "drain" -> drain(engine, opened);
                default -> throw new IllegalArgumentException(what);
            }
        }
    }

    private static void createTopics(Log log) {
        // Not compacted, so that no result that came twice can hide.
        for (String topic : List.of(StreamCase.SOURCE, StreamCase.RESULTS)) {
            if (log.topic(topic).isEmpty()) {
                log.createTopic(topic, TopicConfig.of(PARTITIONS).retention(null));
            }
        }
    }

    private static void produce(Log log, Engine engine, long openedNanos) throws InterruptedException {
        long start = System.nanoTime();
        try (PipelineRun run = engine.start(streams(List.of()).pipeline())) {
            restored(openedNanos, start);
            Thread[] producers = new Thread[PARTITIONS];
            for (int i = 0; i < PARTITIONS; i++) {
                int partition = i;
                producers[i] = new Thread(() -> append(log, partition), "producer-" + i);
                producers[i].setDaemon(true);
                producers[i].start();
            }
            while (!run.await(CORRECT_EVERY)) {
                run.correct();
            }
            say("FAILED " + run.failure());
        }
    }

    private static void restored(long openedNanos, long start) {
        say("RESTORED " + (openedNanos + System.nanoTime() - start) / 1_000_000);
    }

    private static void append(Log log, int number) {
        TopicPartition partition = new TopicPartition(StreamCase.SOURCE, number);
        SplittableRandom random = new SplittableRandom();
        while (!System.out.checkError()) {
            long end = log.offsets(partition).end();
            BatchBuilder batch = new BatchBuilder();
            for (int i = random.nextInt(BATCH_RECORDS_MAX); i >= 0; i--) {
                Item item = item(number, end + batch.count());
                batch.add(item.timestamp(), item.key(), item.value(), item.headers());
            }
            int count = batch.count();
            log.commit(Commit.builder().append(partition, batch.build()).build());
            say("ACKNOWLEDGED " + number + " " + (end + count));
        }
    }

    private static void drain(Engine engine, long openedNanos) {
        long start = System.nanoTime();
        engine.open(streams(List.of()).pipeline()).close();
        restored(openedNanos, start);
        engine.runUntilEnd(streams(List.of()).pipeline(), (records, ledger) -> {});
        CorrectionSummary correction = engine.correct(streams(List.of()).pipeline());
        say("DRAINED " + correction.ledger().imbalances().size());
    }

    /** In one write, so that no line is mixed with another. */
    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line + END_OF_LINE);
            System.out.flush();
        }
    }
}
