package io.tidemill.api;

import io.tidemill.api.plan.KeyedFunction;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.Kept;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.ProcessOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /**
     * Gives each element to a function that keeps state and timers for its key, in the order of event time. What the function
     * emits happens when the element did, or the timer.
     *
     * @param codec for operators behind it that keep elements
     */
    public <R> EventStream<R> process(ProcessFunction<K, ? super T, R> function, Codec<R> codec) {
        return process(function, codec, ProcessOptions.defaults());
    }

    /** The same with a say in the order, and in the bounds. */
    public <R> EventStream<R> process(
            ProcessFunction<K, ? super T, R> function, Codec<R> codec, ProcessOptions options) {
        Operator.Processed operator = new Operator.Processed(
                "process",
                KeyedFunction.of(Erased.function(function)),
                options,
                List.of(new Kept(plan.codec)),
                List.of());
        return new EventStream<>(plan.then(operator, codec));
    }

    /** This stream and another, keyed alike, as the inputs of one function. */
    public <B> ConnectedStreams<K, T, B> connect(KeyedStream<K, B> other) {
        return new ConnectedStreams<>(plan, other.plan);
    }

    /** Brings elements of this stream together with those of another that have the same key; this one is the left side. */
    public <R> JoinBuilder<K, T, R> join(KeyedStream<K, R> right) {
        return new JoinBuilder<>(plan, right.plan);
    }

    /** Each element with what the table had under its key when it happened. */
    public <V> Enrichment<K, T, V> enrich(Table<K, V> table) {
        return table.enriching(plan);
    }

    /**
     * Of the elements of a key that have the same id, the first passes, by event time; others pass only if they happened more
     * than {@code bound} after the one that passed last. The others are counted as duplicates.
     *
     * @param bound 1 ms to 36,500 days
     */
    public <I> EventStream<T> deduplicate(Mapper<? super T, ? extends I> id, Codec<I> idCodec, Duration bound) {
        return deduplicated(Erased.<Object>mapper(id), Erased.codec(idCodec), bound);
    }

    EventStream<T> deduplicated(@Nullable Mapper<Object, Object> id, Codec<Object> idCodec, Duration bound) {
        Durations.requireSpan("the bound of deduplicate", bound);
        return new EventStream<>(plan.then(
                new Operator.Deduplicate("deduplicate", id, idCodec, bound, List.of(new Kept(plan.codec)), List.of())));
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
