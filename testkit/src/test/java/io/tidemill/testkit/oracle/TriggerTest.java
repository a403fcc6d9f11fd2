package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Cumulative;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.engine.Engine;
import io.tidemill.engine.EngineOptions;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.Trigger;
import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A trigger decides how much a step holds, never what comes out: live runs on real threads, one record after the other. */
@Timeout(120)
final class TriggerTest {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 400;
    private static final int PARTS = 5;
    private static final Duration PERIOD = Duration.ofMillis(40);
    private static final Watermark WATERMARK = Watermark.outOfOrderBy(Duration.ofMillis(30));

    @TempDir
    Path directory;

    static Stream<Arguments> windows() {
        Duration unit = Duration.ofMillis(20);
        return Stream.of(
                        Tumbling.of(unit),
                        Sliding.of(unit.multipliedBy(3), unit),
                        Sliding.of(unit.multipliedBy(5).dividedBy(2), unit),
                        Cumulative.of(unit.multipliedBy(4), unit))
                .flatMap(windowing -> Stream.of(Arguments.of(windowing, 0), Arguments.of(windowing, 25)));
    }

    @ParameterizedTest
    @MethodSource("windows")
    void microBatchesGiveTheSameResultsAndTheSameLateRecords(Windowing windowing, int latenessMillis) throws Exception {
        RandomStream stream = RandomStream.of(
                latenessMillis + 7, new RandomStream.Shape(PARTITIONS, RECORDS, 4, 3, 0, 20, 30, 60_000));
        Duration lateness = Duration.ofMillis(latenessMillis);

        Outcome continuous = run("continuous", Trigger.continuous(), RECORDS / PARTS / 4, windowing, lateness, stream);
        Outcome micro = run("micro", Trigger.every(PERIOD), RECORDS / PARTS, windowing, lateness, stream);

        assertThat(continuous.late).isNotEmpty();
        assertThat(micro.late).isEqualTo(continuous.late);
        assertThat(micro.closed).isEqualTo(continuous.closed);
        assertThat(micro.corrected).isEqualTo(continuous.corrected);
        assertThat(micro.nanos).as("several periods").isGreaterThan(PERIOD.toNanos() * (PARTS - 1));
        Answers<String, Long> answers =
                OracleRig.oracle(windowing, WATERMARK, lateness).answers(stream.partitions());
        assertThat(continuous.closed).hasSize(answers.onTime().size());
        assertThat(continuous.corrected).hasSize(answers.all().size());
    }

    /**
     * @param late what is in the topic of late records, byte for byte
     * @param closed the newest result of every key and window before a correction, in hexadecimal digits
     * @param corrected the same after it
     * @param nanos how long the live run took
     */
    private record Outcome(List<String> late, Map<String, String> closed, Map<String, String> corrected, long nanos) {}

    private Outcome run(
            String name, Trigger trigger, int partRecords, Windowing windowing, Duration lateness, RandomStream stream)
            throws Exception {
        Pipeline pipeline = OracleRig.pipeline(windowing, WATERMARK, lateness);
        try (EmbeddedLog log =
                EmbeddedLog.open(directory.resolve(name), LogOptions.defaults().durability(Durability.OS))) {
            log.createTopic(OracleRig.SOURCE, TopicConfig.of(PARTITIONS).retention(null));
            long start = System.nanoTime();
            Engine engine = Engine.on(log, EngineOptions.defaults().trigger(trigger));
            try (PipelineRun run = engine.start(pipeline)) {
                append(log, stream, partRecords, run);
            }
            long nanos = System.nanoTime() - start;
            engine.runUntilEnd(pipeline, (records, ledger) -> {});
            Map<String, String> closed = newest(log);
            engine.correct(pipeline);
            return new Outcome(late(log, pipeline.lateTopic()), closed, newest(log), nanos);
        }
    }

    /** In parts, each read before the next one comes. */
    private static void append(Log log, RandomStream stream, int partRecords, PipelineRun run)
            throws InterruptedException {
        int[] next = new int[PARTITIONS];
        int count = 0;
        for (Arrival arrival : stream.arrivals()) {
            int partition = arrival.partition();
            String text = OracleRig.text(stream.partitions().get(partition).get(next[partition]++));
            log.commit(Commit.of(
                    new TopicPartition(OracleRig.SOURCE, partition), 0, null, text.getBytes(StandardCharsets.UTF_8)));
            if (++count % partRecords == 0) {
                awaitRead(log, run);
            }
        }
        awaitRead(log, run);
    }

    private static void awaitRead(Log log, PipelineRun run) throws InterruptedException {
        while (run.isRunning() && !isRead(log)) {
            Thread.sleep(1);
        }
        assertThat(run.failure()).isNull();
    }

    private static boolean isRead(Log log) {
        for (int i = 0; i < PARTITIONS; i++) {
            TopicPartition partition = new TopicPartition(OracleRig.SOURCE, i);
            if (log.committed("oracle", partition).orElse(0)
                    < log.offsets(partition).end()) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, String> newest(Log log) {
        Map<String, String> newest = new TreeMap<>();
        scan(log, "out", record -> newest.put(hex(record.key()), hex(record.value())));
        return newest;
    }

    private static List<String> late(Log log, String topic) {
        List<String> late = new ArrayList<>();
        scan(log, topic, record -> {
            StringBuilder text = new StringBuilder(hex(record.value()));
            record.headers()
                    .forEach(header ->
                            text.append(' ').append(header.name()).append('=').append(hex(header.value())));
            late.add(text.toString());
        });
        return late;
    }

    private static String hex(byte @Nullable [] bytes) {
        return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    }

    /** Partition by partition. */
    private static void scan(Log log, String topic, Consumer<RecordCursor> reader) {
        for (int i = 0; i < PARTITIONS; i++) {
            TopicPartition partition = new TopicPartition(topic, i);
            RecordCursor records = new RecordCursor();
            long at = 0;
            while (at < log.offsets(partition).end()) {
                log.fetch(partition, at, 1 << 20, records);
                while (records.next()) {
                    reader.accept(records);
                }
                at = records.nextOffset();
            }
        }
    }
}
