package io.tidemill.testkit;

import io.tidemill.api.Codec;
import io.tidemill.api.Early;
import io.tidemill.api.EventStream;
import io.tidemill.api.Header;
import io.tidemill.api.KeyedStream;
import io.tidemill.api.Pipeline;
import io.tidemill.api.Topic;
import io.tidemill.api.Watermark;
import io.tidemill.api.WindowedStream;
import io.tidemill.api.Windowing;
import io.tidemill.json.Json;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pipeline, and what its source holds, by partition. */
record StreamCase(
        Shape shape,
        Watermark watermark,
        Windowing windowing,
        long latenessMillis,
        @Nullable Early early,
        Duration correctableFor,
        List<ChainOp> chain,
        Answer answer,
        List<List<Item>> partitions) {
    static final String NAME = "case";
    static final String SOURCE = "in";
    static final String RESULTS = "out";
    static final Codec<Sample> JSON = Json.of(Sample.class);

    enum Shape {
        WINDOWED,
        RUNNING,
        PLAIN
    }

    /** @param sample what {@code value} says; null if it says nothing */
    record Item(
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers,
            long timestamp,
            long appendedAt,
            @Nullable Sample sample) {}

    @SuppressWarnings("NullAway") // as users' functions do
    private static String keyOf(Sample sample) {
        return sample.key();
    }

    /** Named operators, so that a dead letter tells which it was. */
    Pipeline pipeline() {
        EventStream<Sample> stream = Pipeline.named(NAME).from(Topic.of(SOURCE, JSON));
        for (int i = 0; i < chain.size(); i++) {
            stream = chain.get(i).onto(stream).as("op" + i);
        }
        if (shape == Shape.PLAIN) {
            return stream.to(RESULTS, JSON);
        }
        KeyedStream<String, Sample> keyed = stream.keyBy(StreamCase::keyOf).as("key");
        return (shape == Shape.RUNNING
                        ? keyed.aggregate(answer.aggregate)
                        : windowed(keyed).aggregate(answer.aggregate))
                .as("answer")
                .to(RESULTS, result -> String.valueOf(result.value()), Codec.text());
    }

    private WindowedStream<String, Sample> windowed(KeyedStream<String, Sample> keyed) {
        WindowedStream<String, Sample> windowed = keyed.window(windowing)
                .as("window")
                .allowedLateness(Duration.ofMillis(latenessMillis))
                .correctableFor(correctableFor);
        return early == null ? windowed : windowed.early(early);
    }

    @Override
    public String toString() {
        return shape + " " + answer + " of "
                + partitions.stream().map(List::size).toList() + " records, "
                + windowing.describe() + ", " + early + ", bound " + watermark.bound().toMillis() + ", lateness " + latenessMillis + ", "
                + chain;
    }
}
