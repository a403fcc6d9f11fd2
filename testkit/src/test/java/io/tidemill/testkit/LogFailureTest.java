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

/** Lets single operations of the disk fail: the log takes no more commits, and is whole when it is opened again. */
final class LogFailureTest {
    private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");
    private static final int TRIALS = Integer.getInteger("tidemill.simulation.commits", 250) * 3 / 5;

    /** What happens between the failure and the next opening. */
    private enum Restart {
        /** The machine, too. */
        MACHINE,
        /** Only the process: what was not synced may still be read, and is not on the disk. */
        PROCESS
    }

    /** What fails. */
    private interface Fault {
        void inject(SimulatedDisk disk, SplittableRandom random);
    }

    @Test
    void afterAFailedSyncAndARestartOfTheMachine() throws Exception {
        trials(Restart.MACHINE, (disk, random) -> disk.failForceAt(1 + random.nextInt(20)));
    }

    @Test
    void afterAFailedSyncAndARestartOfTheProcess() throws Exception {
        trials(Restart.PROCESS, (disk, random) -> disk.failForceAt(1 + random.nextInt(20)));
    }

    @Test
    void afterAnyFailureAndARestartOfTheMachine() throws Exception {
        trials(Restart.MACHINE, (disk, random) -> disk.failAt(1 + random.nextInt(60)));
    }

    @Test
    void afterAnyFailureAndARestartOfTheProcess() throws Exception {
        trials(Restart.PROCESS, (disk, random) -> disk.failAt(1 + random.nextInt(60)));
    }

    private static void trials(Restart restart, Fault fault) throws Exception {
        Seeds.run(seed -> {
            SplittableRandom random = Seeds.random(seed, "failures");
            int failures = 0;
            for (int i = 0; i < TRIALS; i++) {
                failures += trial(restart, fault, random, "trial " + i) ? 1 : 0;
            }
            assertThat(failures).isGreaterThan(TRIALS / 2);
        });
    }

    /** False if the failure came where it mattered to nobody, as when the log was closed. */
    private static boolean trial(Restart restart, Fault fault, SplittableRandom random, String name) throws Exception {
        SimulatedDisk disk = new SimulatedDisk(random.nextLong());
        LogWorkload workload = new LogWorkload(disk, Durability.DISK, START, new LogModel(), random.nextLong()).open();
        workload.runSteps(random.nextInt(60));
        fault.inject(disk, random);
        for (int i = 0; i < 40; i++) {
            LogWorkload.Step step = workload.next();
            LogException failure = workload.attempt(step);
            if (failure != null) {
                assertThat(failure.code()).as(failure.toString()).isEqualTo(LogException.Code.IO);
                try {
                    verify(disk, workload, step, restart, random);
                } catch (Exception | AssertionError e) {
                    throw new AssertionError(name + ", step " + step + ", " + failure + ": " + e.getMessage(), e);
                }
                return true;
            }
        }
        workload.check();
        return false;
    }

    private static void verify(
            SimulatedDisk disk, LogWorkload workload, LogWorkload.Step step, Restart restart, SplittableRandom random)
            throws Exception {
        if (workload.isOpen()) {
            if (step.movesStarts() && isUsable(workload)) {
                workload.done(step);
                workload.runSteps(random.nextInt(30));
                workload.check();
            } else {
                assertRefusesCommits(workload);
            }
            workload.close();
        }
        if (restart == Restart.MACHINE) {
            disk.crash();
        }
        LogWorkload recovered =
                new LogWorkload(disk, Durability.DISK, workload.now(), workload.model(), random.nextLong());
        recovered.open();
        LogModel after = step.movesStarts()
                ? workload.model().withStartsOf(recovered.log(), workload.now().toEpochMilli())
                : step.after();
        recovered.identify(List.of(after, workload.model()));
        recovered.runSteps(random.nextInt(4));
        disk.crash();
        recovered.open().check();
        recovered.runSteps(3);
        recovered.close();
        recovered.open().check();
    }

    /** A failure to rewrite a file need not stop the log. */
    private static boolean isUsable(LogWorkload workload) {
        try {
            workload.log().topics();
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    private static void assertRefusesCommits(LogWorkload workload) {
        assertThatThrownBy(() -> workload.log().commit(Commit.of(new TopicPartition("small", 0), 0, null, null)))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.code()).isEqualTo(LogException.Code.IO));
    }
}
