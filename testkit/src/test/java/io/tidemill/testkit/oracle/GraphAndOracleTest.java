package io.tidemill.testkit.oracle;

import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.Way;
import io.tidemill.testkit.oracle.GraphRun.Manner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Graphs of any shape against the definitions: several sources, unions, branches, stages behind stages. What stands when all
 * has ended is what the elements on time make; what stands after corrections is what a batch job answers, at every end.
 *
 * <p>{@code -Dtidemill.property.cases=10000} for a long run; {@code -Dtidemill.seed=N} for one case.
 */
final class GraphAndOracleTest {
    private static final int CASES = Integer.getInteger("tidemill.property.cases", 300) / 3;
    private static final int RUNS_PER_CASE = 3;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void everyEndOfAnyGraph(Way way) throws Exception {
        forEachCase(way.cases(CASES), seed -> check(way, seed, GraphPipeline.FOR_EVER));
    }

    @ParameterizedTest
    @EnumSource
    void whatComesAfterItsWindowIsForgottenIsAccountedFor(Way way) throws Exception {
        forEachCase(
                way.cases(CASES / 5),
                seed -> check(
                        way,
                        seed,
                        Duration.ofMillis(Seeds.random(seed, "horizon").nextInt(100))));
    }

    private static void forEachCase(int count, Seeds.Trial trial) throws Exception {
        boolean replayed = Long.getLong(Seeds.PROPERTY) != null;
        for (int i = 0; i < (replayed ? 1 : count); i++) {
            Seeds.run(trial);
        }
    }

    private void check(Way way, long seed, Duration horizon) {
        GraphCase graph = RandomGraph.of(seed);
        SplittableRandom random = Seeds.random(seed, "manners");
        for (int i = 0; i < RUNS_PER_CASE; i++) {
            Manner manner = Manner.random(way, random);
            try (GraphRun run = new GraphRun(graph, manner, seed + i, horizon, directory)) {
                try {
                    run.run();
                    if (horizon.equals(GraphPipeline.FOR_EVER)) {
                        run.check();
                    } else {
                        run.checkAccounts();
                    }
                } catch (Exception | AssertionError e) {
                    throw new AssertionError(run + "\n" + e.getMessage(), e);
                }
            }
        }
    }
}
