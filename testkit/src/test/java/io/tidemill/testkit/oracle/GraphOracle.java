package io.tidemill.testkit.oracle;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Session;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator.JoinKind;
import io.tidemill.testkit.oracle.GraphNode.End;
import io.tidemill.testkit.oracle.GraphNode.Joined;
import io.tidemill.testkit.oracle.GraphNode.Running;
import io.tidemill.testkit.oracle.GraphNode.Sources;
import io.tidemill.testkit.oracle.GraphNode.Versions;
import io.tidemill.testkit.oracle.GraphNode.Windowed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What must come out of a graph, from the definitions over the list of all records: each stage's answer from those of the
 * stages before it. Of elements on time only, or of all of them.
 */
final class GraphOracle {
    private final GraphCase of;

    /** Records that leave nothing behind. */
    final Set<Origin> dead = new HashSet<>();

    /** Before each record that is not dead. */
    private final Map<Origin, Long> watermarks = new HashMap<>();

    private final Map<GraphNode, List<Flowing>> onTime = new HashMap<>();
    private final Map<GraphNode, List<Flowing>> all = new HashMap<>();

    /** A record of a source. */
    record Origin(String topic, int partition, int input) {}

    /** An element somewhere in the graph; its origin is null behind an operator that keeps state. */
    record Flowing(Item item, long time, @Nullable Origin origin) {}

    /** A note of lateness. */
    record Missed(Origin origin, String operator, Window window, long byMillis) {}

    /** Both sides of a join in one list. */
    private record Sided(int side, long value) {}

    GraphOracle(GraphCase of) {
        this.of = of;
        for (GraphNode node : of.nodes()) {
            if (node instanceof Sources sources) {
                sources.topics().forEach(topic -> findTheDead(topic, sources.watermark(), sources.pace()::progress));
            } else if (node instanceof Versions versions) {
                findTheDead(versions.topic(), versions.watermark(), GraphOracle::newestVersion);
            }
        }
    }

    // ---- records ----

    private static long newestVersion(List<Input<String, Long>> inputs) {
        return inputs.stream()
                .flatMap(input -> input.elements().stream())
                .mapToLong(GraphCase::versionMillis)
                .max()
                .orElse(Input.NO_TIME);
    }

    private void findTheDead(String topic, Watermark watermark, ToLongFunction<List<Input<String, Long>>> progress) {
        List<List<Input<String, Long>>> partitions = inputs(topic);
        for (int i = 0; i < partitions.size(); i++) {
            List<Input<String, Long>> before = new ArrayList<>();
            for (int j = 0; j < partitions.get(i).size(); j++) {
                Origin origin = new Origin(topic, i, j);
                if (fails(origin)) {
                    dead.add(origin);
                    continue;
                }
                long reached = progress.applyAsLong(before);
                watermarks.put(
                        origin,
                        reached == Input.NO_TIME
                                ? Input.NO_TIME
                                : reached - watermark.bound().toMillis());
                before.add(partitions.get(i).get(j));
            }
        }
    }

    private List<List<Input<String, Long>>> inputs(String topic) {
        return of.stream(topic).partitions();
    }

    /** Whether any function fails on the record, wherever in the graph. */
    private boolean fails(Origin origin) {
        for (GraphNode node : of.nodes()) {
            if (!node.comesOfState()) {
                try {
                    record(node, origin);
                } catch (IllegalArgumentException e) {
                    return true;
                }
            }
        }
        return false;
    }

    /** What one record becomes at a node without state before it. */
    private List<Flowing> record(GraphNode node, Origin origin) {
        if (node instanceof Sources sources) {
            return sources.topics().contains(origin.topic()) ? elements(origin) : List.of();
        } else if (node instanceof Versions versions) {
            return versions.topic().equals(origin.topic()) ? List.of(version(origin)) : List.of();
        }
        List<Flowing> into = new ArrayList<>();
        node.inputs().forEach(input -> into.addAll(record(input, origin)));
        return stateless(node, into);
    }

    /** With an item also where there is no version any more. */
    private Flowing version(Origin origin) {
        Element<String, Long> element = input(origin).elements().get(0);
        return new Flowing(new Item(element.key(), element.value()), GraphCase.versionMillis(element), origin);
    }

    private Input<String, Long> input(Origin origin) {
        return inputs(origin.topic()).get(origin.partition()).get(origin.input());
    }

    private List<Flowing> elements(Origin origin) {
        return input(origin).elements().stream()
                .map(each -> new Flowing(new Item(each.key(), each.value()), each.timeMillis(), origin))
                .toList();
    }

    private static List<Flowing> stateless(GraphNode node, List<Flowing> into) {
        List<Flowing> out = new ArrayList<>();
        for (Flowing each : into) {
            for (Item item : stateless(node, each.item())) {
                out.add(new Flowing(item, each.time(), each.origin()));
            }
        }
        return out;
    }

    private static List<Item> stateless(GraphNode node, Item item) {
        if (node instanceof GraphNode.Filter filter) {
            return filter.keeps(item) ? List.of(item) : List.of();
        } else if (node instanceof GraphNode.Changed changed) {
            return changed.change().of(item);
        } else if (node instanceof GraphNode.Failing failing) {
            return List.of(failing.of(item));
        }
        return List.of(item);
    }

    /** How many records become nothing that ends anywhere. */
    long filtered() {
        return watermarks.keySet().stream().filter(this::endsNowhere).count();
    }

    private boolean endsNowhere(Origin origin) {
        List<GraphNode> last = new ArrayList<>();
        of.ends().forEach(end -> last.add(end.node()));
        of.stages().forEach(stage -> last.addAll(stage.inputs()));
        return last.stream().allMatch(node -> recordBeforeState(node, origin).isEmpty());
    }

    /** As {@link #record}, of a node that a union may also bring results to. */
    private List<Flowing> recordBeforeState(GraphNode node, Origin origin) {
        if (node.keepsState()) {
            return List.of();
        }
        if (node instanceof Sources || node instanceof Versions) {
            return record(node, origin);
        }
        List<Flowing> into = new ArrayList<>();
        node.inputs().forEach(input -> into.addAll(recordBeforeState(input, origin)));
        return stateless(node, into);
    }

    // ---- streams ----

    /** What comes out of a node. */
    List<Flowing> flow(GraphNode node, boolean onTimeOnly) {
        Map<GraphNode, List<Flowing>> known = onTimeOnly ? onTime : all;
        List<Flowing> flow = known.get(node);
        if (flow == null) {
            flow = compute(node, onTimeOnly);
            known.put(node, flow);
        }
        return flow;
    }

    private List<Flowing> compute(GraphNode node, boolean onTimeOnly) {
        if (node instanceof Sources || node instanceof Versions) {
            return watermarks.keySet().stream()
                    .flatMap(origin -> record(node, origin).stream())
                    .toList();
        } else if (node instanceof Windowed windowed) {
            List<Flowing> out = new ArrayList<>();
            results(windowed, onTimeOnly)
                    .forEach((place, value) -> out.add(new Flowing(
                            new Item(place.key(), value), place.window().endMillis() - 1, null)));
            return out;
        } else if (node instanceof Joined joined) {
            return pairs(joined, onTimeOnly);
        } else if (node.keepsElements()) {
            return new RowOracle(input -> turns(input, onTimeOnly || node.hasNoCorrections())).of(node);
        } else if (node instanceof Running running) {
            return flow(running.input(), onTimeOnly).stream()
                    .map(each -> new Flowing(new Item(each.item().key(), 1), each.time(), null))
                    .toList();
        }
        List<Flowing> into = new ArrayList<>();
        node.inputs().forEach(input -> into.addAll(flow(input, onTimeOnly)));
        return stateless(node, into);
    }

    Map<Place<String>, Long> results(Windowed windowed, boolean onTimeOnly) {
        List<Judged<String, Sided>> judged = new ArrayList<>();
        judge(windowed, windowed.input(), 0, windowed.windowing(), windowed.lateness(), onTimeOnly, judged, any -> {});
        Map<Place<String>, Long> results = new HashMap<>();
        assign(judged, windowed.windowing(), onTimeOnly)
                .forEach((place, elements) -> results.put(
                        place,
                        windowed.fold()
                                .of(elements.stream()
                                        .map(each -> each.value().value())
                                        .toList())));
        return results;
    }

    /** By key; without windows. */
    Map<String, Long> results(Running running, boolean onTimeOnly) {
        Map<String, List<Long>> byKey = new HashMap<>();
        flow(running.input(), onTimeOnly)
                .forEach(each -> byKey.computeIfAbsent(each.item().key(), any -> new ArrayList<>())
                        .add(each.item().value()));
        Map<String, Long> results = new HashMap<>();
        byKey.forEach((key, values) -> results.put(key, running.fold().of(values)));
        return results;
    }

    static Windows rules(Windowing windowing) {
        return windowing instanceof AlignedWindowing aligned
                ? new AlignedWindows(aligned)
                : new Sessions((Session) windowing);
    }

    private void judge(
            GraphNode stage,
            GraphNode input,
            int side,
            Windowing windowing,
            Duration lateness,
            boolean onTimeOnly,
            List<Judged<String, Sided>> judged,
            Consumer<Missed> notes) {
        Windows rules = rules(windowing);
        for (Flowing each : flow(input, onTimeOnly)) {
            Element<String, Sided> element = new Element<>(
                    each.item().key(), each.time(), new Sided(side, each.item().value()));
            List<Late> late = new ArrayList<>();
            Origin origin = each.origin();
            long watermark = origin == null ? Input.NO_TIME : watermarks.get(origin);
            if (origin != null && watermark != Input.NO_TIME) {
                for (Window window : rules.missed(each.time(), watermark, lateness.toMillis())) {
                    long by = rules.by(window, watermark, lateness.toMillis());
                    late.add(new Late(origin.partition(), origin.input(), 0, window, by));
                    notes.accept(new Missed(origin, stage.name(), window, by));
                }
            }
            judged.add(new Judged<>(element, late));
        }
    }

    private static <V> Map<Place<String>, List<Element<String, V>>> assign(
            List<Judged<String, V>> judged, Windowing windowing, boolean onTimeOnly) {
        Predicate<Late> lost = late -> onTimeOnly;
        Map<String, List<Judged<String, V>>> byKey = new LinkedHashMap<>();
        judged.forEach(each -> byKey.computeIfAbsent(each.element().key(), any -> new ArrayList<>())
                .add(each));
        Map<Place<String>, List<Element<String, V>>> assigned = new LinkedHashMap<>();
        byKey.forEach((key, elements) -> rules(windowing)
                .assign(elements, lost)
                .forEach((window, those) -> assigned.put(new Place<>(key, window), those)));
        return assigned;
    }

    private List<Flowing> pairs(Joined joined, boolean onTimeOnly) {
        List<Judged<String, Sided>> judged = new ArrayList<>();
        judge(joined, joined.left(), 0, joined.windowing(), joined.lateness(), onTimeOnly, judged, any -> {});
        judge(joined, joined.right(), 1, joined.windowing(), joined.lateness(), onTimeOnly, judged, any -> {});
        List<Flowing> out = new ArrayList<>();
        assign(judged, joined.windowing(), onTimeOnly).forEach((place, elements) -> {
            List<@Nullable Item> left = side(place.key(), elements, 0);
            List<@Nullable Item> right = side(place.key(), elements, 1);
            if (left.isEmpty() && (joined.kind() == JoinKind.RIGHT || joined.kind() == JoinKind.FULL)) {
                left.add(null);
            }
            if (right.isEmpty() && (joined.kind() == JoinKind.LEFT || joined.kind() == JoinKind.FULL)) {
                right.add(null);
            }
            left.forEach(l -> right.forEach(r ->
                    out.add(new Flowing(GraphPipeline.pair(l, r), place.window().endMillis() - 1, null))));
        });
        return out;
    }

    private static List<@Nullable Item> side(String key, List<Element<String, Sided>> elements, int side) {
        List<@Nullable Item> items = new ArrayList<>();
        elements.stream()
                .filter(each -> each.value().side() == side)
                .forEach(each -> items.add(new Item(key, each.value().value())));
        return items;
    }

    // ---- lateness ----

    /** What has its turn in an operator that takes elements one by one. */
    private List<Flowing> turns(GraphNode input, boolean onTimeOnly) {
        return flow(input, onTimeOnly).stream()
                .filter(each -> !onTimeOnly || !isLateForTurn(each))
                .toList();
    }

    private boolean isLateForTurn(Flowing of) {
        Origin origin = of.origin();
        return origin != null && of.time() < watermarks.getOrDefault(origin, Input.NO_TIME);
    }

    private void missedTurns(GraphNode stage, GraphNode input, Consumer<Missed> notes) {
        for (Flowing each : flow(input, false)) {
            Origin origin = each.origin();
            if (origin != null && isLateForTurn(each)) {
                long by = watermarks.getOrDefault(origin, Input.NO_TIME) - each.time();
                notes.accept(new Missed(origin, stage.name(), new Window(each.time(), each.time() + 1), by));
            }
        }
    }

    /** Every note of lateness that must be made. */
    List<Missed> late() {
        List<Missed> late = new ArrayList<>();
        for (GraphNode stage : of.stages()) {
            // The same in both: only what comes from sources is judged.
            if (stage.keepsElements()) {
                stage.inputs().forEach(input -> missedTurns(stage, input, late::add));
            } else if (stage instanceof Windowed windowed) {
                judge(
                        stage,
                        windowed.input(),
                        0,
                        windowed.windowing(),
                        windowed.lateness(),
                        false,
                        new ArrayList<>(),
                        late::add);
            } else if (stage instanceof Joined joined) {
                for (GraphNode side : joined.inputs()) {
                    judge(stage, side, 0, joined.windowing(), joined.lateness(), false, new ArrayList<>(), late::add);
                }
            }
        }
        return late;
    }

    // ---- ends ----

    /** What stands in the topic, as texts; how often each. */
    Map<String, Long> texts(End end, boolean onTimeOnly) {
        Map<String, Long> texts = new HashMap<>();
        if (end.form() == GraphNode.Form.ITEMS) {
            flow(end.node(), onTimeOnly).forEach(each -> texts.merge(each.item().toString(), 1L, Long::sum));
        } else if (end.node() instanceof Windowed windowed) {
            results(windowed, onTimeOnly).forEach((place, value) -> {
                String text = GraphPipeline.text(end.form(), place.key(), place.window(), value);
                if (text != null) {
                    texts.merge(text, 1L, Long::sum);
                }
            });
        } else {
            results((Running) end.node(), onTimeOnly)
                    .forEach((key, value) -> texts.merge(
                            String.valueOf(GraphPipeline.text(end.form(), key, null, value)), 1L, Long::sum));
        }
        return texts;
    }
}
