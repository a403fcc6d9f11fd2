package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.time.Instant;

/** Elements on their way through a pipeline. Immutable; every method returns the longer stream. */
public final class EventStream<T> {
    private final Plan plan;

    EventStream(Plan plan) {
        this.plan = plan;
    }

    /** Drops the elements that do not meet {@code condition}; they are counted as filtered. */
    public EventStream<T> filter(Condition<? super T> condition) {
        return new EventStream<>(
                plan.then(Operator.Filter.class, "filter", n -> new Operator.Filter(n, Erased.condition(condition))));
    }

    public <R> EventStream<R> map(Mapper<? super T, ? extends R> mapper) {
        return new EventStream<>(
                plan.then(Operator.Map.class, "map", n -> new Operator.Map(n, Erased.<Object>mapper(mapper))));
    }

    /** Each element becomes any number of others, at most 100,000. */
    public <R> EventStream<R> flatMap(Mapper<? super T, ? extends Iterable<? extends R>> mapper) {
        return new EventStream<>(plan.then(
                Operator.FlatMap.class, "flatMap", n -> new Operator.FlatMap(n, Erased.<Iterable<?>>mapper(mapper))));
    }

    /** Says when an element happened, and how long to wait for those that arrive out of order. Once in a pipeline. */
    public EventStream<T> eventTime(Mapper<? super T, Instant> extractor, Watermark watermark) {
        return new EventStream<>(plan.then(
                Operator.EventTime.class,
                "eventTime",
                n -> new Operator.EventTime(n, Erased.<Instant>mapper(extractor), watermark)));
    }

    /** An element happened at the timestamp of its record. */
    public EventStream<T> eventTime(Watermark watermark) {
        return new EventStream<>(
                plan.then(Operator.EventTime.class, "eventTime", n -> new Operator.EventTime(n, null, watermark)));
    }

    /** Groups by a text. */
    public KeyedStream<String, T> keyBy(Mapper<? super T, String> extractor) {
        return keyBy(extractor, Codec.text());
    }

    /** Groups by any key; see {@link Codec} for what makes two keys equal. */
    public <K> KeyedStream<K, T> keyBy(Mapper<? super T, ? extends K> extractor, Codec<K> codec) {
        return new KeyedStream<>(plan.then(
                Operator.KeyBy.class,
                "keyBy",
                n -> new Operator.KeyBy(n, Erased.<Object>mapper(extractor), Erased.codec(codec))));
    }

    /** Ends the pipeline: elements go to {@code topic} under the key of the record they come from. */
    public Pipeline to(String topic, Codec<? super T> codec) {
        return plan.to(topic, codec);
    }

    /** Gives the last operator a name of its own instead of the derived one. */
    public EventStream<T> as(String name) {
        return new EventStream<>(plan.instead(Renamed.of(plan.last(), name)));
    }
}
