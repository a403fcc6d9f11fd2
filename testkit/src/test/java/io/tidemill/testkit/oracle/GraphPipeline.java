package io.tidemill.testkit.oracle;

import io.tidemill.api.Codec;
import io.tidemill.api.Enrichment;
import io.tidemill.api.EventStream;
import io.tidemill.api.IntervalJoin;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Table;
import io.tidemill.api.Topic;
import io.tidemill.api.Window;
import io.tidemill.api.WindowJoin;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.testkit.oracle.GraphNode.Changed;
import io.tidemill.testkit.oracle.GraphNode.End;
import io.tidemill.testkit.oracle.GraphNode.Failing;
import io.tidemill.testkit.oracle.GraphNode.Filter;
import io.tidemill.testkit.oracle.GraphNode.Form;
import io.tidemill.testkit.oracle.GraphNode.Joined;
import io.tidemill.testkit.oracle.GraphNode.Running;
import io.tidemill.testkit.oracle.GraphNode.Sources;
import io.tidemill.testkit.oracle.GraphNode.Windowed;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes a pipeline of a random graph. */
final class GraphPipeline {
    static final String NAME = "graph";
    private static final String RENAMED = "~";
    static final Duration FOR_EVER = Duration.ofDays(36_500);

    private final Map<GraphNode, EventStream<Item>> streams = new HashMap<>();
    private final Map<GraphNode, ResultStream<String, Long>> results = new HashMap<>();

    private final Duration horizon;

    /** How often operators with state have been renamed. */
    private final int renames;

    private GraphPipeline(Duration horizon, int renames) {
        this.horizon = horizon;
        this.renames = renames;
    }

    static Pipeline of(GraphCase graph) {
        return of(graph, FOR_EVER);
    }

    /** @param horizon how long windows can be corrected */
    static Pipeline of(GraphCase graph, Duration horizon) {
        return of(graph, horizon, 0);
    }

    /** @param renames how often operators with state have been renamed; they know the name before */
    static Pipeline of(GraphCase graph, Duration horizon, int renames) {
        GraphPipeline making = new GraphPipeline(horizon, renames);
        List<Pipeline> ends = graph.ends().stream().map(making::end).toList();
        return Pipeline.of(ends.get(0), ends.subList(1, ends.size()).toArray(Pipeline[]::new));
    }

    private String name(GraphNode node) {
        return node.name() + RENAMED.repeat(renames);
    }

    private String[] formerNames(GraphNode node) {
        return renames == 0 ? new String[0] : new String[] {node.name() + RENAMED.repeat(renames - 1)};
    }

    /** The name that an operator had at first. */
    static String firstName(String name) {
        return name.replace(RENAMED, "");
    }

    // ---- what functions make ----

    static Item pair(@Nullable Item left, @Nullable Item right) {
        return new Item(
                left == null ? Objects.requireNonNull(right).key() : left.key(),
                (left == null ? 7 : left.value() * 31) + (right == null ? 13 : right.value()));
    }

    /** What stands for a result in a topic; null where a filter drops it. */
    static @Nullable String text(Form form, String key, @Nullable Window window, long value) {
        return switch (form) {
            case ITEMS -> new Item(key, value).toString();
            case KEYED -> keeps(value) ? new Item(placed(key, window), value).toString() : null;
            case RESULTS -> placed(key, window) + "," + value;
            case MAPPED -> placed(key, window) + "=" + value;
        };
    }

    private static String placed(String key, @Nullable Window window) {
        return window == null ? key : key + "@" + window.startMillis() + "-" + window.endMillis();
    }

    private static boolean keeps(long value) {
        return value % 4 != 0;
    }

    // ---- streams ----

    private EventStream<Item> stream(GraphNode node) {
        EventStream<Item> known = streams.get(node);
        if (known == null) {
            known = make(node);
            streams.put(node, known);
        }
        return known;
    }

    @SuppressWarnings("unchecked") // an array of a generic type
    private EventStream<Item> make(GraphNode node) {
        if (node instanceof Sources sources) {
            return source(sources);
        } else if (node instanceof Filter filter) {
            return stream(filter.input()).filter(filter::keeps).as(filter.name());
        } else if (node instanceof Changed changed) {
            EventStream<Item> input = stream(changed.input());
            GraphNode.Change change = changed.change();
            return change.isMap()
                    ? input.map(item -> change.of(item).get(0), Item.CODEC).as(node.name())
                    : input.flatMap(change::of, Item.CODEC).as(node.name());
        } else if (node instanceof Failing failing) {
            return stream(failing.input()).map(failing::of, Item.CODEC).as(node.name());
        } else if (node instanceof GraphNode.Union union) {
            List<EventStream<Item>> inputs =
                    union.inputs().stream().map(this::stream).toList();
            return inputs.get(0)
                    .union(inputs.subList(1, inputs.size()).toArray(EventStream[]::new))
                    .as(node.name());
        } else if (node instanceof Joined joined) {
            return join(joined);
        } else if (node.keepsElements()) {
            return keeping(node);
        } else if (node instanceof Running) {
            return results(node).results(Codec.int64()).map(result -> new Item(result.key(), 1), Item.CODEC);
        }
        return results(node).results(Codec.int64()).map(result -> new Item(result.key(), result.value()), Item.CODEC);
    }

    private static EventStream<Item> source(Sources sources) {
        List<EventStream<OracleRig.Part>> parts = sources.topics().stream()
                .map(topic ->
                        Pipeline.named(NAME).from(Topic.of(topic, Codec.text())).flatMap(OracleRig::parts))
                .toList();
        EventStream<OracleRig.Part> all = parts.get(0);
        for (EventStream<OracleRig.Part> each : parts.subList(1, parts.size())) {
            all = all.union(each);
        }
        return sources.pace()
                .timed(all, sources.watermark())
                .filter(OracleRig.Part::isKept)
                .map(part -> new Item(part.key(), part.value()), Item.CODEC)
                .as(sources.name());
    }

    private EventStream<Item> join(Joined joined) {
        WindowJoin<String, Item, Item> join = stream(joined.left())
                .keyBy(Item::key)
                .join(stream(joined.right()).keyBy(Item::key))
                .window(joined.windowing())
                .allowedLateness(joined.lateness())
                .correctableFor(horizon)
                .as(name(joined))
                .formerly(formerNames(joined));
        return switch (joined.kind()) {
            case INNER -> join.inner(GraphPipeline::pair, Item.CODEC);
            case LEFT -> join.left(GraphPipeline::pair, Item.CODEC);
            case RIGHT -> join.right(GraphPipeline::pair, Item.CODEC);
            case FULL -> join.full(GraphPipeline::pair, Item.CODEC);
            case COGROUP -> throw new IllegalArgumentException("groups are tested by themselves");
        };
    }

    private EventStream<Item> keeping(GraphNode node) {
        if (node instanceof GraphNode.Unique unique) {
            return stream(unique.input())
                    .deduplicate(GraphNode.Unique::id, Codec.text(), unique.bound())
                    .as(node.name())
                    .map(item -> new Item(GraphNode.Unique.id(item), 1), Item.CODEC);
        } else if (node instanceof GraphNode.Visits visits) {
            return stream(visits.input())
                    .keyBy(Item::key)
                    .process(new VisitFunction(visits.gap().toMillis()), Item.CODEC)
                    .as(node.name());
        } else if (node instanceof GraphNode.Enriched enriched) {
            return enriched(enriched).as(node.name());
        }
        return near((GraphNode.Near) node).as(node.name());
    }

    private EventStream<Item> enriched(GraphNode.Enriched of) {
        GraphNode.Versions versions = of.versions();
        Table<String, Item> table = Pipeline.named(NAME)
                .table(Topic.of(versions.topic(), Item.CODEC), Codec.text(), versions.watermark())
                .as(versions.name());
        Enrichment<String, Item, Item> enrichment =
                stream(of.input()).keyBy(Item::key).enrich(table).correctableFor(horizon);
        return of.keepsUnmatched()
                ? enrichment.left(GraphPipeline::pair, Item.CODEC)
                : enrichment.inner(GraphPipeline::pair, Item.CODEC);
    }

    private EventStream<Item> near(GraphNode.Near of) {
        IntervalJoin<String, Item, Item> join = stream(of.left())
                .keyBy(Item::key)
                .join(stream(of.right()).keyBy(Item::key))
                .between(of.lower(), of.upper())
                .correctableFor(horizon);
        return switch (of.kind()) {
            case INNER -> join.inner(GraphPipeline::pair, Item.CODEC);
            case LEFT -> join.left(GraphPipeline::pair, Item.CODEC);
            case RIGHT -> join.right(GraphPipeline::pair, Item.CODEC);
            case FULL -> join.outer(GraphPipeline::pair, Item.CODEC);
            case COGROUP -> throw new IllegalArgumentException("there are no groups");
        };
    }

    private ResultStream<String, Long> results(GraphNode node) {
        ResultStream<String, Long> known = results.get(node);
        if (known == null) {
            known = makeResults(node);
            results.put(node, known);
        }
        return known;
    }

    private ResultStream<String, Long> makeResults(GraphNode node) {
        if (node instanceof Running running) {
            return stream(running.input())
                    .keyBy(Item::key)
                    .aggregate(running.fold().aggregate())
                    .as(name(node))
                    .formerly(formerNames(node));
        }
        Windowed windowed = (Windowed) node;
        return stream(windowed.input())
                .keyBy(Item::key)
                .window(windowed.windowing())
                .allowedLateness(windowed.lateness())
                .correctableFor(horizon)
                .aggregate(windowed.fold().aggregate())
                .as(name(node))
                .formerly(formerNames(node));
    }

    // ---- ends ----

    private Pipeline end(End end) {
        return switch (end.form()) {
            case ITEMS -> stream(end.node()).to(end.topic(), Item.CODEC);
            case KEYED ->
                results(end.node())
                        .results(Codec.int64())
                        .filter(result -> keeps(result.value()))
                        .map(result -> new Item(placed(result.key(), result.window()), result.value()))
                        .keyBy(Item::key)
                        .to(end.topic(), Item.CODEC);
            case RESULTS -> results(end.node()).to(end.topic(), new ResultText());
            case MAPPED ->
                results(end.node())
                        .to(
                                end.topic(),
                                result -> Objects.requireNonNull(
                                        text(Form.MAPPED, result.key(), result.window(), result.value())),
                                Codec.text());
        };
    }

    private record VisitFunction(long gapMillis) implements ProcessFunction<String, Item, Item> {
        private static final ValueStateDescriptor<Long> COUNT = ValueState.of("count", Codec.int64());
        private static final ValueStateDescriptor<Long> UNTIL = ValueState.of("until", Codec.int64());

        @Override
        public List<StateDescriptor> states() {
            return List.of(COUNT, UNTIL);
        }

        @Override
        public void process(Item item, ProcessContext<String, Item> context) {
            long number = context.state(COUNT).valueOr(0L) + 1;
            Long former = context.state(UNTIL).value();
            if (former != null) {
                context.cancelEventTimer(Instant.ofEpochMilli(former));
            }
            long until = context.time().toEpochMilli() + gapMillis;
            context.state(COUNT).update(number);
            context.state(UNTIL).update(until);
            context.setEventTimer(Instant.ofEpochMilli(until));
            context.collect(new Item(item.key(), number));
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, Item> context) {
            context.collect(new Item("t" + context.key(), context.state(COUNT).valueOr(0L)));
            context.state(COUNT).clear();
            context.state(UNTIL).clear();
        }
    }

    /** Writes results as they are. */
    private static final class ResultText implements Codec<Result<String, Long>> {
        private static final long serialVersionUID = 1;

        @Override
        public Result<String, Long> decode(byte[] bytes, int offset, int length) {
            throw new UnsupportedOperationException("nobody reads them");
        }

        @Override
        public void encode(Result<String, Long> result, io.tidemill.api.ByteSink sink) {
            String text = Objects.requireNonNull(text(Form.RESULTS, result.key(), result.window(), result.value()));
            Codec.text().encode(text, sink);
        }

        @Override
        public String format() {
            return "result text";
        }
    }
}
