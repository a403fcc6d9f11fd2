package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.plan.Row;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.engine.LaneRig.Arrival;
import io.tidemill.engine.RowOperator.Slot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Deduplication against a walk over all elements in the order of time. */
@ParameterizedClass
@ValueSource(longs = {LaneRig.IN_MEMORY, 0, 3_000})
final class DeduplicateTest {
    /** How much of a store is kept in memory, if there is one. */
    @Parameter
    long cacheBytes;

    private static final int ROUNDS = 60;

    @TempDir
    Path directory;

    private LaneRig rig(Path in, ProcessPlan plan, int lanes) {
        return new LaneRig(in, plan, lanes, cacheBytes, null);
    }

    private static DeduplicateOperator operator(long bound, boolean byId) {
        return new DeduplicateOperator(
                byId ? value -> idOf(value.toString()) : null,
                Plans.TEXT,
                bound,
                List.of(Slot.inEventTime("passed", "times", bound + 1)));
    }

    /** One of four: the last digit of the element's number. */
    private static String idOf(String value) {
        int at = value.indexOf('@');
        return String.valueOf(value.charAt(at - 1) % 4);
    }

    private static List<String> oracle(long bound, boolean byId, List<Arrival> all) {
        Map<String, Long> passed = new HashMap<>();
        List<String> results = new ArrayList<>();
        all.stream().sorted((a, b) -> Row.ORDER.compare(a.row(), b.row())).forEach(each -> {
            String id = each.key() + (byId ? idOf(each.row().value().toString()) : "");
            Long before = passed.get(id);
            if (before == null || each.row().timeMillis() - before > bound) {
                passed.put(id, each.row().timeMillis());
                results.add(each.row().value().toString());
            }
        });
        return results.stream().sorted().toList();
    }

    @Test
    void theFirstPassesAndOthersWithinTheBoundAreCounted() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            long bound = 1 + run.random().nextLong(30);
            boolean byId = run.random().nextBoolean();
            List<Arrival> all =
                    RandomRun.arrivals(run.random(), 5 + run.random().nextInt(80), 1, 150);
            ProcessPlan plan = Plans.of("dedup", operator(bound, byId), 1, ProcessOptions.defaults());
            try (LaneRig rig = rig(directory.resolve("" + seed), plan, 2)) {
                run.run(rig, all);
                List<String> expected = oracle(bound, byId, all);
                assertThat(rig.standingValues()).as("seed %d", seed).isEqualTo(expected);
                assertThat(rig.counts.out).isEqualTo(expected.size());
                assertThat(rig.counts.dropped().getOrDefault(OperatorCounts.DUPLICATE, 0L))
                        .isEqualTo(all.size() - expected.size());
                rig.step(List.of(), 10_000, 1_000, false);
                assertThat(rig.entries()).isZero();
            }
        }
    }
}
