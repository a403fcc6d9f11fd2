package io.tidemill.testkit.oracle;

import io.tidemill.api.Cumulative;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator.JoinKind;
import io.tidemill.testkit.Seeds;
import io.tidemill.testkit.oracle.GraphNode.Change;
import io.tidemill.testkit.oracle.GraphNode.Changed;
import io.tidemill.testkit.oracle.GraphNode.End;
import io.tidemill.testkit.oracle.GraphNode.Failing;
import io.tidemill.testkit.oracle.GraphNode.Filter;
import io.tidemill.testkit.oracle.GraphNode.Fold;
import io.tidemill.testkit.oracle.GraphNode.Form;
import io.tidemill.testkit.oracle.GraphNode.Joined;
import io.tidemill.testkit.oracle.GraphNode.Running;
import io.tidemill.testkit.oracle.GraphNode.Sources;
import io.tidemill.testkit.oracle.GraphNode.Windowed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Any small graph: the same seed makes the same one. */
final class RandomGraph {
    /** So that no join of joins becomes more than a test can look at. */
    private static final int ELEMENTS_MAX = 1_500;

    private final SplittableRandom random;
    private final long seed;
    private final long unit;
    private final Map<String, RandomStream> topics = new LinkedHashMap<>();
    private final List<GraphNode> nodes = new ArrayList<>();
    private final Set<GraphNode> consumed = new HashSet<>();

    /** Running aggregates that nothing comes behind. */
    private final List<Running> answers = new ArrayList<>();

    /** So that operators which have no corrections are given the same in every run, no partition becomes idle. */
    private final boolean isNeverIdle;

    private int named;

    private RandomGraph(long seed) {
        this.seed = seed;
        this.random = Seeds.random(seed, "graph");
        this.unit = 1L + random.nextInt(40);
        this.isNeverIdle = oneIn(3);
    }

    static GraphCase of(long seed) {
        RandomGraph making = new RandomGraph(seed);
        making.addSources();
        for (int i = 2 + making.random.nextInt(7); i > 0; i--) {
            making.grow();
        }
        return new GraphCase(making.topics, making.ends());
    }

    private String name(String kind) {
        return kind + ++named;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private boolean oneIn(int count) {
        return random.nextInt(count) == 0;
    }

    // ---- sources ----

    private void addSources() {
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            long bound = random.nextInt(60);
            long idle = 1L + random.nextInt(10_000);
            Watermark watermark = watermark(bound, idle);
            List<String> names = oneIn(6) ? List.of("in" + i, "in" + i + "b") : List.of("in" + i);
            names.forEach(name -> topics.put(name, stream(name, bound, idle)));
            Pace pace = oneIn(2) ? Pace.NEWEST : pick(List.of(Pace.values()));
            add(new Sources(name("source"), names, watermark, pace));
        }
    }

    private Watermark watermark(long bound, long idle) {
        return Watermark.outOfOrderBy(Duration.ofMillis(bound))
                .idleAfter(isNeverIdle ? GraphPipeline.FOR_EVER : Duration.ofMillis(idle));
    }

    private RandomStream stream(String topic, long bound, long idle) {
        return RandomStream.of(seed + topic.hashCode(), shape(bound, idle, oneIn(3) ? 2 : 1));
    }

    private RandomStream.Shape shape(long bound, long idle, int elementsMax) {
        return new RandomStream.Shape(
                1 + random.nextInt(3),
                random.nextInt(oneIn(4) ? 100 : 25),
                1 + random.nextInt(3),
                elementsMax,
                0,
                unit,
                bound,
                idle);
    }

    // ---- operators ----

    private void add(GraphNode node) {
        nodes.add(node);
        consumed.addAll(node.inputs());
    }

    /** Those that came last are more likely: so stages come behind stages. */
    private GraphNode pickNode() {
        return oneIn(3) ? pick(nodes) : nodes.get(nodes.size() - 1 - random.nextInt(Math.min(3, nodes.size())));
    }

    private void grow() {
        GraphNode node = next();
        if (size(node) > ELEMENTS_MAX) {
            if (node instanceof GraphNode.Enriched enriched) {
                topics.remove(enriched.versions().topic());
            }
            return;
        }
        if (node instanceof Running running && running.input().comesOfState()) {
            // How often it answers depends on when the results it is made of changed.
            answers.add(running);
            consumed.add(running.input());
        } else {
            add(node);
        }
    }

    private long size(GraphNode node) {
        if (node instanceof GraphNode.Near near && size(near.left()) * size(near.right()) > 40_000) {
            return Long.MAX_VALUE;
        }
        if (node instanceof Joined joined && size(joined.left()) * size(joined.right()) > 40_000) {
            return Long.MAX_VALUE;
        }
        GraphOracle oracle = new GraphOracle(new GraphCase(topics, List.of(new End("any", node, Form.ITEMS))));
        return oracle.flow(node, false).size();
    }

    private GraphNode next() {
        GraphNode input = pickNode();
        return switch (random.nextInt(18)) {
            case 0 -> new Filter(name("filter"), input, 2 + random.nextInt(3), random.nextInt(2));
            case 1, 2, 3 -> new Changed(name("change"), input, pick(List.of(Change.values())));
            case 4, 5 -> union(input);
            case 6, 7, 8, 9 -> windowed(input);
            case 10, 11 -> joined(input);
            case 12 -> running(input);
            case 13, 14 -> near(input);
            case 15 -> enriched(input);
            case 16 -> withoutCorrections(input);
            default -> failing(input);
        };
    }

    private GraphNode union(GraphNode input) {
        List<GraphNode> inputs = new ArrayList<>(List.of(input, pickNode()));
        if (oneIn(3)) {
            inputs.add(pickNode());
        }
        return new GraphNode.Union(name("union"), inputs);
    }

    private GraphNode windowed(GraphNode input) {
        return new Windowed(name("window"), input, windowing(input), lateness(), pick(List.of(Fold.values())));
    }

    private GraphNode joined(GraphNode input) {
        GraphNode other = pickNode();
        GraphNode last = other.comesOfState() ? other : input;
        return new Joined(
                name("join"),
                input,
                other,
                pick(List.of(JoinKind.INNER, JoinKind.LEFT, JoinKind.RIGHT, JoinKind.FULL)),
                windowing(last),
                lateness());
    }

    /** One whose elements stay what they are. */
    private GraphNode steady(GraphNode node) {
        return node.revises()
                ? pick(nodes.stream().filter(each -> !each.revises()).toList())
                : node;
    }

    private GraphNode near(GraphNode any) {
        GraphNode input = steady(any);
        long lower = random.nextLong(-2, 2) * unit;
        return new GraphNode.Near(
                name("near"),
                input,
                steady(pickNode()),
                pick(List.of(JoinKind.INNER, JoinKind.LEFT, JoinKind.RIGHT, JoinKind.FULL)),
                Duration.ofMillis(lower),
                Duration.ofMillis(lower + random.nextLong(3) * unit));
    }

    private GraphNode enriched(GraphNode input) {
        String topic = name("inTable");
        long bound = random.nextInt(60);
        long idle = 1L + random.nextInt(10_000);
        topics.put(topic, RandomStream.of(seed + topic.hashCode(), shape(bound, idle, 1)));
        GraphNode.Versions versions = new GraphNode.Versions(name("table"), topic, watermark(bound, idle));
        return new GraphNode.Enriched(name("enriched"), steady(input), versions, oneIn(2));
    }

    /** What it makes of results would depend on when they changed. */
    private GraphNode withoutCorrections(GraphNode input) {
        if (input.comesOfState() || !isNeverIdle) {
            return near(input);
        }
        Duration span = Duration.ofMillis(1 + random.nextLong(3 * unit));
        return oneIn(2)
                ? new GraphNode.Unique(name("unique"), input, span)
                : new GraphNode.Visits(name("visits"), input, span);
    }

    private GraphNode running(GraphNode input) {
        return new Running(name("running"), input, pick(List.of(Fold.values())));
    }

    private GraphNode failing(GraphNode input) {
        return input.comesOfState() || oneIn(2)
                ? windowed(input)
                : new Failing(name("failing"), input, 5 + random.nextInt(10), random.nextInt(5));
    }

    private Duration lateness() {
        return Duration.ofMillis(oneIn(3) ? random.nextInt(40) : 0);
    }

    private Windowing windowing(GraphNode input) {
        int kind = random.nextInt(input.comesOfState() ? 4 : 6);
        long size = unit * (1L + random.nextInt(4));
        return switch (kind) {
            case 0, 1 -> Tumbling.of(Duration.ofMillis(size));
            case 2 -> Sliding.of(Duration.ofMillis(size), Duration.ofMillis(unit));
            case 3 -> Cumulative.of(Duration.ofMillis(size), Duration.ofMillis(unit));
            case 4 -> Session.withGap(Duration.ofMillis(unit));
            default -> Session.withGap(Duration.ofMillis(unit)).maxDuration(Duration.ofMillis(size));
        };
    }

    // ---- ends ----

    private List<End> ends() {
        List<End> ends = new ArrayList<>();
        answers.forEach(each -> ends.add(end(each, ends.size())));
        for (GraphNode node : nodes) {
            boolean last = !consumed.contains(node);
            if ((last || oneIn(3)) && canEnd(node)) {
                ends.add(end(node, ends.size()));
            } else if (last) {
                // Its results tell of it.
                ends.add(end(new Windowed(name("window"), node, tumbling(), Duration.ZERO, Fold.SUM), ends.size()));
            }
        }
        return ends;
    }

    private Windowing tumbling() {
        return Tumbling.of(Duration.ofMillis(unit));
    }

    /**
     * In one topic there are either records as they came, or results that are replaced. Of a running aggregate's elements
     * the newest of each key would stand.
     */
    private static boolean canEnd(GraphNode node) {
        return node.keepsState() || !node.comesOfState() || !(comesOfSource(node) || comesOfRunning(node));
    }

    private static boolean comesOfRunning(GraphNode node) {
        return node instanceof Running
                || (!node.keepsState() && node.inputs().stream().anyMatch(RandomGraph::comesOfRunning));
    }

    private static boolean comesOfSource(GraphNode node) {
        return !node.keepsState()
                && (node instanceof Sources || node.inputs().stream().anyMatch(RandomGraph::comesOfSource));
    }

    private End end(GraphNode node, int number) {
        String topic = "out" + number;
        if (node instanceof Windowed) {
            return new End(topic, node, pick(List.of(Form.values())));
        } else if (node instanceof Running) {
            return new End(topic, node, oneIn(2) ? Form.RESULTS : Form.MAPPED);
        }
        return new End(topic, node, Form.ITEMS);
    }
}
