package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.Durability;
import io.tidemill.log.LogException;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Fills the disk under a log: what does not fit leaves no trace, and when there is room again the log goes on. */
final class LogDiskFullTest {
    private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");
    private static final int STEPS = 4 * Integer.getInteger("tidemill.simulation.commits", 250);

    @Test
    void whatDoesNotFitLeavesNoTrace() throws Exception {
        for (Durability durability : Durability.values()) {
            Seeds.run(seed -> run(seed, durability));
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
}
