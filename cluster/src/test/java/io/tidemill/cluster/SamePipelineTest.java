package io.tidemill.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Codec;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.engine.Engine;
import io.tidemill.engine.PipelineException;
import io.tidemill.engine.PipelineRun;
import io.tidemill.engine.Stepper;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The same pipeline over the same input answers the same on the embedded log and on a real cluster. */
@ResourceLock(value = SharedBroker.NAME, mode = ResourceAccessMode.READ)
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class SamePipelineTest {
    private static final int KILLS = Integer.getInteger("tidemill.kills", 5);

    @TempDir
    private static Path directory;

    private static KafkaLog log;
    private static Trial.Answer expected;
    private static Trial.Answer expectedOfSliding;

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());

    @BeforeAll
    static void answerOfTheEmbeddedLog() throws Exception {
        try (EmbeddedLog embedded = EmbeddedLog.open(directory, LogOptions.defaults())) {
            Trial.fill(embedded);
            expected = Trial.finish(embedded, "embedded");
            expectedOfSliding = Trial.finish(embedded, Trial.SLIDING);
        }
        assertThat(expected.late()).hasSizeGreaterThan(100);
        log = SharedBroker.connect();
        Trial.fill(log, SharedBroker.get().bootstrap());
    }

    @AfterAll
    static void close() {
        log.close();
    }

    @Test
    void anUndisturbedPipeline() {
        assertThat(Trial.finish(log, "undisturbed")).isEqualTo(expected);
    }

    @Test
    void slidingWindows() {
        assertThat(Trial.finish(log, Trial.SLIDING)).isEqualTo(expectedOfSliding);
    }

    @Test
    void slidingWindowsWhoseProcessIsKilled() throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < 2; i++) {
            runAndKill(Trial.SLIDING + "-killed", 5 + random.nextInt(25));
        }
        assertThat(Trial.finish(log, Trial.SLIDING + "-killed"))
                .as("seed %d", seed)
                .isEqualTo(expectedOfSliding);
    }

    @Test
    void aPipelineWhoseProcessIsKilled() throws Exception {
        Random random = new Random(seed);
        long start = System.nanoTime();
        int killed = 0;
        for (int i = 0; i < KILLS; i++) {
            killed += runAndKill("killed", 5 + random.nextInt(25)) ? 1 : 0;
        }
        System.out.printf(
                "%d kills of a pipeline on Kafka in %.1f s (seed %d)%n",
                killed, (System.nanoTime() - start) / 1e9, seed);
        assertThat(killed).as("seed %d", seed).isEqualTo(KILLS);
        assertThat(Trial.finish(log, "killed")).as("seed %d", seed).isEqualTo(expected);
    }

    /** Whether it was still at work when it was killed. */
    private static boolean runAndKill(String name, int afterSteps) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledPipeline.class.getName(),
                        SharedBroker.get().bootstrap(),
                        name)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (int i = 0; i < afterSteps; i++) {
                if (!"STEP".equals(lines.readLine())) {
                    return false;
                }
            }
            process.toHandle().destroyForcibly();
            return true;
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    @Test
    void aSecondRunFencesTheFirst() throws InterruptedException {
        Engine engine = Engine.on(log, Trial.options());
        try (Stepper first = engine.open(Trial.pipeline("twice"))) {
            first.step();
            long read = first.ledger().total().read();
            try (PipelineRun second = engine.start(Trial.pipeline("twice"))) {
                awaitRead(second, read + 1);
                assertThatThrownBy(() -> {
                            for (int i = 0; i < 1_000; i++) {
                                first.step();
                            }
                        })
                        .isInstanceOfSatisfying(
                                LogException.class, e -> assertThat(e.code()).isEqualTo(Code.CONFLICT));
                assertThat(second.await(Duration.ofMillis(100))).isFalse();
            }
        }
        assertThat(Trial.finish(log, "twice")).isEqualTo(expected);
    }

    /** It has fenced those before it by then. */
    private static void awaitRead(PipelineRun run, long records) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (run.ledger().total().read() < records) {
            assertThat(run.failure()).isNull();
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void stateThatWouldBeDeletedIsRefused() throws Exception {
        Trial.finish(log, "kept");
        ConfigResource changelog = new ConfigResource(ConfigResource.Type.TOPIC, "kept.changelog");
        ConfigResource late = new ConfigResource(ConfigResource.Type.TOPIC, "kept.late");
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", SharedBroker.get().bootstrap()))) {
            set(admin, changelog, "retention.ms", "604800000");
            refused("retention.ms=-1");
            set(admin, changelog, "retention.ms", "-1");
            set(admin, changelog, "cleanup.policy", "compact");
            refused("cleanup.policy=delete");
            set(admin, changelog, "cleanup.policy", "delete");
            set(admin, late, "message.timestamp.type", "CreateTime");
            refused("message.timestamp.type=LogAppendTime");
            set(admin, late, "message.timestamp.type", "LogAppendTime");
            Engine.on(log, Trial.options()).open(Trial.pipeline("kept")).close();
        }
    }

    private static void refused(String whatToChange) {
        assertThatThrownBy(() -> Engine.on(log, Trial.options()).open(Trial.pipeline("kept")))
                .isInstanceOfAny(PipelineException.class, LogException.class)
                .hasMessageContaining(whatToChange);
    }

    private static void set(Admin admin, ConfigResource topic, String name, String value) throws Exception {
        admin.incrementalAlterConfigs(Map.of(
                        topic, List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
                .all()
                .get();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!value.equals(settings(topic.name()).get(name))) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static Map<String, String> settings(String topic) {
        try (Cluster cluster = new Cluster(KafkaLogOptions.of(SharedBroker.get().bootstrap()))) {
            return cluster.describe(List.of(topic)).values().iterator().next().settings();
        }
    }

    @Test
    void aSourceThatHasGrownIsRefused() throws Exception {
        log.createTopic("growing", TopicConfig.of(1).retention(null));
        Pipeline pipeline =
                Pipeline.named("grower").from(Topic.of("growing", Codec.text())).to("grown", Codec.text());
        Engine engine = Engine.on(log, Trial.options());
        log.commit(Commit.of(new TopicPartition("growing", 0), 1, null, new byte[1]));
        engine.runUntilEnd(pipeline, (records, ledger) -> {});
        try (Admin admin =
                Admin.create(Map.of("bootstrap.servers", SharedBroker.get().bootstrap()))) {
            admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(2)))
                    .all()
                    .get();
            for (String each : List.of("growing", "grower.late", "grower.dead")) {
                if (!each.equals("growing")) {
                    admin.createPartitions(Map.of(each, NewPartitions.increaseTo(2)))
                            .all()
                            .get();
                }
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
                while (log.topic(each).orElseThrow().config().partitions() < 2) {
                    assertThat(System.nanoTime()).isLessThan(deadline);
                    TimeUnit.MILLISECONDS.sleep(5);
                }
            }
        }
        assertThatThrownBy(() -> engine.open(pipeline))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("under another name");
    }
}
