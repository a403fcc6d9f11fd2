package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.plan.Operator;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PipelineTest {
    private static final Topic<String> WORDS = Topic.of("words", Codec.text());

    private static EventStream<String> timed() {
        return Pipeline.named("p")
                .from(WORDS)
                .filter(word -> !word.isEmpty())
                .filter(word -> word.length() < 10)
                .eventTime(word -> Instant.EPOCH, Watermark.outOfOrderBy(Duration.ofMinutes(1)));
    }

    private static Codec<Object> anything() {
        return new Codec<>() {
            @Override
            public Object decode(byte[] bytes, int offset, int length) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void encode(Object value, ByteSink sink) {
                sink.writeUtf8(value.toString());
            }

            @Override
            public String format() {
                return "anything";
            }
        };
    }

    @Test
    void operatorsHaveStableNamesGivenOrDerived() {
        Pipeline pipeline = timed().as("when")
                .keyBy(word -> word)
                .window(Tumbling.of(Duration.ofHours(1)))
                .aggregate(Aggregate.count())
                .as("how-many")
                .to("counts", anything());
        assertThat(pipeline.operators())
                .extracting(Operator::name)
                .containsExactly("from", "filter", "filter-2", "when", "keyBy", "window", "how-many", "to");
    }

    @Test
    void allMistakesAreToldAtOnce() {
        KeyedStream<String, String> noTime =
                Pipeline.named("p").from(WORDS).filter(word -> true).as("from").keyBy(word -> word);
        assertThatThrownBy(() -> noTime.window(Tumbling.of(Duration.ofHours(1)))
                        .aggregate(Aggregate.count())
                        .to("words", anything()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two operators are named 'from'")
                .hasMessageContaining("needs an event time")
                .hasMessageContaining("reads and writes 'words'");
    }

    @Test
    void aWindowKeepsAllThatWasSaidOfIt() {
        Session session = Session.withGap(Duration.ofMinutes(5));
        Early early = Early.count(7);
        Pipeline pipeline = timed().keyBy(word -> word)
                .window(session)
                .early(Early.every(Duration.ofSeconds(1)))
                .early(early)
                .allowedLateness(Duration.ofMinutes(1))
                .correctableFor(Duration.ofDays(1))
                .as("visits")
                .aggregate(Aggregate.count())
                .to("counts", anything());
        assertThat(pipeline.operators())
                .contains(new Operator.Windowed("visits", session, Duration.ofMinutes(1), Duration.ofDays(1), early));
    }

    @Test
    void namesThatNoTopicCanHaveAreRefused() {
        for (String name : List.of("", ".", "..", "a b", "ä", "x".repeat(250))) {
            assertThatThrownBy(() -> Topic.of(name, Codec.text())).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> timed().to("p.late", Codec.text())).hasMessageContaining("keeps for itself");
    }

    @Test
    void aPipelineCanBeSentToAnotherProcess() throws Exception {
        Pipeline pipeline = timed().to("short", Codec.text());
        try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
            out.writeObject(pipeline);
        }
    }

    @Test
    void windowsAlignToTheEpochAlsoBeforeIt() {
        Tumbling hours = Tumbling.of(Duration.ofHours(1));
        assertThat(hours.windowOf(0)).isEqualTo(new Window(0, 3_600_000));
        assertThat(hours.windowOf(-1)).isEqualTo(new Window(-3_600_000, 0));
        assertThat(hours.windowOf(-3_600_000)).isEqualTo(new Window(-3_600_000, 0));
        assertThatThrownBy(() -> Tumbling.of(Duration.ofNanos(1_500_000))).isInstanceOf(IllegalArgumentException.class);
    }
}
