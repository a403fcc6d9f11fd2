package io.tidemill.testkit;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.WindowedStream;
import io.tidemill.api.Windowing;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.ResultKey;
import io.tidemill.engine.Savepoints;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A log with events out of order, pipelines over them, and savepoints beside them, all in memory. */
final class SavepointRig implements AutoCloseable {
    static final String SOURCE = "events";
    static final String RESULTS = "answers";
    static final int PARTITIONS = 2;

    /** What an event's text says: key, event time, number. */
    record Event(String key, long time, long number) {
        static Event of(String text) {
            String[] parts = text.split(" ", -1);
            return new Event(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }
    }

    final SimulatedDisk logDisk;
    final SimulatedDisk fileDisk = new SimulatedDisk(1);
    final Savepoints savepoints;
    final SimulatedStores stores = new SimulatedStores(1);

    /** Where state is from now on. */
    StateBackend backend = StateBackend.inMemory();

    long stateLogBytesMin = 3_000;
    final VirtualClock clock = new VirtualClock(PipelineTestDriver.START_DEFAULT);
    EmbeddedLog log;

    SavepointRig(long seed) {
        this(seed, Duration.ZERO);
    }

    /** Topics have another id where they are made later. */
    SavepointRig(long seed, Duration later) {
        clock.advance(later);
        logDisk = new SimulatedDisk(seed);
        log = open();
        log.createTopic(SOURCE, TopicConfig.of(PARTITIONS).retention(null));
        log.createTopic(RESULTS, TopicConfig.of(PARTITIONS).retention(null));
        savepoints = Savepoints.in(fileDisk).stateStores(stores).clock(clock).codeVersion("a-test");
    }

    private EmbeddedLog open() {
        return EmbeddedLog.open(
                logDisk,
                LogOptions.defaults().preallocateBytes(0).segmentBytes(64 << 10).clock(clock));
    }

    void reopen() {
        log.close();
        log = open();
    }

    /** Events whose order is a little wrong and sometimes more so; the texts of partition 0, then of partition 1. */
    static List<List<String>> events(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<String>> partitions = List.of(new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < count; i++) {
            long behind = random.nextInt(10) == 0 ? random.nextInt(600) : random.nextInt(40);
            long time = 10_000 + i * 2L - behind;
            partitions
                    .get(random.nextInt(PARTITIONS))
                    .add("k" + random.nextInt(7) + " " + time + " " + random.nextInt(100));
        }
        return partitions;
    }

    void append(List<List<String>> events, double from, double to) {
        for (int i = 0; i < PARTITIONS; i++) {
            List<String> mine = events.get(i);
            List<String> part = mine.subList((int) (mine.size() * from), (int) (mine.size() * to));
            if (!part.isEmpty()) {
                BatchBuilder batch = new BatchBuilder();
                part.forEach(text ->
                        batch.add(clock.millis(), (byte[]) null, text.getBytes(StandardCharsets.UTF_8), List.of()));
                log.commit(Commit.builder()
                        .append(new TopicPartition(SOURCE, i), batch.build())
                        .build());
            }
        }
    }

    static EventStream<Event> from(String pipeline, Duration bound) {
        return Pipeline.named(pipeline)
                .from(Topic.of(SOURCE, Codec.text()))
                .map(Event::of)
                .eventTime(event -> Instant.ofEpochMilli(event.time()), Watermark.outOfOrderBy(bound));
    }

    static <R> Pipeline pipeline(
            String name,
            Duration bound,
            Windowing windowing,
            UnaryOperator<WindowedStream<String, Event>> settings,
            Aggregate<Event, ?, R> aggregate,
            UnaryOperator<ResultStream<String, R>> names) {
        WindowedStream<String, Event> windowed =
                from(name, bound).keyBy(Event::key).window(windowing);
        return to(names.apply(settings.apply(windowed).aggregate(aggregate)));
    }

    static <R> Pipeline to(ResultStream<String, R> results) {
        return results.to(RESULTS, result -> String.valueOf(result.value()), Codec.text());
    }

    EngineOptions options(int lanes) {
        return EngineOptions.defaults()
                .clock(clock)
                .lanes(lanes)
                .stepBytesMax(2_000)
                .resultsPerStepMax(5)
                .stateLogBytesMin(stateLogBytesMin)
                .stateBackend(backend);
    }

    <R> R with(Pipeline pipeline, int lanes, Function<Stepper, R> work) {
        try (Stepper stepper = Engine.on(log, options(lanes)).open(pipeline)) {
            return work.apply(stepper);
        }
    }

    /** Reads what is there. */
    void run(Pipeline pipeline, int lanes) {
        with(pipeline, lanes, stepper -> {
            while (stepper.step().hasMore()) {}
            return 0;
        });
    }

    /** A few steps, in the midst of things. */
    void run(Pipeline pipeline, int lanes, int steps) {
        with(pipeline, lanes, stepper -> {
            for (int i = 0; i < steps; i++) {
                stepper.step();
            }
            return 0;
        });
    }

    void correct(Pipeline pipeline, int lanes) {
        with(pipeline, lanes, Stepper::correct);
    }

    /** Reads the rest, closes all windows and corrects what was late. */
    Ledger finish(Pipeline pipeline, int lanes) {
        return with(pipeline, lanes, stepper -> {
            while (stepper.step().hasMore()) {}
            while (stepper.closeAll().hasMore()) {}
            return stepper.correct().ledger();
        });
    }

    /** The newest result per key and window. */
    TreeMap<String, String> results() {
        TreeMap<String, String> newest = new TreeMap<>();
        addResults(newest);
        return newest;
    }

    /** The same where others, in another log, came before. */
    void addResults(TreeMap<String, String> newest) {
        TopicRecords.forEach(log, RESULTS, record -> {
            ResultKey identity = ResultKey.of(record.key(), record.headers());
            String id = new String(identity.key(), StandardCharsets.UTF_8) + " " + identity.window();
            byte[] value = record.value();
            if (value == null) {
                newest.remove(id);
            } else {
                newest.put(id, new String(value, StandardCharsets.UTF_8));
            }
        });
    }

    @Override
    public void close() {
        log.close();
    }
}
