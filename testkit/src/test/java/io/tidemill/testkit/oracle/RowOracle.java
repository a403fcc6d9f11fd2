package io.tidemill.testkit.oracle;

import io.tidemill.api.plan.Operator.JoinKind;
import io.tidemill.testkit.oracle.GraphNode.Enriched;
import io.tidemill.testkit.oracle.GraphNode.Near;
import io.tidemill.testkit.oracle.GraphNode.Unique;
import io.tidemill.testkit.oracle.GraphNode.Visits;
import io.tidemill.testkit.oracle.GraphOracle.Flowing;
import io.tidemill.testkit.oracle.GraphOracle.Origin;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What operators that take elements one by one make of them, from the definitions. */
final class RowOracle {
    /** What has its turn, of an input. */
    private final Function<GraphNode, List<Flowing>> turns;

    RowOracle(Function<GraphNode, List<Flowing>> turns) {
        this.turns = turns;
    }

    List<Flowing> of(GraphNode node) {
        if (node instanceof Near near) {
            return pairs(near);
        } else if (node instanceof Enriched enriched) {
            return enriched(enriched);
        } else if (node instanceof Unique unique) {
            return firsts(unique);
        }
        return visits((Visits) node);
    }

    private static Flowing made(Item item, long time) {
        return new Flowing(item, time, null);
    }

    // ---- interval joins ----

    private List<Flowing> pairs(Near near) {
        List<Flowing> left = turns.apply(near.left());
        List<Flowing> right = turns.apply(near.right());
        List<Flowing> out = new ArrayList<>();
        for (Flowing l : left) {
            for (Flowing r : right) {
                if (isPair(near, l, r)) {
                    out.add(made(GraphPipeline.pair(l.item(), r.item()), Math.max(l.time(), r.time())));
                }
            }
        }
        if (near.kind() == JoinKind.LEFT || near.kind() == JoinKind.FULL) {
            left.stream()
                    .filter(l -> right.stream().noneMatch(r -> isPair(near, l, r)))
                    .forEach(l -> out.add(made(GraphPipeline.pair(l.item(), null), l.time())));
        }
        if (near.kind() == JoinKind.RIGHT || near.kind() == JoinKind.FULL) {
            right.stream()
                    .filter(r -> left.stream().noneMatch(l -> isPair(near, l, r)))
                    .forEach(r -> out.add(made(GraphPipeline.pair(null, r.item()), r.time())));
        }
        return out;
    }

    private static boolean isPair(Near near, Flowing left, Flowing right) {
        long after = right.time() - left.time();
        return left.item().key().equals(right.item().key())
                && near.lower().toMillis() <= after
                && after <= near.upper().toMillis();
    }

    // ---- enrichment ----

    /** In one topic a version's place is its partition and where it is in that. */
    private static final Comparator<Flowing> BY_TIME_AND_PLACE = Comparator.comparingLong(Flowing::time)
            .thenComparingInt(each -> origin(each).partition())
            .thenComparingInt(each -> origin(each).input());

    private static Origin origin(Flowing of) {
        return Objects.requireNonNull(of.origin());
    }

    private List<Flowing> enriched(Enriched enriched) {
        List<Flowing> versions = turns.apply(enriched.versions());
        List<Flowing> out = new ArrayList<>();
        for (Flowing each : turns.apply(enriched.input())) {
            Item version = versionAt(versions, each);
            if (version != null || enriched.keepsUnmatched()) {
                out.add(made(GraphPipeline.pair(each.item(), version), each.time()));
            }
        }
        return out;
    }

    private static @Nullable Item versionAt(List<Flowing> versions, Flowing element) {
        return versions.stream()
                .filter(each -> each.item().key().equals(element.item().key()) && each.time() <= element.time())
                .max(BY_TIME_AND_PLACE)
                .map(each -> GraphCase.version(new Element<>(
                        each.item().key(), each.time(), each.item().value())))
                .orElse(null);
    }

    // ---- deduplication and functions ----

    /** In order. */
    private Map<String, List<Long>> times(GraphNode input, Function<Item, String> by) {
        Map<String, List<Long>> times = new TreeMap<>();
        turns.apply(input)
                .forEach(each -> times.computeIfAbsent(by.apply(each.item()), any -> new ArrayList<>())
                        .add(each.time()));
        times.values().forEach(each -> each.sort(null));
        return times;
    }

    private List<Flowing> firsts(Unique unique) {
        List<Flowing> out = new ArrayList<>();
        times(unique.input(), Unique::id).forEach((id, times) -> {
            Long passed = null;
            for (long time : times) {
                if (passed == null || time - passed > unique.bound().toMillis()) {
                    passed = time;
                    out.add(made(new Item(id, 1), time));
                }
            }
        });
        return out;
    }

    private List<Flowing> visits(Visits visits) {
        long gap = visits.gap().toMillis();
        List<Flowing> out = new ArrayList<>();
        times(visits.input(), Item::key).forEach((key, times) -> {
            long number = 0;
            for (int i = 0; i < times.size(); i++) {
                long time = times.get(i);
                out.add(made(new Item(key, ++number), time));
                if (i + 1 == times.size() || times.get(i + 1) - time > gap) {
                    out.add(made(new Item("t" + key, number), time + gap));
                    number = 0;
                }
            }
        });
        return out;
    }
}
