package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.Commit;
import io.tidemill.log.Durability;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Lets syncs fail: the log takes no more commits, and is whole when it is opened again. */
final class LogForceFailureTest {
    private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");
    private static final int TRIALS = 150;

    /** What happens between the failure and the next opening. */
    private enum Restart {
        /** The machine, too. */
        POWER,
        /** Only the process: what was not synced may still be read, and is not on the disk. */
        PROCESS
    }

    @Test
    void theCommitIsThereOrNotAfterARestartOfTheMachine() throws Exception {
        Seeds.run(seed -> trials(seed, Restart.POWER));
    }

    @Test
    void theCommitIsThereOrNotAfterARestartOfTheProcess() throws Exception {
        Seeds.run(seed -> trials(seed, Restart.PROCESS));
    }

    private static void trials(long seed, Restart restart) throws Exception {
        SplittableRandom random = Seeds.random(seed, "failures");
        int failures = 0;
        for (int i = 0; i < TRIALS; i++) {
            SimulatedDisk disk = new SimulatedDisk(random.nextLong());
            LogWorkload workload =
                    new LogWorkload(disk, Durability.DISK, START, new LogModel(), random.nextLong()).open();
            workload.runSteps(random.nextInt(60));
            disk.failForceAt(1 + random.nextInt(20));
            LogWorkload.Step step = workload.next();
            LogException failure = workload.attempt(step);
            for (int more = 0; failure == null && more < 40; more++) {
                step = workload.next();
                failure = workload.attempt(step);
            }
            if (failure == null) {
                continue; // it failed when the log was closed, which had nothing to lose any more
            }
            failures++;
            assertThat(failure.code()).as(failure.toString()).isEqualTo(LogException.Code.IO);
            try {
                verify(disk, workload, step, restart, random);
            } catch (Exception | AssertionError e) {
                throw new AssertionError("trial " + i + ", step " + step + ": " + e.getMessage(), e);
            }
        }
        assertThat(failures).isGreaterThan(TRIALS / 2);
    }

    private static void verify(
            SimulatedDisk disk, LogWorkload workload, LogWorkload.Step step, Restart restart, SplittableRandom random)
            throws Exception {
        if (workload.isOpen()) {
            if (!step.movesStarts()) { // a failure to rewrite a file leaves the log as it was
                assertThatThrownBy(
                                () -> workload.log().commit(Commit.of(new TopicPartition("small", 0), 0, null, null)))
                        .isInstanceOfSatisfying(
                                LogException.class, e -> assertThat(e.code()).isEqualTo(LogException.Code.IO));
            }
            workload.close();
        }
        if (restart == Restart.POWER) {
            disk.crash();
        }
        LogWorkload recovered =
                new LogWorkload(disk, Durability.DISK, workload.now(), workload.model(), random.nextLong());
        recovered.open();
        LogModel after = step.movesStarts()
                ? step.after().withStartsOf(recovered.log(), workload.now().toEpochMilli())
                : step.after();
        recovered.identify(List.of(after, workload.model()));
        recovered.runSteps(random.nextInt(4));
        disk.crash();
        recovered.open().check();
        recovered.runSteps(3);
        recovered.close();
        recovered.open().check();
    }
}
