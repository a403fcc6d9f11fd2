package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Fills the disk under a log: what does not fit leaves no trace, and when there is room again the log goes on. */
final class LogDiskFullTest {
    private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");
    private static final int STEPS = Integer.getInteger("tidemill.simulation.commits", 250);

    private static final LogOptions OPTIONS =
            LogOptions.defaults().segmentBytes(64 << 10).preallocateBytes(0).clock(new VirtualClock());

    @Test
    void whatDoesNotFitLeavesNoTrace() throws Exception {
        for (Durability durability : Durability.values()) {
            Seeds.run(seed -> {
                for (int i = 0; i < 4; i++) { // a workload's seed decides how much it preallocates
                    run(seed + i, durability);
                }
            });
        }
    }

    private void run(long seed, Durability durability) throws Exception {
        SplittableRandom random = Seeds.random(seed, "full");
        SimulatedDisk disk = new SimulatedDisk(seed);
        LogWorkload workload = new LogWorkload(disk, durability, START, new LogModel(), seed).open();
        int refused = 0;
        for (int i = 0; i < STEPS; i++) {
            int kind = random.nextInt(30);
            if (kind == 0) {
                disk.fullAfter(random.nextInt(4) * random.nextLong(30_000));
            } else if (kind == 1) {
                disk.freeSpace();
            }
            LogWorkload.Step step = workload.next();
            LogException refusal = workload.attempt(step);
            if (refusal != null) {
                refused++;
                try {
                    verify(workload, step, refusal, disk, durability, seed);
                } catch (Exception | AssertionError e) {
                    throw new AssertionError("step " + i + " (" + step + "): " + e.getMessage(), e);
                }
            }
        }
        assertThat(refused).isPositive();
        disk.freeSpace();
        workload.runSteps(10);
        workload.check();
        workload.close();
        workload.open().check();
    }

    private static void verify(
            LogWorkload workload,
            LogWorkload.Step step,
            LogException refusal,
            SimulatedDisk disk,
            Durability durability,
            long seed)
            throws Exception {
        assertThat(refusal.code()).as(refusal.toString()).isEqualTo(LogException.Code.DISK_FULL);
        if (!workload.isOpen()) { // the step was to open it again
            disk.freeSpace();
            workload.open();
        }
        if (step.movesStarts()) {
            workload.done(step);
        }
        workload.check();
        SimulatedDisk copy = disk.copy(seed);
        if (durability == Durability.DISK) {
            copy.crash();
        }
        LogWorkload later = new LogWorkload(copy, durability, workload.now(), workload.model(), seed).open();
        later.check();
        later.runSteps(3);
        later.check();
    }

    /**
     * The disk is full when a file has been rewritten and not yet taken the place of the old ones. They go on being used,
     * and change; when the log is opened again, what was rewritten from them must not be preferred.
     */
    @Test
    void aRewriteThatDidNotFitIsForgotten() throws Exception {
        SimulatedDisk base = new SimulatedDisk(1);
        EmbeddedLog log = EmbeddedLog.open(base, OPTIONS);
        log.createTopic("topic", TopicConfig.of(4).retention(null));
        appendTo(log, 0, 9); // three files: in the first two, partition 1 is what stays
        appendTo(log, 1, 3);
        appendTo(log, 0, 9);
        appendTo(log, 1, 4);
        appendTo(log, 2, 10);
        appendTo(log, 3, 6);
        trim(log, 0, 18);
        log.close();
        int refused = 0;
        for (int room = 25_000; room < 45_000; room += 100) {
            SimulatedDisk disk = base.copy();
            log = EmbeddedLog.open(disk, OPTIONS);
            disk.fullAfter(room);
            try {
                log.maintain();
            } catch (LogException e) {
                assertThat(e.code()).isEqualTo(LogException.Code.DISK_FULL);
                refused++;
            }
            disk.freeSpace();
            trim(log, 1, 4); // now nothing in the first file is needed, and little in the third
            trim(log, 2, 10);
            log.maintain();
            assertThat(recordsOf(log, 3)).isEqualTo(6);
            log.close();
            log = EmbeddedLog.open(disk, OPTIONS);
            assertThat(recordsOf(log, 3)).as("with room for " + room + " bytes").isEqualTo(6);
            assertThat(recordsOf(log, 1)).isEqualTo(3);
            log.close();
        }
        assertThat(refused).isPositive();
    }

    private static void appendTo(Log log, int partition, int count) {
        for (int i = 0; i < count; i++) {
            log.commit(Commit.of(new TopicPartition("topic", partition), 1, null, new byte[5000]));
        }
    }

    private static void trim(Log log, int partition, long firstNeeded) {
        log.commit(Commit.builder()
                .trim(new TopicPartition("topic", partition), firstNeeded)
                .build());
    }

    private static int recordsOf(Log log, int partition) {
        TopicPartition from = new TopicPartition("topic", partition);
        RecordCursor cursor = new RecordCursor();
        int count = 0;
        for (long at = log.offsets(from).start(); at < log.offsets(from).end(); at = cursor.nextOffset()) {
            log.fetch(from, at, 10_000, cursor);
            while (cursor.next()) {
                count++;
            }
        }
        return count;
    }
}
