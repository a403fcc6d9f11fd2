package io.tidemill.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Pipeline;
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
import io.tidemill.testkit.PipelineTestDriver;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.TestRecord;
import io.tidemill.testkit.oracle.GraphNode.End;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random graphs on real threads: a trigger decides how much a step holds, never what comes out.
 *
 * <p>{@code -Dtidemill.property.cases=10000} for a long run.
 */
@Timeout(900)
final class GraphTriggerTest {
    private static final int GRAPHS = Integer.getInteger("tidemill.property.cases", 300) / 75;
    private static final int PARTS = 4;
    private static final Duration PERIOD = Duration.ofMillis(30);

    @TempDir
    Path directory;

    @Test
    void microBatchesAndContinuousStepsGiveTheOraclesAnswers() throws Exception {
        Seeds.run(seed -> {
            for (int i = 0; i < GRAPHS; i++) {
                check(seed + i, Trigger.continuous());
                check(seed + i, Trigger.every(PERIOD));
            }
        });
    }

    private void check(long seed, Trigger trigger) throws Exception {
        GraphCase graph = RandomGraph.of(seed);
        Pipeline pipeline = GraphPipeline.of(graph);
        GraphOracle oracle = new GraphOracle(graph);
        LogOptions options = LogOptions.defaults()
                .durability(Durability.OS)
                .clock(InstantSource.fixed(PipelineTestDriver.START_DEFAULT));
        Path data = directory.resolve(seed + trigger.toString().replaceAll("\\W", ""));
        try (EmbeddedLog log = EmbeddedLog.open(data, options)) {
            graph.topics()
                    .forEach((topic, stream) -> log.createTopic(
                            topic, TopicConfig.of(stream.partitions().size()).retention(null)));
            Engine engine =
                    Engine.on(log, EngineOptions.defaults().trigger(trigger).lanes(2));
            try (PipelineRun run = engine.start(pipeline)) {
                append(log, graph, run);
            }
            engine.runUntilEnd(pipeline, (records, ledger) -> {});
            compare(log, graph, oracle, true, trigger);
            engine.correct(pipeline);
            compare(log, graph, oracle, false, trigger);
        }
    }

    private static void compare(Log log, GraphCase graph, GraphOracle oracle, boolean onTimeOnly, Trigger trigger) {
        for (End end : graph.ends()) {
            assertThat(GraphRun.differences(log, end, oracle.texts(end, onTimeOnly)))
                    .as("%s, %s, on time only: %s\n%s", trigger, end.topic(), onTimeOnly, graph.describe())
                    .isEmpty();
        }
    }

    /** In parts, each read before the next one comes. */
    private static void append(Log log, GraphCase graph, PipelineRun run) throws InterruptedException {
        Map<TopicPartition, Integer> next = new HashMap<>();
        for (int part = 1; part <= PARTS; part++) {
            for (Map.Entry<String, RandomStream> each : graph.topics().entrySet()) {
                RandomStream stream = each.getValue();
                int from = stream.arrivals().size() * (part - 1) / PARTS;
                int to = stream.arrivals().size() * part / PARTS;
                for (Arrival arrival : stream.arrivals().subList(from, to)) {
                    TopicPartition partition = new TopicPartition(each.getKey(), arrival.partition());
                    int input = next.merge(partition, 1, Integer::sum) - 1;
                    TestRecord record = graph.record(
                            each.getKey(),
                            stream.partitions().get(arrival.partition()).get(input));
                    Instant time = record.timestamp();
                    log.commit(
                            Commit.of(partition, time == null ? 0 : time.toEpochMilli(), record.key(), record.value()));
                }
            }
            awaitRead(log, next.keySet(), run);
        }
    }

    private static void awaitRead(Log log, Iterable<TopicPartition> partitions, PipelineRun run)
            throws InterruptedException {
        for (TopicPartition each : partitions) {
            while (run.isRunning()
                    && log.committed(GraphPipeline.NAME, each).orElse(0)
                            < log.offsets(each).end()) {
                Thread.sleep(1);
            }
        }
        assertThat(run.failure()).isNull();
    }
}
