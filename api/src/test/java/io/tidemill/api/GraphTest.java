package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GraphTest {
    private static final Watermark SOON = Watermark.outOfOrderBy(Duration.ofSeconds(1));

    private static EventStream<String> from(String topic) {
        return Pipeline.named("p").from(Topic.of(topic, Codec.text()));
    }

    private static EventStream<String> timed(String topic) {
        return from(topic).eventTime(text -> Instant.EPOCH, SOON);
    }

    private static ResultStream<String, Long> counted(EventStream<String> stream) {
        return stream.keyBy(text -> text)
                .window(Tumbling.of(Duration.ofHours(1)))
                .aggregate(Aggregate.count());
    }

    private static Pipeline end(ResultStream<String, Long> counts, String topic) {
        return counts.to(topic, Result::value, Codec.int64());
    }

    private static List<String> graph(Pipeline pipeline) {
        List<Operator> operators = pipeline.operators();
        return IntStream.range(0, operators.size())
                .mapToObj(at -> operators.get(at).name() + " of "
                        + pipeline.inputsOf(at).stream()
                                .map(input -> operators.get(input).name())
                                .toList())
                .toList();
    }

    @Test
    void whatStreamsShareIsThereOnce() {
        EventStream<String> shared = from("in").filter(text -> true);
        Pipeline pipeline = Pipeline.of(
                shared.to("all", Codec.text()),
                shared.filter(String::isEmpty).to("empty", Codec.text()),
                shared.map(String::trim).filter(text -> true).to("trimmed", Codec.text()));
        assertThat(graph(pipeline))
                .containsExactly(
                        "from of []",
                        "filter of [from]",
                        "to of [filter]",
                        "filter-2 of [filter]",
                        "to-2 of [filter-2]",
                        "map of [filter]",
                        "filter-3 of [map]",
                        "to-3 of [filter-3]");
    }

    @Test
    void aUnionHasAllItsInputs() {
        EventStream<String> all = from("a").union(from("b"), from("c"));
        assertThat(graph(all.to("out", Codec.text()))).contains("union of [from, from-2, from-3]", "to of [union]");
    }

    @Test
    void codecsAreKnownAsFarAsTheElementsAreTheSame() {
        EventStream<String> text = from("in").filter(each -> true);
        assertThat(text.plan.codec).isEqualTo(Codec.text());
        assertThat(text.map(String::length).plan.codec).isNull();
        assertThat(text.map(each -> 1L, Codec.int64()).plan.codec).isEqualTo(Codec.int64());
        assertThat(text.union(text).plan.codec).isEqualTo(Codec.text());
        assertThat(text.union(text.map(String::trim)).plan.codec).isNull();
    }

    @Test
    void partsAreOfOnePipeline() {
        EventStream<String> other = Pipeline.named("q").from(Topic.of("in", Codec.text()));
        assertThatThrownBy(() -> Pipeline.of(from("in").to("a", Codec.text()), other.to("b", Codec.text())))
                .hasMessageContaining("not 'p' and 'q'");
        assertThatThrownBy(() -> from("in").union(other)).hasMessageContaining("begin both with the same name");
    }

    @Test
    void topicsAreReadAndWrittenInOnePlace() {
        assertThatThrownBy(() -> Pipeline.of(
                        from("in").to("out", Codec.text()), from("in").to("out", Codec.text())))
                .hasMessageContaining("it reads 'in' more than once")
                .hasMessageContaining("it writes 'out' in more than one place");
    }

    @Test
    void elementsHaveOneTime() {
        EventStream<String> source = from("in");
        assertThatThrownBy(
                        () -> timed("in").eventTime(text -> Instant.EPOCH, SOON).to("out", Codec.text()))
                .hasMessageContaining("says again when an element happened");
        assertThatThrownBy(() -> Pipeline.of(
                        source.eventTime(SOON).to("a", Codec.text()),
                        source.eventTime(SOON).to("b", Codec.text())))
                .hasMessageContaining("both say when elements of 'in' happened");
        assertThatThrownBy(() -> end(counted(timed("a").union(from("b"))), "out"))
                .hasMessageContaining("joins streams with and without event time");
        assertThatThrownBy(() -> from("in")
                        .keyBy(text -> text)
                        .aggregate(Aggregate.<String>count())
                        .results(Codec.int64())
                        .eventTime(SOON)
                        .to("out", new ResultCodec<>(Codec.text(), Codec.int64())))
                .hasMessageContaining("behind an operator that keeps state");
    }

    @Test
    void ofSeveralOperatorsWithStateEachHasAName() {
        EventStream<String> source = timed("in");
        assertThatThrownBy(() -> Pipeline.of(end(counted(source), "a"), end(counted(source), "b")))
                .hasMessageContaining("several operators would be called 'aggregate'");
        assertThat(graph(Pipeline.of(
                        end(counted(source).as("first"), "a"),
                        end(counted(source).as("second"), "b"))))
                .contains("first of [window]", "second of [window-2]");
    }

    @Test
    void aWindowOverResultsMustKnowHowTheyAreKept() {
        EventStream<Result<String, Long>> results =
                counted(timed("in")).as("first").results(Codec.int64());
        assertThatThrownBy(() -> end(counted(results.map(Result::key)).as("second"), "out"))
                .hasMessageContaining("'second' keeps elements of 'map': say how they are encoded");
        assertThat(graph(end(counted(results.map(Result::key, Codec.text())).as("second"), "out")))
                .contains("results of [first]", "map of [results]", "second of [window-2]");
    }

    @Test
    void resultsAreReadAsTheyWereWritten() throws Exception {
        ResultCodec<String, Long> codec = new ResultCodec<>(Codec.text(), Codec.int64());
        for (Result<String, Long> result : List.of(
                new Result<>("k", new Window(-5, 7), 3L, 2),
                new Result<>("", new Window(0, 1), -1L, Result.EARLY_REVISION, Pane.EARLY),
                new Result<>("ä", null, 0L, 0))) {
            ByteSink sink = new ByteSink();
            codec.encode(result, sink);
            byte[] bytes = sink.toByteArray();
            assertThat(codec.decode(bytes, 0, bytes.length)).isEqualTo(result);
        }
    }
}
