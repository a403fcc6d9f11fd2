package io.tidemill.api;

import io.tidemill.api.plan.Operator;

/** Elements grouped by key. Immutable. */
public final class KeyedStream<K, T> {
    final Plan plan;

    KeyedStream(Plan plan) {
        this.plan = plan;
    }

    /** Needs an event time before it. */
    public WindowedStream<K, T> window(Windowing windowing) {
        return new WindowedStream<>(plan.then(new Operator.Windowed(
                "window", windowing, WindowedStream.LATENESS_DEFAULT, WindowedStream.CORRECTABLE_FOR_DEFAULT, null)));
    }

    /** A running aggregate: every element emits its key's new result. */
    public <R> ResultStream<K, R> aggregate(Aggregate<? super T, ?, R> aggregate) {
        return ResultStream.of(plan, aggregate);
    }

    /** Brings elements of this stream together with those of another that have the same key; this one is the left side. */
    public <R> JoinBuilder<K, T, R> join(KeyedStream<K, R> right) {
        return new JoinBuilder<>(plan, right.plan);
    }

    /** Ends the pipeline: elements go to {@code topic} under their new key. */
    public Pipeline to(String topic, Codec<? super T> codec) {
        return plan.to(topic, codec);
    }

    /** Gives the last operator a name of its own instead of the derived one. */
    public KeyedStream<K, T> as(String name) {
        return new KeyedStream<>(plan.named(name));
    }
}
