package io.tidemill.testkit;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.EventStream;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Result;
import io.tidemill.api.ResultStream;
import io.tidemill.api.Session;
import io.tidemill.api.Table;
import io.tidemill.api.Topic;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Watermark;
import io.tidemill.api.process.ListState;
import io.tidemill.api.process.ListStateDescriptor;
import io.tidemill.api.process.MapState;
import io.tidemill.api.process.MapStateDescriptor;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import io.tidemill.api.process.ValueState;
import io.tidemill.api.process.ValueStateDescriptor;
import io.tidemill.testkit.SavepointRig.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Pipelines with every kind of operator that keeps state, of which some are left out, renamed or changed. Each writes a topic
 * of its name.
 */
final class SavepointShop {
    static final String ORDERS = "orders";
    static final String PAYMENTS = "payments";
    static final String NAMES = "names";

    static final ValueStateDescriptor<Long> COUNT = ValueState.of("count", Codec.int64());
    static final ListStateDescriptor<Long> NUMBERS = ListState.of("numbers", Codec.int64());
    static final MapStateDescriptor<Long, Long> BY_DIGIT = MapState.of("by digit", Codec.int64(), Codec.int64());

    private final Map<String, Supplier<Pipeline>> ends = new LinkedHashMap<>();
    private final TreeSet<String> left = new TreeSet<>();
    private final Map<String, String> renamed = new TreeMap<>();
    private final Map<String, String> aliased = new TreeMap<>();
    private final Pipeline.Start start;
    private final EventStream<Event> orders;
    private final EventStream<Event> payments;
    private final Table<String, String> names;
    private Duration size = Duration.ofMillis(100);
    private boolean isMaximum = true;
    private List<StateDescriptor> states = List.of(COUNT, NUMBERS, BY_DIGIT);
    private boolean countsAreFunction;
    private boolean countsBoth;
    private @Nullable ResultStream<String, Long> counts;

    SavepointShop(String name) {
        start = Pipeline.named(name);
        orders = events(ORDERS, 50);
        payments = events(PAYMENTS, 30);
        names = start.table(Topic.of(NAMES, Codec.text()), Codec.text(), Watermark.outOfOrderBy(Duration.ofMillis(20)));
        ends.put(
                "counts",
                () -> countsAreFunction
                        ? named(
                                        "counts",
                                        orders.keyBy(Event::key)
                                                .process(new Watching(List.of(COUNT, NUMBERS, BY_DIGIT)), Codec.text()))
                                .to("counts", Codec.text())
                        : counts().to("counts", result -> text(result), Codec.text()));
        ends.put("busiest", this::busiest);
        ends.put("paid", this::paid);
        ends.put("visits", this::visits);
        ends.put("watch", this::watch);
        ends.put("pairs", this::pairs);
        ends.put("named", this::namedOrders);
        ends.put("first", this::first);
    }

    private EventStream<Event> events(String topic, int boundMillis) {
        return start.from(Topic.of(topic, Codec.text()))
                .map(Event::of, EVENTS)
                .eventTime(
                        event -> Instant.ofEpochMilli(event.time()),
                        Watermark.outOfOrderBy(Duration.ofMillis(boundMillis)));
    }

    // ---- what differs ----

    static List<String> all() {
        return List.copyOf(new SavepointShop("any").ends.keySet());
    }

    SavepointShop without(String... operators) {
        left.addAll(List.of(operators));
        return this;
    }

    SavepointShop only(String... operators) {
        left.addAll(ends.keySet());
        left.removeAll(List.of(operators));
        return this;
    }

    SavepointShop renamed(String operator, String now) {
        renamed.put(operator, now);
        return this;
    }

    /** Renamed, and the code says so. */
    SavepointShop aliased(String operator, String now) {
        aliased.put(operator, operator);
        return renamed(operator, now);
    }

    SavepointShop size(Duration value) {
        size = value;
        return this;
    }

    SavepointShop states(StateDescriptor... value) {
        states = List.of(value);
        return this;
    }

    /** Payments are counted with the orders. */
    SavepointShop countsOfBoth() {
        countsBoth = true;
        return this;
    }

    SavepointShop leastCounts() {
        isMaximum = false;
        return this;
    }

    SavepointShop countsAreFunction() {
        countsAreFunction = true;
        return this;
    }

    Pipeline pipeline() {
        List<Pipeline> kept = new ArrayList<>();
        ends.forEach((name, end) -> {
            if (!left.contains(name)) {
                kept.add(end.get());
            }
        });
        return Pipeline.of(kept.get(0), kept.subList(1, kept.size()).toArray(Pipeline[]::new));
    }

    private String name(String operator) {
        return renamed.getOrDefault(operator, operator);
    }

    private String[] before(String operator) {
        String alias = aliased.get(operator);
        return alias == null ? new String[0] : new String[] {alias};
    }

    private <T> EventStream<T> named(String operator, EventStream<T> stream) {
        return stream.as(name(operator)).formerly(before(operator));
    }

    private <R> ResultStream<String, R> named(String operator, ResultStream<String, R> stream) {
        return stream.as(name(operator)).formerly(before(operator));
    }

    // ---- its operators ----

    /** What several stand behind is there once. */
    private ResultStream<String, Long> counts() {
        ResultStream<String, Long> known = counts;
        if (known == null) {
            EventStream<Event> counted = countsBoth ? orders.union(payments) : orders;
            known = named(
                    "counts",
                    counted.keyBy(Event::key).window(Tumbling.of(size)).aggregate(Aggregate.sum(Event::number)));
            counts = known;
        }
        return known;
    }

    private static String text(Result<String, ?> result) {
        return result.key() + " " + result.window() + " " + result.value();
    }

    /** A window over the results of a window. */
    private Pipeline busiest() {
        Aggregate<Result<String, Long>, ?, Long> extreme =
                isMaximum ? Aggregate.max(Result::value) : Aggregate.min(Result::value);
        return named(
                        "busiest",
                        counts().results(Codec.int64())
                                .keyBy(result -> "all")
                                .window(Tumbling.of(Duration.ofSeconds(1)))
                                .aggregate(extreme))
                .to("busiest", result -> text(result), Codec.text());
    }

    private Pipeline paid() {
        return orders.keyBy(Event::key)
                .join(payments.keyBy(Event::key))
                .window(Tumbling.of(Duration.ofMillis(20)))
                .as(name("paid"))
                .formerly(before("paid"))
                .left(
                        (order, payment) -> order.number() + "/" + (payment == null ? "none" : payment.number()),
                        Codec.text())
                .to("paid", Codec.text());
    }

    private Pipeline visits() {
        return named(
                        "visits",
                        payments.keyBy(Event::key)
                                .window(Session.withGap(Duration.ofMillis(30)))
                                .aggregate(Aggregate.sum(Event::number)))
                .to("visits", result -> text(result), Codec.text());
    }

    private Pipeline watch() {
        return named("watch", payments.keyBy(Event::key).process(new Watching(states), Codec.text()))
                .to("watch", Codec.text());
    }

    private Pipeline pairs() {
        KeyedStream<String, Event> left = orders.keyBy(Event::key);
        return named(
                        "pairs",
                        left.join(payments.keyBy(Event::key))
                                .between(Duration.ofMillis(-5), Duration.ofMillis(5))
                                .correctableFor(Duration.ofDays(1))
                                .inner((order, payment) -> order.number() + "+" + payment.number(), Codec.text()))
                .to("pairs", Codec.text());
    }

    private Pipeline namedOrders() {
        return named(
                        "named",
                        orders.keyBy(Event::key)
                                .enrich(names)
                                .correctableFor(Duration.ofDays(1))
                                .left((order, its) -> order.number() + " of " + its, Codec.text()))
                .to("named", Codec.text());
    }

    private Pipeline first() {
        return named("first", payments.deduplicate(Event::number, Codec.int64(), Duration.ofMillis(300)))
                .to("first", EVENTS);
    }

    private static final Codec<Event> EVENTS = new EventCodec();

    private static final class EventCodec implements Codec<Event> {
        private static final long serialVersionUID = 1;

        @Override
        public Event decode(byte[] bytes, int offset, int length) throws Exception {
            return Event.of(Codec.text().decode(bytes, offset, length));
        }

        @Override
        public void encode(Event value, io.tidemill.api.ByteSink sink) {
            Codec.text().encode(value.key() + " " + value.time() + " " + value.number(), sink);
        }

        @Override
        public String format() {
            return "events";
        }
    }

    /** Value, list and map state, and timers. */
    private record Watching(List<StateDescriptor> states) implements ProcessFunction<String, Event, String> {
        @Override
        public void process(Event event, ProcessContext<String, String> context) {
            long count = context.state(COUNT).valueOr(0L) + 1;
            context.state(COUNT).update(count);
            context.state(NUMBERS).add(event.number());
            if (states.contains(BY_DIGIT)) {
                Long known = context.state(BY_DIGIT).get(event.number() % 10);
                context.state(BY_DIGIT).put(event.number() % 10, (known == null ? 0 : known) + 1);
            }
            context.setEventTimer(context.time().plusMillis(25));
            context.collect(event.number() + " #" + count);
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<String, String> context) {
            String digits = states.contains(BY_DIGIT)
                    ? String.valueOf(context.state(BY_DIGIT).get(3L))
                    : "unknown";
            context.collect(context.key() + " at " + timer.time().toEpochMilli() + " "
                    + context.state(NUMBERS).values() + " " + digits);
            if (timer.time().toEpochMilli() % 3 == 0) {
                context.state(NUMBERS).clear();
            }
        }
    }
}
