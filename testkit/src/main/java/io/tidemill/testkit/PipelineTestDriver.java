package io.tidemill.testkit;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.plan.Operator;
import io.tidemill.engine.CorrectionSummary;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Ledger;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.Trigger;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.engine.state.StateStores;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a pipeline in a test: the real engine over a real log, on a disk in memory and in virtual time. Nothing sleeps,
 * nothing touches the file system, and everything happens on the caller's thread, so a test takes milliseconds and always
 * goes the same way. Only {@link #live} is otherwise, for what depends on threads.
 *
 * <pre>{@code
 * try (PipelineTestDriver driver = PipelineTestDriver.of(HourlyDepartures.pipeline())) {
 *     driver.append("departures", "HAM", new Flight("HAM", "MUC", at("07:15"), 0));
 *     driver.append("departures", "HAM", "no JSON".getBytes(UTF_8)); // bytes go in as they are
 *     driver.append("departures", "HAM", new Flight("HAM", "OSL", at("09:30"), 5)); // the watermark passes 08:00
 *     driver.run();
 *
 *     assertThat(driver.results(Json.of(Departures.class))).containsExactly(new Departures("HAM", at("07:00"), 1));
 *     assertThat(driver.deadLetters()).extracting(DeadLetter::reason).containsExactly("UNDECODABLE");
 *
 *     driver.append("departures", "HAM", new Flight("HAM", "VIE", at("07:20"), 0)); // too late for its hour
 *     driver.end(); // closes all windows
 *     driver.correct(); // folds the late record in
 *     assertThat(driver.ledger().imbalances()).isEmpty();
 * }
 * }</pre>
 *
 * <p>The clock starts with the year 2100 and moves only by {@link #advance}: whatever events of our days a test makes up,
 * none is ahead of its append, which would make it a dead letter. A test of just that sets its own
 * {@link Builder#startingAt start}. The log's chores do not run, so nothing expires and no revision is compacted away.
 *
 * <p>More than one lane may use helper threads in steps of thousands of records. Not thread-safe.
 */
public final class PipelineTestDriver implements AutoCloseable {
    /** Where the clock starts unless told otherwise. */
    public static final Instant START_DEFAULT = Instant.parse("2100-01-01T00:00:00Z");

    private final Pipeline pipeline;
    private final List<Topic<?>> sources;
    private final Builder settings;
    private final SimulatedDisk disk;
    private final CrashableStores stores;
    private final VirtualClock clock;
    private final LogOptions logOptions;
    private final EngineOptions engineOptions;
    private EmbeddedLog log;
    private Stepper stepper;
    private int keyless;

    /** In a store of which little, nothing or all is in memory, as the seed has it. */
    private StateBackend stored(Builder builder) {
        long[] cacheBytes = {0, 3_000, 1 << 20};
        return StateBackend.in(stores).cacheBytesMax(cacheBytes[(int) Math.floorMod(builder.seed, 3L)]);
    }

    private PipelineTestDriver(Builder builder) {
        pipeline = builder.pipeline;
        sources = topicsOf(pipeline);
        settings = builder;
        disk = new SimulatedDisk(builder.seed);
        clock = new VirtualClock(builder.start);
        logOptions = LogOptions.defaults()
                .preallocateBytes(0)
                .clock(clock)
                .holder("the test of pipeline '" + pipeline.name() + "'");
        stores = builder.stores == null ? new SimulatedStores(builder.seed) : builder.stores;
        engineOptions = builder.options
                .clock(clock)
                .stateBackend(builder.stored ? stored(builder) : builder.options.stateBackend());
        log = EmbeddedLog.open(disk, logOptions);
        sources.forEach(source -> log.createTopic(source.name(), settings.config(source.name())));
        stepper = Engine.on(log, engineOptions).open(pipeline);
    }

    static List<Topic<?>> topicsOf(Pipeline pipeline) {
        return pipeline.operators().stream()
                .flatMap(PipelineTestDriver::topicOf)
                .toList();
    }

    /** That the operator reads, as a stream or as a table. */
    private static Stream<Topic<?>> topicOf(Operator operator) {
        if (operator instanceof Operator.Table table) {
            return Stream.of(table.topic());
        }
        return operator instanceof Operator.From from ? Stream.of(from.topic()) : Stream.empty();
    }

    /** One partition, one lane. */
    public static PipelineTestDriver of(Pipeline pipeline) {
        return builder(pipeline).build();
    }

    public static Builder builder(Pipeline pipeline) {
        return new Builder(pipeline);
    }

    /** What differs from one partition and one lane. */
    public static final class Builder {
        private final Pipeline pipeline;
        private TopicConfig source = TopicConfig.of(1).retention(null);
        private EngineOptions options = EngineOptions.defaults();
        private boolean stored;
        private @Nullable CrashableStores stores;
        private Instant start = START_DEFAULT;
        private long seed = 1;
        private final Map<String, Integer> partitionsByTopic = new HashMap<>();

        private Builder(Pipeline pipeline) {
            this.pipeline = pipeline;
        }

        /** Of the source, and so of the topics that the pipeline makes. */
        public Builder partitions(int count) {
            source = with(count);
            return this;
        }

        /** Of one of several sources. The topics that the pipeline makes have as many as the source with the most. */
        public Builder partitions(String topic, int count) {
            partitionsByTopic.put(topic, count);
            return this;
        }

        private TopicConfig with(int partitions) {
            return new TopicConfig(
                    partitions,
                    source.retention(),
                    source.retentionBytes(),
                    source.compacted(),
                    source.recordBytesMax());
        }

        private TopicConfig config(String topic) {
            return with(partitionsByTopic.getOrDefault(topic, source.partitions()));
        }

        /** How the source is kept. */
        public Builder source(TopicConfig config) {
            source = config;
            return this;
        }

        /** Keeps entries in simulated stores, or in memory as without this; no result changes by it. */
        public Builder stored(boolean value) {
            stored = value;
            return this;
        }

        /** Keeps entries in these stores. They are the caller's, to be closed, if at all, behind the driver. */
        public Builder stored(CrashableStores value) {
            stored = true;
            stores = value;
            return this;
        }

        public Builder lanes(int count) {
            options = options.lanes(count);
            return this;
        }

        /** How the engine runs; its clock is the driver's all the same. */
        public Builder options(EngineOptions newOptions) {
            options = newOptions;
            return this;
        }

        /** What the clock shows at first. */
        public Builder startingAt(Instant time) {
            start = time;
            return this;
        }

        /** Decides what a {@link PipelineTestDriver#crash} leaves of what was not yet on the disk. */
        public Builder seed(long newSeed) {
            seed = newSeed;
            return this;
        }

        public PipelineTestDriver build() {
            return new PipelineTestDriver(this);
        }
    }

    // ---- input ----

    /**
     * Appends a record at the clock's time; returns where it is.
     *
     * @param topic the source of the pipeline
     * @param key its UTF-8 is the record's key, which a table needs; its hash decides the partition. Records without a key go to each in turn
     * @param value what the source's codec encodes; {@code byte[]} goes in as it is, null as a tombstone
     * @throws IllegalArgumentException if the pipeline does not read {@code topic}, or its codec does not take the value
     */
    public DeadLetter.Origin append(String topic, @Nullable String key, @Nullable Object value) {
        Topic<?> source = source(topic);
        byte @Nullable [] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        return append(
                topic,
                TestRecord.of(
                        keyBytes, value == null || value instanceof byte[] ? (byte[]) value : encode(source, value)));
    }

    /** The same with a value that is known to fit. */
    public <T> DeadLetter.Origin append(Topic<T> topic, @Nullable String key, T value) {
        ByteSink sink = new ByteSink();
        topic.codec().encode(value, sink);
        return append(topic.name(), key, sink.toByteArray());
    }

    private Topic<?> source(String topic) {
        for (Topic<?> source : sources) {
            if (source.name().equals(topic)) {
                return source;
            }
        }
        throw new IllegalArgumentException("pipeline '" + pipeline.name() + "' reads "
                + sources.stream().map(source -> "'" + source.name() + "'").collect(Collectors.joining(", "))
                + ", not '" + topic + "'");
    }

    @SuppressWarnings("unchecked") // where the value is of another type, the codec says so
    private static byte[] encode(Topic<?> source, Object value) {
        ByteSink sink = new ByteSink();
        try {
            ((Codec<Object>) source.codec()).encode(value, sink);
        } catch (ClassCastException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "topic '" + source.name() + "' holds " + source.codec().format() + ", not "
                            + value.getClass().getName() + ": give bytes for what its codec does not write",
                    e);
        }
        return sink.toByteArray();
    }

    /** Appends a record to the source, of which there is one; returns where it is. */
    public DeadLetter.Origin append(TestRecord record) {
        if (sources.size() > 1) {
            throw new IllegalArgumentException("the pipeline reads several topics: say to which one the record goes");
        }
        return append(sources.get(0).name(), record);
    }

    /** Appends a record to a source; returns where it is. */
    public DeadLetter.Origin append(String topic, TestRecord record) {
        Topic<?> source = source(topic);
        int partition = record.partition() == null
                ? partitionOf(record.key(), settings.config(topic).partitions())
                : record.partition();
        long timestamp =
                record.timestamp() == null ? clock.millis() : record.timestamp().toEpochMilli();
        Commit commit = Commit.of(
                new TopicPartition(source.name(), partition),
                timestamp,
                record.key(),
                record.value(),
                record.headers());
        long offset = log.commit(commit).baseOffsets().get(0);
        return new DeadLetter.Origin(source.name(), partition, offset, timestamp);
    }

    private int partitionOf(byte @Nullable [] key, int partitions) {
        return Math.floorMod(key == null ? keyless++ : Arrays.hashCode(key), partitions);
    }

    // ---- time and steps ----

    /** Takes one step; returns whether there is more to do at the clock's time. */
    public boolean step() {
        Stepper.Step step = stepper.step();
        return step.hasMore() || step.records() > 0;
    }

    /** Takes steps until there is nothing more to do at the clock's time; returns how many records were read. */
    public long run() {
        long records = 0;
        Stepper.Step step;
        do {
            step = stepper.step();
            records += step.records();
            // One more step after the last record: only then are the partitions seen to have nothing to read.
        } while (step.hasMore() || step.records() > 0);
        return records;
    }

    /** Moves the clock on and {@link #run runs}, also at each time on the way at which a partition becomes idle. */
    public void advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("time goes on, not by " + by);
        }
        Instant until = clock.instant().plus(by);
        run();
        for (long next = stepper.nextTimerMillis(); next <= until.toEpochMilli(); next = stepper.nextTimerMillis()) {
            clock.set(Instant.ofEpochMilli(next));
            run();
        }
        clock.set(until);
        run();
    }

    /** Reads what is there and closes all windows, as a job that ends does; returns how many records were read. */
    public long end() {
        long records = run();
        Stepper.Step step;
        do {
            step = stepper.closeAll();
            records += step.records();
        } while (step.hasMore());
        return records;
    }

    /** Folds in all late records that are there. */
    public CorrectionSummary correct() {
        return stepper.correct();
    }

    /**
     * Lets the pipeline run as in production, on a thread of its own and in real time, while {@code meanwhile} does something; then
     * waits until all is read that may be, ends the run, and the steps are the caller's again. Throws what the run failed with. In
     * {@link #crashDuring} power may be lost at any time.
     *
     * @param meanwhile may append, move the {@link #clock}, and look at the {@link #log}
     */
    public void live(Trigger trigger, Consumer<PipelineRun> meanwhile) {
        stepper.close();
        new LiveRun(log, pipeline).run(engineOptions.trigger(trigger), meanwhile);
        stepper = Engine.on(log, engineOptions).open(pipeline);
    }

    /** Ends the process in good order and starts it again: log and state are read back from the disk. */
    public void restart() {
        stepper.close();
        log.close();
        open();
    }

    /** Power is lost and comes back: what was not synced may be gone, and everything else is read back from the disk. */
    public void crash() {
        disk.crash();
        stores.crash();
        // Lets go of what the dead process held; its files are no longer open, so nothing more reaches the disk.
        stepper.close();
        log.close();
        open();
    }

    /**
     * Does something with this driver, in which power is lost, and comes back.
     *
     * @param operation which of the next operations of the disk is the last one, from 1; where there are fewer, power is lost
     *     behind them
     */
    public void crashDuring(int operation, Runnable action) {
        disk.crashAt(operation);
        try {
            action.run();
        } catch (LogException e) {
            if (e.code() != LogException.Code.IO) {
                throw e;
            }
        }
        crash();
    }

    private void open() {
        log = EmbeddedLog.open(disk, logOptions);
        stepper = Engine.on(log, engineOptions).open(pipeline);
    }

    // ---- output ----

    /**
     * The newest result per key and window, sorted by window and then by key; per key where there are no windows; of a join
     * the pairs that stand. Of a pipeline that does neither, and where results have got a key of their own on the way:
     * everything, as {@link #allResults} has it.
     */
    public List<TestResult> results() {
        return results(target());
    }

    /** The same of one of several topics that the pipeline writes. */
    public List<TestResult> results(String topic) {
        return new ResultReader(pipeline, topic).newest(log);
    }

    private String target() {
        List<String> targets = pipeline.operators().stream()
                .filter(Operator.To.class::isInstance)
                .map(to -> ((Operator.To) to).topic())
                .toList();
        if (targets.size() > 1) {
            throw new IllegalArgumentException("the pipeline writes several topics: say which one is meant");
        }
        return targets.get(0);
    }

    /** The values of {@link #results}. */
    public <V> List<V> results(Codec<V> codec) {
        return results().stream().map(result -> result.value(codec)).toList();
    }

    /** Every record of the results topic: partition by partition, each in the order of the log. */
    public List<TestResult> allResults() {
        return allResults(target());
    }

    /** The same of one of several topics that the pipeline writes. */
    public List<TestResult> allResults(String topic) {
        return new ResultReader(pipeline, topic).all(log);
    }

    /** The records that came too late for a window: partition by partition, each in the order of the log. */
    public List<LateRecord> late() {
        List<LateRecord> late = new ArrayList<>();
        TopicRecords.forEach(
                log,
                pipeline.lateTopic(),
                record -> late.add(LateRecord.of(record.key(), record.value(), record.headers())));
        return late;
    }

    /** What failed: partition by partition, each in the order of the log. */
    public List<DeadLetter> deadLetters() {
        List<DeadLetter> letters = new ArrayList<>();
        TopicRecords.forEach(
                log,
                pipeline.deadTopic(),
                record -> letters.add(DeadLetter.of(record.key(), record.value(), record.headers())));
        return letters;
    }

    /** The fate of everything that was read. */
    public Ledger ledger() {
        return stepper.ledger();
    }

    /** The log that the pipeline runs on; another after a {@link #restart}. */
    public Log log() {
        return log;
    }

    public VirtualClock clock() {
        return clock;
    }

    /** Where state is that is kept in stores, for savepoints of it. */
    public StateStores stateStores() {
        return stores;
    }

    @Override
    public void close() {
        stepper.close();
        log.close();
    }
}
