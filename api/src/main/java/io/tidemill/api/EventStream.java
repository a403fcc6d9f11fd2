package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import io.tidemill.api.process.OutputTag;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Elements on their way through a pipeline. Immutable; every method returns a longer stream, and one stream can be the start
 * of several, whose ends {@link Pipeline#of} puts together.
 */
public final class EventStream<T> {
    final Plan plan;

    EventStream(Plan plan) {
        this.plan = plan;
    }

    /** Drops the elements that do not meet {@code condition}; they are counted as filtered. */
    public EventStream<T> filter(Condition<? super T> condition) {
        return new EventStream<>(plan.then(new Operator.Filter("filter", Erased.condition(condition))));
    }

    public <R> EventStream<R> map(Mapper<? super T, ? extends R> mapper) {
        return mapTo(mapper, null);
    }

    /** @param codec for operators behind it that keep elements */
    public <R> EventStream<R> map(Mapper<? super T, ? extends R> mapper, Codec<R> codec) {
        return mapTo(mapper, codec);
    }

    private <R> EventStream<R> mapTo(Mapper<? super T, ? extends R> mapper, @Nullable Codec<R> codec) {
        return new EventStream<>(plan.then(new Operator.Map("map", Erased.<Object>mapper(mapper)), codec));
    }

    /** Each element becomes any number of others, at most 100,000. */
    public <R> EventStream<R> flatMap(Mapper<? super T, ? extends Iterable<? extends R>> mapper) {
        return flatMapTo(mapper, null);
    }

    /**
     * Each element becomes any number of others, at most 100,000.
     *
     * @param codec for operators behind it that keep elements
     */
    public <R> EventStream<R> flatMap(Mapper<? super T, ? extends Iterable<? extends R>> mapper, Codec<R> codec) {
        return flatMapTo(mapper, codec);
    }

    private <R> EventStream<R> flatMapTo(
            Mapper<? super T, ? extends Iterable<? extends R>> mapper, @Nullable Codec<R> codec) {
        return new EventStream<>(plan.then(new Operator.FlatMap("flatMap", Erased.<Iterable<?>>mapper(mapper)), codec));
    }

    /**
     * Says when an element happened, and how long to wait for those that arrive out of order. Once on the way from a source,
     * before the stream becomes several.
     */
    public EventStream<T> eventTime(Mapper<? super T, Instant> extractor, Watermark watermark) {
        return new EventStream<>(
                plan.then(new Operator.EventTime("eventTime", Erased.<Instant>mapper(extractor), watermark, null)));
    }

    /**
     * As {@link #eventTime(Mapper, Watermark)}, but {@code generator} says how far a partition has come, in place of its newest event
     * time; the watermark is the bound of {@code watermark} behind that.
     */
    public EventStream<T> eventTime(
            Mapper<? super T, Instant> extractor, Watermark watermark, WatermarkGenerator<? super T> generator) {
        return new EventStream<>(plan.then(new Operator.EventTime(
                "eventTime", Erased.<Instant>mapper(extractor), watermark, Erased.generator(generator))));
    }

    /** An element happened at the timestamp of its record. */
    public EventStream<T> eventTime(Watermark watermark) {
        return new EventStream<>(plan.then(new Operator.EventTime("eventTime", null, watermark, null)));
    }

    /** An element happened at the timestamp of its record; {@code generator} says how far a partition has come. */
    public EventStream<T> eventTime(Watermark watermark, WatermarkGenerator<? super T> generator) {
        return new EventStream<>(
                plan.then(new Operator.EventTime("eventTime", null, watermark, Erased.generator(generator))));
    }

    /**
     * The elements of this stream and of others of the same pipeline. Elements of one partition stay in their order; between
     * partitions there is none.
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final EventStream<T> union(EventStream<? extends T>... others) {
        List<Plan> all = new ArrayList<>(List.of(plan));
        Codec<Object> codec = plan.codec;
        for (EventStream<? extends T> other : others) {
            all.add(other.plan);
            // Elements are kept by one codec, so it must be the same for all.
            codec = Objects.equals(codec, other.plan.codec) ? codec : null;
        }
        return new EventStream<>(Plan.join(new Operator.Union("union"), codec, all));
    }

    /** Groups by a text. */
    public KeyedStream<String, T> keyBy(Mapper<? super T, String> extractor) {
        return keyBy(extractor, Codec.text());
    }

    /** Groups by any key; see {@link Codec} for what makes two keys equal. */
    public <K> KeyedStream<K, T> keyBy(Mapper<? super T, ? extends K> extractor, Codec<K> codec) {
        return new KeyedStream<>(
                plan.then(new Operator.KeyBy("keyBy", Erased.<Object>mapper(extractor), Erased.codec(codec))));
    }

    /**
     * Of the elements that have the same id, the first passes, by event time; others pass only if they happened more than
     * {@code bound} after the one that passed last. The others are counted as duplicates.
     *
     * @param bound 1 ms to 36,500 days
     */
    public <I> EventStream<T> deduplicate(Mapper<? super T, ? extends I> id, Codec<I> idCodec, Duration bound) {
        return this.<I>keyBy(id, idCodec).deduplicated(null, Erased.codec(idCodec), bound);
    }

    /** What the function before it emits beside its results, under {@code tag}, which it must have declared. */
    public <X> EventStream<X> side(OutputTag<X> tag) {
        if (!(plan.last() instanceof Operator.Processed process)
                || !process.function().outputs().contains(tag)) {
            throw new IllegalArgumentException("'" + plan.last().name() + "' has no output '" + tag.name()
                    + "': side(…) follows process(…), whose function names it in outputs()");
        }
        return new EventStream<>(plan.then(new Operator.Side("side", tag.name()), tag.codec()));
    }

    /**
     * Names that the last operator, which keeps state, had before: the state that it kept under them stays its own. At most
     * 100.
     */
    public EventStream<T> formerly(String... names) {
        return new EventStream<>(plan.instead(Renamed.formerly(plan.last(), names)));
    }

    /** Ends the pipeline: elements go to {@code topic} under the key of the record they come from. */
    public Pipeline to(String topic, Codec<? super T> codec) {
        return plan.to(topic, codec);
    }

    /** Gives the last operator a name of its own instead of the derived one. */
    public EventStream<T> as(String name) {
        return new EventStream<>(plan.named(name));
    }
}
