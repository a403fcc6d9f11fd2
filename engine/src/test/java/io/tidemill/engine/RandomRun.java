package io.tidemill.engine;

import io.tidemill.api.plan.Row;
import io.tidemill.engine.LaneRig.Arrival;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random elements, and random ways to give them to a lane: order, steps, budgets, restarts, number of lanes. */
final class RandomRun {
    private final SplittableRandom random;

    RandomRun(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Elements of few keys and close times; the value says what it is. */
    static List<Arrival> arrivals(SplittableRandom random, int count, int inputs, long timeMax) {
        List<Arrival> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int input = random.nextInt(inputs);
            long time = random.nextLong(timeMax);
            String key = "k" + random.nextInt(3);
            byte[] origin = LaneRig.origin(input, random.nextInt(2), i, 0);
            all.add(new Arrival(key, new Row(input, time, origin, key + ":" + input + ":" + i + "@" + time)));
        }
        return all;
    }

    /** Gives all, each before the watermark has passed it, until the end. */
    void run(LaneRig rig, List<Arrival> all) {
        give(rig, all);
        end(rig);
    }

    /** The same up to a watermark that is behind all. */
    void runTo(LaneRig rig, List<Arrival> all, long upTo) {
        give(rig, all);
        do {
            step(rig, List.of(), upTo);
        } while (rig.hasMore());
    }

    /** The same, but some come behind: when the watermark has passed them. */
    void runWithSomeBehind(LaneRig rig, List<Arrival> all, long upTo) {
        List<Arrival> behind = new ArrayList<>();
        List<Arrival> others = new ArrayList<>();
        all.forEach(each -> (random.nextInt(4) == 0 ? behind : others).add(each));
        give(rig, others);
        while (!behind.isEmpty()) {
            List<Arrival> now = new ArrayList<>();
            if (!rig.hasMore()) {
                now.add(behind.remove(behind.size() - 1));
            }
            step(rig, now, Math.max(rig.closedUpTo, random.nextLong(upTo)));
        }
        runTo(rig, List.of(), upTo);
    }

    private void give(LaneRig rig, List<Arrival> all) {
        List<Arrival> left = shuffled(all);
        while (!left.isEmpty()) {
            int count = rig.hasMore() ? 0 : Math.min(left.size(), random.nextInt(8));
            List<Arrival> now = new ArrayList<>(left.subList(0, count));
            left.subList(0, count).clear();
            step(rig, now, left.isEmpty() ? rig.closedUpTo : watermark(left));
        }
    }

    private long watermark(List<Arrival> left) {
        long least =
                left.stream().mapToLong(each -> each.row().timeMillis()).min().orElseThrow();
        // Everything that is left is on time; how far the watermark is, is chance.
        return random.nextBoolean() ? least : Math.max(Long.MIN_VALUE / 2, least - random.nextLong(20));
    }

    void step(LaneRig rig, List<Arrival> now, long upTo) {
        if (random.nextInt(4) == 0) {
            rig.restore(1 << random.nextInt(3));
        }
        int resultsMax = random.nextBoolean() ? 1 + random.nextInt(3) : 1_000;
        rig.step(now, upTo, resultsMax, random.nextInt(3) == 0);
    }

    void end(LaneRig rig) {
        do {
            if (random.nextInt(4) == 0) {
                rig.restore(1 << random.nextInt(3));
            }
            rig.step(List.of(), Long.MAX_VALUE, 1 + random.nextInt(10), false);
        } while (rig.hasMore());
    }

    /** In the order of time, but for a shift by chance. */
    private List<Arrival> shuffled(List<Arrival> all) {
        long shift = random.nextInt(3) == 0 ? 1_000_000 : 1 + random.nextInt(50);
        record Placed(long at, Arrival arrival) {}
        return new ArrayList<>(all.stream()
                .map(each -> new Placed(each.row().timeMillis() + random.nextLong(shift), each))
                .sorted((a, b) -> Long.compare(a.at, b.at))
                .map(Placed::arrival)
                .toList());
    }

    SplittableRandom random() {
        return random;
    }
}
