package io.tidemill.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.Durability;
import io.tidemill.log.LogException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Crashes a log at every operation of a long random workload, and checks what is there afterwards. {@code
 * -Dtidemill.simulation.commits=N} makes it longer, {@code -Dtidemill.seed=N} replays a failure.
 */
final class LogSimulationTest {
    private static final int STEPS = Integer.getInteger("tidemill.simulation.commits", 250);
    private static final Instant START = Instant.parse("2020-01-01T00:00:00Z");

    /** A copy of the disk in the middle of an operation. */
    private record Interrupted(String operation, long number, SimulatedDisk disk) {}

    @Test
    void syncedCommitsSurviveALossOfPower() throws Exception {
        Seeds.run(seed -> new CrashEverywhere(seed, Durability.DISK) {
            @Override
            void verify(Interrupted interrupted, List<LogModel> candidates, List<LogModel> history) throws Exception {
                verifyAfterCrash(interrupted, true, candidates);
                verifyAfterCrash(interrupted, false, candidates);
            }
        }.run());
    }

    @Test
    void handedOverCommitsSurviveACrashOfTheProcess() throws Exception {
        Seeds.run(seed -> new CrashEverywhere(seed, Durability.OS) {
            @Override
            void verify(Interrupted interrupted, List<LogModel> candidates, List<LogModel> history) throws Exception {
                verifyAfterCrash(interrupted, false, candidates);
            }
        }.run());
    }

    @Test
    void handedOverCommitsAreAPrefixAfterALossOfPower() throws Exception {
        Seeds.run(seed -> new CrashEverywhere(seed, Durability.OS) {
            @Override
            void verify(Interrupted interrupted, List<LogModel> candidates, List<LogModel> history) throws Exception {
                List<LogModel> prefixes = new ArrayList<>(candidates);
                for (int i = history.size() - 1; i >= 0; i--) {
                    prefixes.add(history.get(i));
                }
                verifyAfterCrash(interrupted, true, prefixes);
            }
        }.run());
    }

    /** One run of the workload; each operation is interrupted on a copy of the disk. */
    private abstract static class CrashEverywhere {
        private final long seed;
        private final Durability durability;
        private final SplittableRandom random;
        private final List<Interrupted> interrupted = new ArrayList<>();
        private final List<LogModel> history = new ArrayList<>();
        private final LogWorkload workload;

        CrashEverywhere(long seed, Durability durability) {
            this.seed = seed;
            this.durability = durability;
            random = Seeds.random(seed, "crashes");
            SimulatedDisk disk = new SimulatedDisk(seed);
            disk.watch(operation -> interrupted.add(new Interrupted(
                    operation.toString(), operation.number(), operation.interrupt(seed + operation.number()))));
            workload = new LogWorkload(disk, durability, START, new LogModel(), seed);
        }

        /** @param candidates what the log may hold: the step in progress done or not */
        abstract void verify(Interrupted at, List<LogModel> candidates, List<LogModel> history) throws Exception;

        final void run() throws Exception {
            workload.open();
            verifyAll(workload.model(), "open");
            for (int i = 0; i < STEPS; i++) {
                LogModel before = workload.model();
                history.add(before);
                LogWorkload.Step step = workload.next();
                workload.run(step);
                verifyAll(before, "step " + i + " (" + step + ")");
            }
            workload.check();
            workload.close();
        }

        private void verifyAll(LogModel before, String step) {
            for (Interrupted at : interrupted) {
                try {
                    verify(at, List.of(workload.model(), before), history);
                } catch (Exception | AssertionError e) {
                    throw new AssertionError(step + " interrupted at " + at.operation + ": " + e.getMessage(), e);
                }
            }
            interrupted.clear();
        }

        final void verifyAfterCrash(Interrupted at, boolean power, List<LogModel> candidates) throws Exception {
            SimulatedDisk disk = at.disk.copy(seed - at.number);
            crash(disk, power);
            if (random.nextInt(4) == 0) {
                crashInRecovery(disk, power);
            }
            LogWorkload recovered = new LogWorkload(disk, durability, workload.now(), new LogModel(), seed + at.number);
            recovered.open();
            recovered.identify(candidates);
            if (durability == Durability.DISK) {
                losePowerAndCheck(disk, recovered); // what was once seen stays
            }
            recovered.runSteps(4);
            if (durability == Durability.DISK) {
                losePowerAndCheck(disk, recovered);
            }
            recovered.close();
            recovered.open().check();
            recovered.close();
        }

        private void losePowerAndCheck(SimulatedDisk disk, LogWorkload expected) {
            SimulatedDisk copy = disk.copy(random.nextLong());
            copy.crash();
            new LogWorkload(copy, durability, expected.now(), expected.model(), seed)
                    .open()
                    .check();
        }

        private void crashInRecovery(SimulatedDisk disk, boolean power) {
            disk.crashAt(1 + random.nextInt(6));
            try {
                new LogWorkload(disk, durability, workload.now(), new LogModel(), seed).open();
            } catch (LogException e) {
                assertThat(e.code()).as(e.toString()).isEqualTo(LogException.Code.IO);
            }
            crash(disk, power);
        }

        private static void crash(SimulatedDisk disk, boolean power) {
            if (power) {
                disk.crash();
            } else {
                disk.processCrash();
            }
        }
    }
}
