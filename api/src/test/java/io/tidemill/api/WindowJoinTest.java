package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.JoinKind;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WindowJoinTest {
    private static final Windowing HOURLY = Tumbling.of(Duration.ofHours(1));
    private static final Watermark IN_ORDER = Watermark.outOfOrderBy(Duration.ZERO);

    private static EventStream<String> from(String topic) {
        return Pipeline.named("p").from(Topic.of(topic, Codec.text())).eventTime(IN_ORDER);
    }

    private static KeyedStream<String, String> keyed(String topic) {
        return from(topic).keyBy(text -> text);
    }

    private static Operator.Joined joinOf(Pipeline pipeline) {
        return pipeline.operators().stream()
                .filter(Operator.Joined.class::isInstance)
                .map(Operator.Joined.class::cast)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theOperatorHoldsAllThatWasSaid() {
        Pipeline pipeline = keyed("a")
                .join(keyed("b"))
                .window(HOURLY)
                .allowedLateness(Duration.ofMinutes(1))
                .correctableFor(Duration.ofDays(1))
                .rowsMax(10)
                .as("meet")
                .formerly("met")
                .left((left, right) -> left + (right == null ? "" : right), Codec.text())
                .to("out", Codec.text());
        Operator.Joined join = joinOf(pipeline);
        assertThat(join.name()).isEqualTo("meet");
        assertThat(join.kind()).isEqualTo(JoinKind.LEFT);
        assertThat(join.leftCodec()).isEqualTo(Codec.text());
        assertThat(join.rightCodec()).isEqualTo(Codec.text());
        assertThat(join.windowing()).isEqualTo(HOURLY);
        assertThat(join.allowedLateness()).isEqualTo(Duration.ofMinutes(1));
        assertThat(join.correctableFor()).isEqualTo(Duration.ofDays(1));
        assertThat(join.rowsMax()).isEqualTo(10);
        assertThat(join.formerNames()).containsExactly("met");
        assertThat(pipeline.inputsOf(pipeline.operators().indexOf(join))).hasSize(2);
    }

    @Test
    void defaultsArePinned() {
        Operator.Joined join = joinOf(keyed("a")
                .join(keyed("b"))
                .window(HOURLY)
                .inner((left, right) -> left, Codec.text())
                .to("out", Codec.text()));
        assertThat(join.name()).isEqualTo("join");
        assertThat(join.allowedLateness()).isZero();
        assertThat(join.correctableFor()).isEqualTo(Duration.ofDays(7));
        assertThat(join.rowsMax()).isEqualTo(100_000);
        assertThat(join.formerNames()).isEmpty();
    }

    @Test
    void whatAJoinKeepsMustHaveACodec() {
        EventStream<String> mapped =
                from("a").map(text -> text + "!").as("shout").filter(text -> true);
        assertThatThrownBy(() -> mapped.keyBy(text -> text)
                        .join(keyed("b"))
                        .window(HOURLY)
                        .inner((left, right) -> left, Codec.text())
                        .to("out", Codec.text()))
                .hasMessageContaining("'join' keeps elements of 'shout': say how they are encoded with map(…, codec)");
    }

    @Test
    void keysOfBothSidesMustBeEncodedAlike() {
        KeyedStream<Object, String> texts = from("a").keyBy(text -> text, Erased.codec(Codec.text()));
        KeyedStream<Object, String> numbers = from("b").keyBy(text -> 1L, Erased.codec(Codec.int64()));
        assertThatThrownBy(() -> texts.join(numbers)
                        .window(HOURLY)
                        .inner((left, right) -> left, Codec.text())
                        .to("out", Codec.text()))
                .hasMessageContaining("'join' has inputs whose keys are encoded in different ways");
    }

    @Test
    void bothSidesNeedATime() {
        KeyedStream<String, String> timeless =
                Pipeline.named("p").from(Topic.of("b", Codec.text())).keyBy(text -> text);
        assertThatThrownBy(() -> keyed("a")
                        .join(timeless)
                        .window(HOURLY)
                        .inner((left, right) -> left, Codec.text())
                        .to("out", Codec.text()))
                .hasMessageContaining("'join' needs an event time");
    }

    @Test
    void settingsHaveTheirRanges() {
        WindowJoin<String, String, String> join = keyed("a").join(keyed("b")).window(HOURLY);
        assertThatThrownBy(() -> join.allowedLateness(Duration.ofMillis(-1))).hasMessageContaining("allowedLateness");
        assertThatThrownBy(() -> join.correctableFor(Duration.ofDays(40_000))).hasMessageContaining("correctableFor");
        assertThatThrownBy(() -> join.rowsMax(0)).hasMessageContaining("rowsMax is 1 to 1000000");
        assertThatThrownBy(() -> join.as(" ")).hasMessageContaining("name");
    }

    @Test
    void aStreamJoinsItselfAndWindowsFollowAJoin() throws Exception {
        KeyedStream<String, String> one = keyed("a");
        Pipeline pipeline = one.join(one)
                .window(HOURLY)
                .full((left, right) -> left + right, Codec.text())
                .keyBy(text -> text)
                .window(HOURLY)
                .aggregate(Aggregate.count())
                .to("out", result -> result.key(), Codec.text());
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(pipeline);
        assertThat(pipeline.operators())
                .extracting(Operator::name)
                .containsExactly(
                        "from", "eventTime", "keyBy", "join", "keyBy-2", "window", "aggregate", "mapResult", "to");
    }
}
