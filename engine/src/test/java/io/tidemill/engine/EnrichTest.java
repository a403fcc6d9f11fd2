package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Codec;
import io.tidemill.api.plan.Row;
import io.tidemill.api.plan.TableRow;
import io.tidemill.api.plan.TableRowCodec;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.engine.LaneRig.Arrival;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Enrichment against a search through all versions. */
@ParameterizedClass
@ValueSource(longs = {LaneRig.IN_MEMORY, 0, 3_000})
final class EnrichTest {
    /** How much of a store is kept in memory, if there is one. */
    @Parameter
    long cacheBytes;

    private static final int ROUNDS = 60;

    @TempDir
    Path directory;

    private LaneRig rig(Path in, ProcessPlan plan, int lanes) {
        return new LaneRig(in, plan, lanes, cacheBytes, null);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // rows are of any type where they are kept
    private static ProcessPlan plan(EnrichOperator enrich) {
        ProcessPlan plan = Plans.of("enrich", enrich, 2, ProcessOptions.defaults());
        Codec<Object> versions = (Codec) new TableRowCodec(Plans.TEXT);
        return new ProcessPlan(
                plan.pipeline(),
                plan.name(),
                enrich,
                plan.keyCodec(),
                List.of(new ProcessPlan.Input(versions), new ProcessPlan.Input(Plans.TEXT)),
                plan.options(),
                true,
                plan.origin());
    }

    private static EnrichOperator operator(SplittableRandom random, long correctable) {
        return new EnrichOperator(random.nextBoolean(), (element, value) -> element + "<" + value, correctable);
    }

    /** Input 0 is the table, a third of whose rows remove. */
    private static List<Arrival> arrivals(SplittableRandom random) {
        List<Arrival> all = new ArrayList<>();
        for (Arrival each : RandomRun.arrivals(random, 5 + random.nextInt(60), 2, 40)) {
            Row row = each.row();
            Object value = row.input() == 1 ? row.value() : new TableRow(random.nextInt(3) == 0 ? null : row.value());
            all.add(new Arrival(each.key(), new Row(row.input(), row.timeMillis(), row.origin(), value)));
        }
        return all;
    }

    private static List<String> oracle(EnrichOperator enrich, List<Arrival> all) {
        List<String> results = new ArrayList<>();
        for (Arrival each : all) {
            if (each.row().input() == 1) {
                Object value = valueAt(each, all);
                if (value != null || enrich.keepsUnmatched()) {
                    results.add(each.row().value() + "<" + value);
                }
            }
        }
        return results.stream().sorted().toList();
    }

    private static @Nullable Object valueAt(Arrival element, List<Arrival> all) {
        Row newest = null;
        for (Arrival each : all) {
            Row row = each.row();
            if (row.input() == 0
                    && each.key().equals(element.key())
                    && row.timeMillis() <= element.row().timeMillis()
                    && (newest == null || Row.ORDER.compare(row, newest) > 0)) {
                newest = row;
            }
        }
        return newest == null ? null : ((TableRow) newest.value()).value();
    }

    @Test
    void eachElementHasTheVersionOfItsTimeInWhateverOrderTheyCome() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            EnrichOperator enrich = operator(run.random(), run.random().nextInt(2) * 20L);
            List<Arrival> all = arrivals(run.random());
            try (LaneRig rig = rig(directory.resolve("a" + seed), plan(enrich), 2)) {
                run.run(rig, all);
                assertThat(rig.standingValues()).as("seed %d, %s", seed, enrich).isEqualTo(oracle(enrich, all));
                assertThat(rig.counts.in).isEqualTo(all.size()).isEqualTo(rig.counts.done);
                long elements =
                        all.stream().filter(each -> each.row().input() == 1).count();
                assertThat(rig.counts.out + rig.counts.dropped().getOrDefault(OperatorCounts.UNMATCHED, 0L))
                        .isEqualTo(elements);
                rig.step(List.of(), 10_000, 1_000, false);
                assertThat(rig.entries())
                        .as("at most the newest version of each key")
                        .isLessThanOrEqualTo(3);
            }
        }
    }

    @Test
    void whatComesBehindIsPutRight() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            EnrichOperator enrich = operator(run.random(), 1_000);
            List<Arrival> all = arrivals(run.random());
            try (LaneRig rig = rig(directory.resolve("b" + seed), plan(enrich), 2)) {
                run.runWithSomeBehind(rig, all, 60);
                assertThat(rig.standingValues()).as("seed %d, %s", seed, enrich).isEqualTo(oracle(enrich, all));
            }
        }
    }

    @Test
    void lateElementsAndVersionsPutItRight() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            SplittableRandom random = run.random();
            EnrichOperator enrich = operator(random, 1_000);
            List<Arrival> all = arrivals(random);
            List<Arrival> late = all.subList(0, all.size() / 3);
            List<Arrival> onTime = all.subList(late.size(), all.size());
            try (LaneRig rig = rig(directory.resolve("l" + seed), plan(enrich), 2)) {
                rig.step(onTime, 20, 1_000, false);
                run.end(rig);
                rig.step(List.of(), 40, 1_000, false);
                for (Arrival each : late) {
                    if (random.nextInt(3) == 0) {
                        rig.restore(1 << random.nextInt(3));
                    }
                    assertThat(rig.late(each)).isInstanceOf(LateOutcome.Corrected.class);
                }
                assertThat(rig.standingValues()).as("seed %d, %s", seed, enrich).isEqualTo(oracle(enrich, all));
                rig.step(List.of(), 10_000, 1_000, false);
                assertThat(rig.entries())
                        .as("at most the newest version of each key")
                        .isLessThanOrEqualTo(3);
            }
        }
    }

    @Test
    void aRevisionCountsWhatWasWritten() {
        EnrichOperator enrich = new EnrichOperator(false, (element, value) -> element + "<" + value, 100);
        try (LaneRig rig = rig(directory, plan(enrich), 1)) {
            rig.step(List.of(version(5, 1, "a"), element(10)), 20, 10, false);
            assertThat(rig.late(version(7, 2, null))).isInstanceOf(LateOutcome.Corrected.class);
            assertThat(rig.late(version(8, 3, "b"))).isInstanceOf(LateOutcome.Corrected.class);
            assertThat(rig.told()).containsExactly("e<a 0 FINAL", "- 1 CORRECTION", "e<b 2 CORRECTION");
        }
    }

    private static Arrival version(long time, int number, @Nullable String value) {
        return new Arrival("k", new Row(0, time, LaneRig.origin(0, 0, number, 0), new TableRow(value)));
    }

    private static Arrival element(long time) {
        return new Arrival("k", new Row(1, time, LaneRig.origin(1, 0, time, 0), "e"));
    }
}
