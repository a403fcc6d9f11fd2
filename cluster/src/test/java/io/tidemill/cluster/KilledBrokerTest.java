package io.tidemill.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.broker.KafkaBroker;
import io.tidemill.engine.Engine;
import io.tidemill.engine.PipelineRun;
import io.tidemill.log.Commit;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.LogOptions;
import io.tidemill.log.LogWriter;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker is killed in the midst of commits, and started again. */
@ResourceLock(SharedBroker.NAME)
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class KilledBrokerTest {
    private static final long ALL = (long) Trial.PARTITIONS * Trial.PER_PARTITION;

    @TempDir
    private Path directory;

    private static void killAndRestart() {
        KafkaBroker broker = SharedBroker.get();
        broker.kill();
        broker.restart();
    }

    /** Short: commits give up before the broker is back, and the pipeline starts again from what was committed. */
    private static KafkaLogOptions options(boolean patient) {
        KafkaLogOptions options = KafkaLogOptions.of(SharedBroker.get().bootstrap());
        return patient
                ? options
                : options.commitTimes(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(10))
                        .requestMax(Duration.ofSeconds(4));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPipelineGoesOnAndAnswersTheSame(boolean patient) throws Exception {
        Trial.Answer expected;
        try (EmbeddedLog embedded = EmbeddedLog.open(directory, LogOptions.defaults())) {
            Trial.fill(embedded);
            expected = Trial.finish(embedded, "embedded");
        }
        String name = "outlives-" + patient;
        try (KafkaLog log = SharedBroker.connect()) {
            Trial.fill(log, SharedBroker.get().bootstrap());
        }
        try (KafkaLog log = KafkaLog.connect(options(patient))) {
            try (PipelineRun run = Engine.on(log, Trial.options()).start(Trial.pipeline(name))) {
                await(run, ALL / 20);
                killAndRestart();
                await(run, ALL);
                assertThat(run.failure()).isNull();
            }
        }
        try (KafkaLog log = SharedBroker.connect()) {
            assertThat(Trial.finish(log, name)).isEqualTo(expected);
        }
    }

    private static void await(PipelineRun run, long records) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        while (run.ledger().total().read() < records) {
            assertThat(run.failure()).isNull();
            assertThat(System.nanoTime()).as("ledger %s", run.ledger().total()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Test
    void aCommitWhoseAnswerIsLostIsThereOnceOrNotAtAll() throws Exception {
        int commits = 150;
        TopicPartition partition = new TopicPartition("numbered", 0);
        try (KafkaLog log = SharedBroker.connect()) {
            log.createTopic("numbered", TopicConfig.of(1).retention(null));
        }
        try (KafkaLog log = KafkaLog.connect(options(false))) {
            Thread killer = new Thread(() -> {
                awaitEnd(partition, 40);
                killAndRestart();
            });
            killer.start();
            int unknown = commitAll(log, partition, commits);
            killer.join();
            System.out.printf("%d commits of which nobody knew%n", unknown);
        }
        try (KafkaLog log = SharedBroker.connect()) {
            List<Integer> found = new ArrayList<>();
            Trial.forEach(log, "numbered", record -> found.add(Integer.parseInt(new String(record.value(), UTF_8))));
            assertThat(found)
                    .containsExactlyElementsOf(
                            IntStream.range(0, commits).boxed().toList());
        }
    }

    private static void awaitEnd(TopicPartition partition, long end) {
        try (KafkaLog log = SharedBroker.connect()) {
            while (log.offsets(partition).end() < end) {
                Thread.onSpinWait();
            }
        }
    }

    /** As a pipeline does: after a failure it opens another writer, reads what is there, and goes on from that. */
    private static int commitAll(KafkaLog log, TopicPartition partition, int commits) {
        int failures = 0;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
        int next = 0;
        while (next < commits) {
            try (LogWriter writer = log.writer("numbers", List.of(), List.of(partition.topic()))) {
                next = committed(log, partition);
                while (next < commits) {
                    writer.commit(
                            Commit.of(partition, 1, null, String.valueOf(next).getBytes(UTF_8)));
                    next++;
                }
            } catch (LogException e) {
                assertThat(e.code()).as(e.getMessage()).isEqualTo(Code.UNAVAILABLE);
                assertThat(System.nanoTime()).isLessThan(deadline);
                failures++;
            }
        }
        return failures;
    }

    private static int committed(KafkaLog log, TopicPartition partition) {
        int[] last = {-1};
        Trial.forEach(log, partition.topic(), record -> last[0] = Integer.parseInt(new String(record.value(), UTF_8)));
        return last[0] + 1;
    }
}
