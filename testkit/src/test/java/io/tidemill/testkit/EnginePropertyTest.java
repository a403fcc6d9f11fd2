package io.tidemill.testkit;

import io.tidemill.testkit.EngineRig.Manner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void theAnswerIsAFunctionOfTheLog(Way way) throws Exception {
        forEachCase(way.cases(CASES), seed -> check(way, seed, FOR_EVER));
    }

    @ParameterizedTest
    @EnumSource
    void whatComesAfterItsWindowIsForgottenIsAccountedFor(Way way) throws Exception {
        forEachCase(
                way.cases(CASES / 3),
                seed -> check(
                        way,
                        seed,
                        Duration.ofMillis(Seeds.random(seed, "horizon").nextInt(100_000))));
    }

    private static void forEachCase(int count, Seeds.Trial trial) throws Exception {
        boolean replayed = Long.getLong(Seeds.PROPERTY) != null;
        for (int i = 0; i < (replayed ? 1 : count); i++) {
            Seeds.run(trial);
        }
    }

    private void check(Way way, long seed, Duration correctableFor) {
        SplittableRandom random = Seeds.random(seed, "case");
        // Small steps write much state for each record, and the disk is in memory.
        int records = random.nextInt(20) == 0 ? 1_000 : random.nextInt(3) == 0 ? 300 : 40;
        StreamCase of = RandomCase.make(random, records, correctableFor);
        for (int i = 0; i < RUNS_PER_CASE; i++) {
            Manner manner = Manner.random(way, random);
            try (EngineRig rig = new EngineRig(of, manner, seed + i, directory)) {
                rig.run();
                rig.end();
                new Verification(rig, correctableFor.equals(FOR_EVER)).check();
            } catch (Exception | AssertionError e) {
                throw new AssertionError(of + "\n" + manner + "\n" + e.getMessage(), e);
            }
        }
    }
}
