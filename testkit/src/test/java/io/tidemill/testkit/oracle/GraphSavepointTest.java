package io.tidemill.testkit.oracle;

import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.Way;
import io.tidemill.testkit.oracle.GraphRun.Manner;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Graphs of any shape that go on from savepoints, at any time and more than once: in another log, with other lanes, in memory
 * or in stores, under other names. What comes out is what the definitions say.
 *
 * <p>{@code -Dtidemill.property.cases=10000} for a long run; {@code -Dtidemill.seed=N} for one case.
 */
final class GraphSavepointTest {
    private static final int CASES = Integer.getInteger("tidemill.property.cases", 300) / 6;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = {"STEPS", "ROCKSDB"})
    void everyGraphGoesOn(Way way) throws Exception {
        boolean replayed = Long.getLong(Seeds.PROPERTY) != null;
        for (int i = 0; i < (replayed ? 1 : way.cases(CASES)); i++) {
            Seeds.run(seed -> check(way, seed));
        }
    }

    private void check(Way way, long seed) {
        GraphCase graph = RandomGraph.of(seed);
        SplittableRandom random = Seeds.random(seed, "manners");
        try (GraphRun run =
                new GraphRun(graph, Manner.random(way, random).moving(), seed, GraphPipeline.FOR_EVER, directory)) {
            try {
                run.run();
                run.check();
            } catch (Exception | AssertionError e) {
                throw new AssertionError(run + "\n" + e.getMessage(), e);
            }
        }
    }
}
