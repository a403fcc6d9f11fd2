package io.tidemill.testkit.oracle;

import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.oracle.GraphRun.Manner;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Graphs of any shape that go on from savepoints, at any time and more than once: in another log, with other lanes, in memory
 * or in stores, under other names. What comes out is what the definitions say.
 *
 * <p>{@code -Dtidemill.property.cases=10000} for a long run; {@code -Dtidemill.seed=N} for one case.
 */
final class GraphSavepointTest {
    private static final int CASES = Integer.getInteger("tidemill.property.cases", 300) / 6;

    @Test
    void everyGraphGoesOn() throws Exception {
        boolean replayed = Long.getLong(Seeds.PROPERTY) != null;
        for (int i = 0; i < (replayed ? 1 : CASES); i++) {
            Seeds.run(GraphSavepointTest::check);
        }
    }

    private static void check(long seed) {
        GraphCase graph = RandomGraph.of(seed);
        SplittableRandom random = Seeds.random(seed, "manners");
        try (GraphRun run = new GraphRun(graph, Manner.random(random).moving(), seed)) {
            try {
                run.run();
                run.check();
            } catch (Exception | AssertionError e) {
                throw new AssertionError(run + "\n" + e.getMessage(), e);
            }
        }
    }
}
