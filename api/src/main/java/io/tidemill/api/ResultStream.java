package io.tidemill.api;

import io.tidemill.api.plan.Operator;
import java.util.List;

/** The results of an aggregate. Immutable. */
public final class ResultStream<K, R> {
    private static final int FORMER_NAMES_MAX = 100;

    private final Plan plan;

    private ResultStream(Plan plan) {
        this.plan = plan;
    }

    static <K, R> ResultStream<K, R> of(Plan plan, Aggregate<?, ?, R> aggregate) {
        return new ResultStream<>(plan.then(new Operator.Aggregated("aggregate", Erased.aggregate(aggregate)), null));
    }

    /** Gives the aggregate a name of its own instead of the derived one. */
    public ResultStream<K, R> as(String name) {
        return new ResultStream<>(plan.named(name));
    }

    /**
     * Names that the aggregate had before: the state that it kept under them stays its own. The names may go once a
     * savepoint has been restored under the new name. At most 100.
     */
    public ResultStream<K, R> formerly(String... names) {
        Operator.Aggregated aggregated = (Operator.Aggregated) plan.last();
        return new ResultStream<>(
                plan.instead(new Operator.Aggregated(aggregated.name(), aggregated.aggregate(), formerNames(names))));
    }

    static List<String> formerNames(String... names) {
        if (names.length > FORMER_NAMES_MAX) {
            throw new IllegalArgumentException("an operator has at most " + FORMER_NAMES_MAX + " former names");
        }
        for (String name : names) {
            Renamed.requireLegal(name);
        }
        return List.of(names);
    }

    /**
     * The results as elements, for operators behind the aggregate. Each is as old as its window's last millisecond, or as the
     * element that it answers. When a result is corrected, what was made of it is corrected, too: functions behind the
     * aggregate are called again with the former result, and must then return what they did before.
     *
     * @param codec of the results' values, for operators that keep them
     */
    public EventStream<Result<K, R>> results(Codec<R> codec) {
        return new EventStream<>(plan.then(new Operator.Results("results"), new ResultCodec<>(keys(plan), codec)));
    }

    /** The same for operators that do not keep results as they are. */
    public EventStream<Result<K, R>> results() {
        return new EventStream<>(plan.then(new Operator.Results("results"), null));
    }

    @SuppressWarnings("unchecked") // the builder has checked the types
    private static <K> Codec<K> keys(Plan plan) {
        return plan.operator instanceof Operator.KeyBy keyBy
                ? (Codec<K>) (Codec<?>) keyBy.codec()
                : keys(plan.inputs.get(0));
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
        return plan.then(new Operator.MapResult("mapResult", ResultStream.erased(mapper)))
                .to(topic, codec);
    }

    @SuppressWarnings("unchecked") // the aggregate before it makes the results that the mapper takes
    private static Mapper<Result<Object, Object>, Object> erased(Mapper<?, ?> mapper) {
        return (Mapper<Result<Object, Object>, Object>) mapper;
    }
}
