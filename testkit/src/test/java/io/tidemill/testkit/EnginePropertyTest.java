package io.tidemill.testkit;

import io.tidemill.testkit.EngineRig.Manner;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Whatever way records arrive and steps are cut, with whatever sizes, lanes, restarts and crashes: the results, the late
 * records, the dead letters and the counts are those of {@link Expectation}.
 *
 * <p>{@code -Dtidemill.property.cases=10000} for a long run; {@code -Dtidemill.seed=N} for one case.
 */
final class EnginePropertyTest {
    private static final int CASES = Integer.getInteger("tidemill.property.cases", 300);
    private static final int RUNS_PER_CASE = 3;
    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    @Test
    void theAnswerIsAFunctionOfTheLog() throws Exception {
        forEachCase(CASES, seed -> check(seed, FOR_EVER));
    }

    @Test
    void whatComesAfterItsWindowIsForgottenIsAccountedFor() throws Exception {
        forEachCase(
                CASES / 3,
                seed -> check(
                        seed, Duration.ofMillis(Seeds.random(seed, "horizon").nextInt(100_000))));
    }

    private static void forEachCase(int count, Seeds.Trial trial) throws Exception {
        boolean replayed = Long.getLong(Seeds.PROPERTY) != null;
        for (int i = 0; i < (replayed ? 1 : count); i++) {
            Seeds.run(trial);
        }
    }

    private static void check(long seed, Duration correctableFor) {
        SplittableRandom random = Seeds.random(seed, "case");
        // Small steps write much state for each record, and the disk is in memory.
        int records = random.nextInt(20) == 0 ? 1_000 : random.nextInt(3) == 0 ? 300 : 40;
        StreamCase of = RandomCase.make(random, records, correctableFor);
        for (int i = 0; i < RUNS_PER_CASE; i++) {
            Manner manner = Manner.random(random);
            try (EngineRig rig = new EngineRig(of, manner, seed + i)) {
                rig.run();
                rig.end();
                new Verification(rig, correctableFor.equals(FOR_EVER)).check();
            } catch (Exception | AssertionError e) {
                throw new AssertionError(of + "\n" + manner + "\n" + e.getMessage(), e);
            }
        }
    }
}
