package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.plan.Row;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.engine.LaneRig.Arrival;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Interval joins against pairs made by two nested loops. */
@ParameterizedClass
@ValueSource(longs = {LaneRig.IN_MEMORY, 0, 3_000})
final class IntervalJoinTest {
    /** How much of a store is kept in memory, if there is one. */
    @Parameter
    long cacheBytes;

    private static final int ROUNDS = 60;

    @TempDir
    Path directory;

    private LaneRig rig(Path in, ProcessPlan plan, int lanes) {
        return new LaneRig(in, plan, lanes, cacheBytes, null);
    }

    private static ProcessPlan plan(IntervalJoinOperator join) {
        return Plans.of("join", join, 2, ProcessOptions.defaults());
    }

    private static IntervalJoinOperator random(SplittableRandom random, long correctable) {
        long lower = random.nextLong(30) - 15;
        return new IntervalJoinOperator(
                lower,
                lower + random.nextLong(20),
                random.nextBoolean(),
                random.nextBoolean(),
                (left, right) -> left + "|" + right,
                correctable);
    }

    private static List<String> oracle(IntervalJoinOperator join, List<Arrival> all) {
        List<String> results = new ArrayList<>();
        for (Arrival each : all) {
            boolean matched = false;
            for (Arrival other : all) {
                boolean isLeft = each.row().input() == 0;
                if (each.row().input() != other.row().input() && each.key().equals(other.key())) {
                    Row left = (isLeft ? each : other).row();
                    Row right = (isLeft ? other : each).row();
                    long after = right.timeMillis() - left.timeMillis();
                    if (after >= join.lowerMillis() && after <= join.upperMillis()) {
                        matched = true;
                        if (isLeft) {
                            results.add(left.value() + "|" + right.value());
                        }
                    }
                }
            }
            if (!matched && each.row().input() == 0 && join.keepsLeft()) {
                results.add(each.row().value() + "|null");
            } else if (!matched && each.row().input() == 1 && join.keepsRight()) {
                results.add("null|" + each.row().value());
            }
        }
        return results.stream().sorted().toList();
    }

    @Test
    void theSamePairsInWhateverOrderAndStepsTheyCome() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            IntervalJoinOperator join = random(run.random(), run.random().nextInt(2) * 30L);
            List<Arrival> all =
                    RandomRun.arrivals(run.random(), 5 + run.random().nextInt(80), 2, 120);
            try (LaneRig rig = rig(directory.resolve("a" + seed), plan(join), 2)) {
                run.run(rig, all);
                assertThat(rig.standingValues()).as("seed %d, %s", seed, join).isEqualTo(oracle(join, all));
                assertThat(rig.counts.in).isEqualTo(all.size()).isEqualTo(rig.counts.done);
                assertThat(rig.counts.retracted).isZero();
                long dropped = rig.counts.dropped().getOrDefault(OperatorCounts.UNMATCHED, 0L);
                assertThat(rig.counts.out + dropped)
                        .as("every element is in a result or counted, seed %d", seed)
                        .isEqualTo(oracle(outer(join), all).size());
                rig.step(List.of(), 10_000, 1_000, false);
                assertThat(rig.entries()).as("seed %d", seed).isZero();
            }
        }
    }

    private static IntervalJoinOperator outer(IntervalJoinOperator join) {
        return new IntervalJoinOperator(
                join.lowerMillis(), join.upperMillis(), true, true, join.joiner(), join.correctableMillis());
    }

    @Test
    void lateElementsAreJoinedAndWhatIsNoLongerTrueIsTakenBack() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            SplittableRandom random = run.random();
            IntervalJoinOperator join = random(random, 1_000);
            List<Arrival> all = RandomRun.arrivals(random, 5 + random.nextInt(60), 2, 120);
            List<Arrival> late = new ArrayList<>(all.subList(0, all.size() / 4));
            List<Arrival> onTime = all.subList(late.size(), all.size());
            try (LaneRig rig = rig(directory.resolve("l" + seed), plan(join), 2)) {
                int half = onTime.size() / 2;
                rig.step(onTime.subList(0, half), Long.MIN_VALUE, 10, false);
                rig.step(onTime.subList(half, onTime.size()), 60, 1_000, false);
                late.removeIf(each -> {
                    if (random.nextInt(3) == 0) {
                        rig.restore(1 << random.nextInt(3));
                    }
                    LateOutcome outcome = rig.late(each);
                    boolean taken = outcome instanceof LateOutcome.Corrected;
                    assertThat(taken).isEqualTo(each.row().timeMillis() < rig.closedUpTo);
                    return taken;
                });
                run.end(rig);
                long reached = Math.max(rig.closedUpTo, 120);
                rig.step(List.of(), reached, 1_000, false);
                for (Arrival each : late) {
                    assertThat(rig.late(each)).isInstanceOf(LateOutcome.Corrected.class);
                }
                run.end(rig);
                assertThat(rig.standingValues()).as("seed %d, %s", seed, join).isEqualTo(oracle(join, all));
                assertThat(rig.late(new Arrival("k1", new Row(0, -2_000, LaneRig.origin(9, 9, 9, 9), "x"))))
                        .isInstanceOf(LateOutcome.Refused.class);
                rig.step(List.of(), 10_000, 1_000, false);
                assertThat(rig.entries()).as("seed %d", seed).isZero();
            }
        }
    }

    @Test
    void elementsBehindAreJoinedAsIfTheyHadComeBefore() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            RandomRun run = new RandomRun(seed);
            IntervalJoinOperator join = random(run.random(), 1_000);
            List<Arrival> all =
                    RandomRun.arrivals(run.random(), 5 + run.random().nextInt(60), 2, 120);
            try (LaneRig rig = rig(directory.resolve("b" + seed), plan(join), 2)) {
                run.runWithSomeBehind(rig, all, 200);
                assertThat(rig.standingValues()).as("seed %d, %s", seed, join).isEqualTo(oracle(join, all));
                assertThat(rig.told()).noneMatch(each -> each.endsWith("CORRECTION"));
                rig.step(List.of(), 10_000, 1_000, false);
                assertThat(rig.entries()).as("seed %d", seed).isZero();
            }
        }
    }

    @Test
    void thatAnElementCameBehindIsKnownAfterARestart() {
        IntervalJoinOperator join = new IntervalJoinOperator(0, 10, true, true, (l, r) -> l + "|" + r, 1_000);
        try (LaneRig rig = rig(directory, plan(join), 1)) {
            rig.step(List.of(new Arrival("k", new Row(0, 10, LaneRig.origin(0, 0, 0, 0), "l"))), 100, 10, false);
            rig.step(List.of(new Arrival("k", new Row(1, 12, LaneRig.origin(1, 0, 0, 0), "r"))), 100, 0, false);
            assertThat(rig.waiting()).isOne();
            rig.restore(2);
            assertThat(rig.hasMore()).isTrue();
            rig.step(List.of(), 100, 10, false);
            assertThat(rig.told()).containsExactly("l|null 0 FINAL", "- 1 UPDATE", "l|r 0 UPDATE");
        }
    }

    @Test
    void anElementBehindIsADeadLetterWhereNothingIsKeptForIt() {
        IntervalJoinOperator join = new IntervalJoinOperator(0, 10, true, true, (l, r) -> l + "|" + r, 0);
        try (LaneRig rig = rig(directory, plan(join), 1)) {
            rig.step(List.of(), 100, 10, false);
            rig.step(List.of(new Arrival("k", new Row(0, 99, LaneRig.origin(0, 0, 0, 0), "x"))), 100, 10, false);
            assertThat(rig.deadLetters()).isOne();
            assertThat(rig.counts.failed).isOne();
            assertThat(rig.late(new Arrival("k", new Row(0, 99, LaneRig.origin(0, 0, 0, 0), "x"))))
                    .isEqualTo(
                            new LateOutcome.Refused("the join keeps nothing for late elements: set correctableFor(…)"));
        }
    }

    @Test
    void aJoinerThatFailsLeavesTheRestAsItWas() {
        IntervalJoinOperator join = new IntervalJoinOperator(
                0,
                10,
                true,
                true,
                (left, right) -> {
                    if ("bad".equals(right)) {
                        throw new IllegalStateException("bad");
                    }
                    return left + "|" + right;
                },
                0);
        try (LaneRig rig = rig(directory, plan(join), 1)) {
            rig.step(
                    List.of(
                            new Arrival("k", new Row(0, 1, LaneRig.origin(0, 0, 0, 0), "l")),
                            new Arrival("k", new Row(1, 2, LaneRig.origin(1, 0, 0, 0), "bad"))),
                    Long.MIN_VALUE,
                    10,
                    false);
            rig.step(List.of(), 1_000, 10, false);
            assertThat(rig.told()).containsExactly("l|null 0 FINAL");
            assertThat(rig.deadLetters()).isOne();
            assertThat(rig.entries()).isZero();
        }
    }

    @Test
    void theOutputWatermarkWaitsForElementsWithoutPartner() {
        IntervalJoinOperator join = new IntervalJoinOperator(-5, 10, true, false, (l, r) -> l + "|" + r, 0);
        assertThat(join.heldBackMillis()).isEqualTo(10);
        assertThat(new IntervalJoinOperator(-5, 10, false, false, (l, r) -> l + "|" + r, 0).heldBackMillis())
                .isZero();
    }
}
