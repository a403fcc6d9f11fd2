package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.testkit.SimulatedDisk;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A join loses no row without saying so: what has no partner is counted, and what a correction pairs is not any more. */
final class JoinCountsTest {
    private static final Topic<String> IN = Topic.of("in", Codec.text());

    private EmbeddedLog log = open();

    private static EmbeddedLog open() {
        return EmbeddedLog.open(new SimulatedDisk(1), LogOptions.defaults().preallocateBytes(0));
    }

    @BeforeEach
    void createTheSource() {
        log.createTopic(IN.name(), TopicConfig.of(1).retention(null));
    }

    @AfterEach
    void close() {
        log.close();
    }

    private static Pipeline pipeline(Windowing windowing) {
        EventStream<String> rows = Pipeline.named("joined")
                .from(IN)
                .eventTime(
                        row -> Instant.ofEpochMilli(Long.parseLong(row.substring(1))),
                        Watermark.outOfOrderBy(Duration.ZERO));
        return side(rows, "L")
                .join(side(rows, "R"))
                .window(windowing)
                .inner((left, right) -> left + "|" + right, Codec.text())
                .to("out", Codec.text());
    }

    private static KeyedStream<String, String> side(EventStream<String> rows, String letter) {
        return rows.filter(row -> row.startsWith(letter)).keyBy(row -> "k");
    }

    private void append(String... rows) {
        for (String row : rows) {
            byte[] value = row.getBytes(StandardCharsets.UTF_8);
            log.commit(Commit.of(new TopicPartition(IN.name(), 0), 0, null, value, List.of()));
        }
    }

    private static void end(PipelineTask task) {
        PipelineTask.Step step;
        do {
            step = task.step();
        } while (step.hasMore() || step.records() > 0);
        while (task.closeAll().hasMore()) {
            // closes
        }
    }

    private void check(Windowing windowing, int windows) {
        CompiledPipeline compiled = new CompiledPipeline(pipeline(windowing));
        try (PipelineTask task =
                PipelineTask.open(compiled, log, EngineOptions.defaults().lanes(1))) {
            append("L1", "L2", "R101", "L201", "R202", "L301");
            append("R3");
            end(task);
            OperatorCounts counts = task.stages.get(0).at.counts;
            assertThat(counts.in).isEqualTo(6L * windows);
            assertThat(counts.out).isEqualTo(windows);
            assertThat(counts.dropped())
                    .isEqualTo(Map.of(
                            JoinAggregate.UNMATCHED_LEFT, 3L * windows, JoinAggregate.UNMATCHED_RIGHT, 1L * windows));
            new Correction(task).run();
            assertThat(counts.in).isEqualTo(7L * windows);
            assertThat(counts.out).isEqualTo(3L * windows);
            assertThat(counts.dropped())
                    .isEqualTo(Map.of(
                            JoinAggregate.UNMATCHED_LEFT, 1L * windows, JoinAggregate.UNMATCHED_RIGHT, 1L * windows));
        }
    }

    @Test
    void inTumblingWindows() {
        check(Tumbling.of(Duration.ofMillis(10)), 1);
    }

    @Test
    void inSlidingWindowsARowCountsInEachOfItsWindows() {
        check(Sliding.of(Duration.ofMillis(30), Duration.ofMillis(10)), 3);
    }

    @Test
    void inSessions() {
        check(Session.withGap(Duration.ofMillis(10)), 1);
    }
}
