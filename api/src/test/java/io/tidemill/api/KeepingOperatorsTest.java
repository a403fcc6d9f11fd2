package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.TableRow;
import io.tidemill.api.process.CoProcessFunction;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.ProcessOptions;
import io.tidemill.api.process.ProcessOrder;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Ttl;
import io.tidemill.api.process.ValueState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operators that keep elements, as plans. */
final class KeepingOperatorsTest {
    private static final Watermark WATERMARK = Watermark.outOfOrderBy(Duration.ZERO);
    private static final OutputTag<String> BAD = OutputTag.of("bad", Codec.text());

    private static EventStream<String> from(String topic) {
        return Pipeline.named("p")
                .from(Topic.of(topic, Codec.text()))
                .eventTime(text -> Instant.EPOCH, WATERMARK)
                .as("time of " + topic);
    }

    private static KeyedStream<String, String> keyed(String topic) {
        return from(topic).keyBy(text -> text);
    }

    /** Declares what it is told to. */
    private record Declaring(List<StateDescriptor> states, List<OutputTag<?>> outputs)
            implements ProcessFunction<String, String, String> {
        @Override
        public void process(String element, ProcessContext<String, String> context) {
            context.collect(element);
        }
    }

    private static Declaring declaring(OutputTag<?>... outputs) {
        return new Declaring(List.of(), List.of(outputs));
    }

    @Test
    void whatIsKeptHasACodec() {
        KeyedStream<String, Integer> mapped = from("in").map(String::length).keyBy(String::valueOf);
        assertThatThrownBy(() -> mapped.<String>process((element, context) -> {}, Codec.text())
                        .to("out", Codec.text()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'process' keeps elements of 'map': say how they are encoded");
        mapped.<String>process(
                        (element, context) -> {},
                        Codec.text(),
                        ProcessOptions.defaults().order(ProcessOrder.ARRIVAL))
                .to("out", Codec.text());
    }

    @Test
    void eventTimeOrderNeedsAnEventTime() {
        KeyedStream<String, String> timeless =
                Pipeline.named("p").from(Topic.of("in", Codec.text())).keyBy(text -> text);
        assertThatThrownBy(() -> timeless.process(declaring(), Codec.text()).to("out", Codec.text()))
                .hasMessageContaining("'process' needs an event time");
        assertThatThrownBy(() -> timeless.deduplicate(text -> text, Codec.text(), Duration.ofHours(1))
                        .to("out", Codec.text()))
                .hasMessageContaining("'deduplicate' needs an event time");
    }

    @Test
    void keysMeetThatAreEncodedAlike() {
        KeyedStream<Long, String> byNumber = from("right").keyBy(text -> 1L, Codec.int64());
        KeyedStream<String, String> byText = keyed("left");
        CoProcessFunction<String, String, String, String> nothing = new CoProcessFunction<>() {
            @Override
            public void processFirst(String element, ProcessContext<String, String> context) {}

            @Override
            public void processSecond(String element, ProcessContext<String, String> context) {}
        };
        byText.connect(keyed("right")).process(nothing, Codec.text()).to("out", Codec.text());
        @SuppressWarnings("unchecked") // the types would not let it pass
        KeyedStream<String, String> wrong = (KeyedStream<String, String>) (KeyedStream<?, String>) byNumber;
        assertThatThrownBy(() ->
                        byText.connect(wrong).process(nothing, Codec.text()).to("out", Codec.text()))
                .hasMessageContaining("'process' has inputs whose keys are encoded in different ways");
    }

    @Test
    void sidesAndStatesAreDeclaredOnce() {
        assertThatThrownBy(() -> keyed("in").process(declaring(), Codec.text()).side(BAD))
                .hasMessageContaining("'process' has no output 'bad'");
        assertThatThrownBy(() -> keyed("in")
                        .process(declaring(BAD, OutputTag.of("bad", Codec.int64())), Codec.text())
                        .to("out", Codec.text()))
                .hasMessageContaining("'process' declares two outputs of the same name");
        StateDescriptor count = ValueState.of("count", Codec.int64());
        assertThatThrownBy(() -> keyed("in")
                        .process(new Declaring(List.of(count, count), List.of()), Codec.text())
                        .to("out", Codec.text()))
                .hasMessageContaining("'process' declares two states of the same name");
        assertThatThrownBy(() -> ValueState.of(" ", Codec.text())).hasMessageContaining("1 to 100 characters");
        assertThatThrownBy(() -> Ttl.eventTime(Duration.ZERO)).hasMessageContaining("1 ms to 100 years");
        assertThatThrownBy(() -> ProcessOptions.defaults().rowsPerKeyMax(0)).hasMessageContaining("rowsPerKeyMax");
    }

    @Test
    void boundsAreBounds() {
        assertThatThrownBy(() -> keyed("l").join(keyed("r")).between(Duration.ofMillis(2), Duration.ofMillis(1)))
                .hasMessageContaining("lower bound is not greater");
        assertThatThrownBy(() -> from("in").deduplicate(text -> text, Codec.text(), Duration.ZERO))
                .hasMessageContaining("the bound of deduplicate is 1 ms to 36,500 days");
        assertThatThrownBy(() -> keyed("l")
                        .join(keyed("r"))
                        .between(Duration.ZERO, Duration.ZERO)
                        .correctableFor(Duration.ofMillis(-1)))
                .hasMessageContaining("correctableFor is zero to 100 years");
    }

    private static Pipeline everything() {
        EventStream<String> worked = keyed("left").process(declaring(BAD), Codec.text());
        EventStream<String> joined = worked.keyBy(text -> text)
                .join(keyed("right"))
                .between(Duration.ofMillis(-1), Duration.ofMillis(1))
                .outer((left, right) -> left + "|" + right, Codec.text());
        Table<String, String> table =
                Pipeline.named("p").table(Topic.of("prices", Codec.text()), Codec.text(), WATERMARK);
        EventStream<String> enriched =
                joined.keyBy(text -> text).enrich(table).left((text, price) -> text + price, Codec.text());
        return Pipeline.of(
                enriched.formerly("older").as("newer").to("out", Codec.text()),
                worked.side(BAD).to("bad", Codec.text()));
    }

    @Test
    void theyAreOneGraph() {
        Pipeline pipeline = everything();
        List<String> names = pipeline.operators().stream().map(Operator::name).toList();
        assertThat(names).contains("process", "join", "table", "newer", "side");
        int join = names.indexOf("join");
        int enrich = names.indexOf("newer");
        assertThat(names.get(pipeline.inputsOf(names.indexOf("side")).get(0))).isEqualTo("process");
        assertThat(pipeline.inputsOf(join)).hasSize(2);
        assertThat(names.get(pipeline.inputsOf(enrich).get(0))).isEqualTo("table");
        assertThat(pipeline.operators().get(enrich).formerNames()).containsExactly("older");
    }

    @Test
    void theyTravelAsBytes() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(everything());
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            Pipeline read = (Pipeline) in.readObject();
            Operator.IntervalJoin join = (Operator.IntervalJoin) read.operators().stream()
                    .filter(Operator.IntervalJoin.class::isInstance)
                    .findFirst()
                    .orElseThrow();
            assertThat(join.joiner().join("a", null)).isEqualTo("a|null");
        }
    }

    @Test
    void aTablesRowMayRemove() throws Exception {
        Operator enrich = everything().operators().stream()
                .filter(Operator.Enrich.class::isInstance)
                .findFirst()
                .orElseThrow();
        Codec<Object> codec =
                java.util.Objects.requireNonNull(enrich.kept().get(0).codec());
        for (TableRow row : List.of(new TableRow(null), new TableRow("a"), new TableRow(""))) {
            ByteSink sink = new ByteSink();
            codec.encode(row, sink);
            assertThat(codec.decode(sink.array(), 0, sink.size())).isEqualTo(row);
        }
    }
}
