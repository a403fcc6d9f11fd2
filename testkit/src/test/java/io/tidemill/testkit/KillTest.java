package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.engine.Ledger;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Audit;
import io.tidemill.operations.AuditReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real process that appends and counts is really killed, again and again: nothing that it was told is durable may be
 * missing, nothing may be counted twice, and it must be at work again. How long that took is printed: about a second on an
 * idle machine; where others work beside it, no bound of time can be told from a fault, so the one here is generous.
 */
class KillTest {
    private static final int KILLS = Integer.getInteger("tidemill.kills", 10);
    private static final long RESTART_MILLIS_MAX = 30_000;

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @TempDir
    Path directory;

    private long acknowledged;
    private long slowestRestartMillis;

    @Test
    @Timeout(value = 900, unit = TimeUnit.SECONDS)
    void aKilledProcessLosesAndDoublesNothing() throws IOException, InterruptedException {
        for (int i = 0; i < KILLS; i++) {
            runAndKill();
        }
        System.out.printf(
                "KillTest: %d kills, %d records acknowledged, slowest restart %d ms (seed %d)%n",
                KILLS, acknowledged, slowestRestartMillis, seed);
        assertThat(slowestRestartMillis).as("restart, seed %d", seed).isLessThan(RESTART_MILLIS_MAX);
        try (EmbeddedLog log = EmbeddedLog.open(directory, LogOptions.defaults())) {
            assertThat(log.topics()).isNotEmpty();
            Ledger ledger = KillTestWork.finish(log);
            assertThat(ledger.imbalances()).isEmpty();
            assertThat(ledger.total().late()).isPositive().isEqualTo(ledger.corrected());
            long appended = requireEveryRecordOnce(log);
            assertThat(appended).as("seed %d", seed).isGreaterThanOrEqualTo(acknowledged);
            assertThat(ledger.total().read()).isEqualTo(appended);
            AuditReport report = Audit.of(log, KillTestWork.pipeline()).run((done, total) -> {});
            assertThat(report.isClean()).as("seed %d: %s", seed, report).isTrue();
            assertThat(report.results()).isGreaterThan(100);
        }
    }

    private void runAndKill() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillTestWork.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String ready = out.readLine();
            assertThat(ready).as("seed %d", seed).startsWith("READY ");
            slowestRestartMillis = Math.max(slowestRestartMillis, Long.parseLong(ready.substring(6)));
            long killAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(800));
            String line = out.readLine();
            while (line != null) {
                acknowledged = parsed(line);
                if (System.nanoTime() >= killAt) {
                    break;
                }
                line = out.readLine();
            }
            // SIGKILL, by the handle: the process object would also close the pipe that we still read.
            process.toHandle().destroyForcibly();
            // What it had printed before it died counts as acknowledged too.
            for (String rest = out.readLine(); rest != null; rest = out.readLine()) {
                acknowledged = parsed(rest);
            }
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /** The last line may have been cut off by the kill; each ends in a dot. */
    private long parsed(String line) {
        return line.endsWith(".") ? Long.parseLong(line.substring(0, line.length() - 1)) : acknowledged;
    }

    private static long requireEveryRecordOnce(EmbeddedLog log) {
        BitSet seen = new BitSet();
        RecordCursor cursor = new RecordCursor();
        long count = 0;
        for (int p = 0; p < KillTestWork.PARTITIONS; p++) {
            TopicPartition partition = new TopicPartition(KillTestWork.SOURCE, p);
            long at = 0;
            while (at < log.offsets(partition).end()) {
                log.fetch(partition, at, 1 << 20, cursor);
                while (cursor.next()) {
                    String value = new String(
                            cursor.array(), cursor.valueStart(), cursor.valueLength(), StandardCharsets.UTF_8);
                    int number = Integer.parseInt(value.substring(value.lastIndexOf(',') + 1));
                    assertThat(seen.get(number))
                            .as("record %d is there twice", number)
                            .isFalse();
                    seen.set(number);
                    count++;
                }
                at = cursor.nextOffset();
            }
        }
        assertThat(seen.cardinality()).isEqualTo(seen.length());
        return count;
    }
}
