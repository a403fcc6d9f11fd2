package io.tidemill.api;

import io.tidemill.api.plan.Operator;

/** The results of an aggregate. Immutable. */
public final class ResultStream<K, R> {
    private final Plan plan;

    private ResultStream(Plan plan) {
        this.plan = plan;
    }

    static <K, R> ResultStream<K, R> of(Plan plan, Aggregate<?, ?, R> aggregate) {
        return new ResultStream<>(plan.then(
                Operator.Aggregated.class, "aggregate", n -> new Operator.Aggregated(n, Erased.aggregate(aggregate))));
    }

    /** Gives the aggregate a name of its own instead of the derived one. */
    public ResultStream<K, R> as(String name) {
        return new ResultStream<>(plan.instead(Renamed.of(plan.last(), name)));
    }

    /**
     * Ends the pipeline: results go to {@code topic}, which is compacted, under a key made of the key and the window, so
     * that a reader who keeps the newest record per key has the newest revision of every result.
     */
    public Pipeline to(String topic, Codec<? super Result<K, R>> codec) {
        return plan.to(topic, codec);
    }

    /** The same with a record of the user's own as the value. */
    public <V> Pipeline to(String topic, Mapper<? super Result<K, R>, ? extends V> mapper, Codec<V> codec) {
        return plan.then(
                        Operator.MapResult.class,
                        "mapResult",
                        n -> new Operator.MapResult(n, ResultStream.erased(mapper)))
                .to(topic, codec);
    }

    @SuppressWarnings("unchecked") // the aggregate before it makes the results that the mapper takes
    private static Mapper<Result<Object, Object>, Object> erased(Mapper<?, ?> mapper) {
        return (Mapper<Result<Object, Object>, Object>) mapper;
    }
}
