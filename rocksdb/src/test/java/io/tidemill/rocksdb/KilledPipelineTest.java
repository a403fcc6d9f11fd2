package io.tidemill.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.Ttl;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.Stepper;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A pipeline over RocksDB, cut off again and again: a copy of its files, made while it runs, goes on as if nothing had been. */
final class KilledPipelineTest {
    private static final TopicPartition SOURCE = new TopicPartition("events", 0);
    private static final TopicPartition CHANGELOG = new TopicPartition("killed.changelog", 0);
    private static final TopicPartition RESULTS = new TopicPartition("results", 0);
    private static final int ROUNDS = 6;
    private static final int EVENTS = 3_000;

    @TempDir
    Path directory;

    static Stream<Pipeline> pipelines() {
        return Stream.of(
                windows(Tumbling.of(Duration.ofMillis(500))),
                windows(Sliding.of(Duration.ofMillis(900), Duration.ofMillis(300))),
                windows(Session.withGap(Duration.ofMillis(40))),
                windows(Session.withGap(Duration.ofMillis(40)).maxDuration(Duration.ofMillis(300))),
                keyed().process(new Pausing(), Codec.text()).to(RESULTS.topic(), Codec.text()),
                keyed().deduplicate(KilledPipelineTest::id, Codec.text(), Duration.ofMillis(300))
                        .to(RESULTS.topic(), Codec.text()));
    }

    private static KeyedStream<String, String> keyed() {
        return Pipeline.named("killed")
                .from(Topic.of(SOURCE.topic(), Codec.text()))
                .eventTime(KilledPipelineTest::time, Watermark.outOfOrderBy(Duration.ofMillis(100)))
                .keyBy(text -> text.substring(0, text.indexOf(' ')));
    }

    private static Pipeline windows(Windowing windowing) {
        return keyed().window(windowing)
                .aggregate(Aggregate.count())
                .to(RESULTS.topic(), result -> String.valueOf(result.value()), Codec.text());
    }

    /** The last two digits of the time. */
    private static String id(String text) {
        return text.substring(text.length() - 2);
    }

    /** Tells what came before each pause of a key. */
    private static final class Pausing implements ProcessFunction<String, String, String> {
        private static final long serialVersionUID = 1;
        private static final ValueStateDescriptor<Long> UNTIL = ValueState.of("until", Codec.int64());
        private static final ListStateDescriptor<String> ALL =
                ListState.of("all", Codec.text()).withTtl(Ttl.eventTime(Duration.ofMillis(200)));

        @Override
        public List<StateDescriptor> states() {
            return List.of(UNTIL, ALL);
        }

        @Override
        public void process(String element, ProcessContext<String, String> context) {
            Long former = context.state(UNTIL).value();
            if (former != null) {
                context.cancelEventTimer(Instant.ofEpochMilli(former));
            }
            Instant until = context.time().plusMillis(30);
            context.state(UNTIL).update(until.toEpochMilli());
            context.state(ALL).add(element);
            context.setEventTimer(until);
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            context.collect(context.key() + context.state(ALL).values());
            context.state(UNTIL).clear();
        }
    }

    private static Instant time(String text) {
        return Instant.ofEpochMilli(Long.parseLong(text.substring(text.indexOf(' ') + 1)));
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void goesOn(Pipeline pipeline) throws Exception {
        TreeMap<String, String> expected = run(pipeline, "memory", false);
        assertThat(expected).isNotEmpty();
        assertThat(run(pipeline, "stored", true)).isEqualTo(expected);
    }

    private TreeMap<String, String> run(Pipeline pipeline, String name, boolean stored) throws IOException {
        Path at = directory.resolve(name + 0);
        boolean cutOff = false;
        for (int round = 0; round < ROUNDS; round++) {
            Path next = directory.resolve(name + (round + 1));
            try (EmbeddedLog log = open(at);
                    Stepper stepper = Engine.on(log, options(at, stored).lanes(1 + round % 3))
                            .open(pipeline)) {
                append(log, round);
                boolean more = true;
                for (int i = 0; more && i < 10 + round; i++) {
                    more = stepper.step().hasMore();
                }
                cutOff |= log.offsets(CHANGELOG).start() > 0;
                copy(at, next);
            }
            at = next;
        }
        assertThat(cutOff).as("the changelog has been cut off").isTrue();
        try (EmbeddedLog log = open(at)) {
            Engine.on(log, options(at, stored)).runUntilEnd(pipeline, (records, ledger) -> {});
            return results(log);
        }
    }

    private static EmbeddedLog open(Path at) {
        EmbeddedLog log = EmbeddedLog.open(
                at, LogOptions.defaults().durability(Durability.OS).preallocateBytes(0));
        if (log.topic(SOURCE.topic()).isEmpty()) {
            log.createTopic(SOURCE.topic(), TopicConfig.of(1));
        }
        return log;
    }

    private static EngineOptions options(Path at, boolean stored) {
        EngineOptions options = EngineOptions.defaults().stepBytesMax(4_096).resultsPerStepMax(40);
        return stored
                ? options.stateLogBytesMin(5_000)
                        .stateBackend(StateBackend.in(RocksStores.in(at.resolve("state")))
                                .cacheBytesMax(3_000))
                : options;
    }

    private static void append(EmbeddedLog log, int round) {
        SplittableRandom random = new SplittableRandom(round);
        for (int i = 0; i < EVENTS; ) {
            BatchBuilder batch = new BatchBuilder();
            for (int j = 0; j < 100; j++, i++) {
                long time = round * 2_000L + i * 2L / 3 - random.nextInt(random.nextInt(30) == 0 ? 400 : 90);
                String text = "k" + random.nextInt(150) + " " + (10_000 + time);
                batch.add(time, (byte[]) null, text.getBytes(StandardCharsets.UTF_8), List.of());
            }
            log.commit(Commit.builder().append(SOURCE, batch.build()).build());
        }
    }

    /** As the files are at one moment: copied again if RocksDB has changed any of them meanwhile, in the background. */
    private static void copy(Path from, Path to) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            Path attempt = to.resolveSibling(to.getFileName() + "-" + System.nanoTime());
            try {
                Map<Path, Long> before = files(from);
                for (Path file : before.keySet()) {
                    Path target = attempt.resolve(from.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
                if (files(from).equals(before)) {
                    Files.move(attempt, to);
                    return;
                }
            } catch (IOException | UncheckedIOException e) {
                // A file is gone: what it held has been put elsewhere.
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
            assertThat(System.nanoTime()).as("RocksDB comes to rest").isLessThan(deadline);
        }
    }

    /** With their sizes. */
    private static Map<Path, Long> files(Path root) throws IOException {
        Map<Path, Long> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.toList()) {
                if (Files.isRegularFile(file) && !file.endsWith("LOCK")) {
                    sizes.put(file, Files.size(file));
                }
            }
        }
        return sizes;
    }

    private static TreeMap<String, String> results(EmbeddedLog log) {
        TreeMap<String, String> newest = new TreeMap<>();
        OffsetRange range = log.offsets(RESULTS);
        RecordCursor records = new RecordCursor();
        for (long at = range.start(); at < range.end(); at = records.nextOffset()) {
            log.fetch(RESULTS, at, 1 << 20, records);
            while (records.next()) {
                byte[] key = records.key();
                byte[] value = records.value();
                if (key != null && value != null) {
                    newest.put(new String(key, StandardCharsets.ISO_8859_1), new String(value, StandardCharsets.UTF_8));
                }
            }
        }
        return newest;
    }
}
