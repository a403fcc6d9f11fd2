package io.tidemill.api;

import io.tidemill.api.plan.KeyedFunction;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Operator.Kept;
import io.tidemill.api.process.CoProcessFunction;
import io.tidemill.api.process.ProcessOptions;
import java.util.List;

/** Two streams keyed alike, whose elements meet in the state of one function. Immutable. */
public final class ConnectedStreams<K, A, B> {
    private final Plan first;
    private final Plan second;

    ConnectedStreams(Plan first, Plan second) {
        this.first = first;
        this.second = second;
    }

    /** @param codec for operators behind it that keep elements */
    public <R> EventStream<R> process(CoProcessFunction<K, ? super A, ? super B, R> function, Codec<R> codec) {
        return process(function, codec, ProcessOptions.defaults());
    }

    /** @param codec for operators behind it that keep elements */
    public <R> EventStream<R> process(
            CoProcessFunction<K, ? super A, ? super B, R> function, Codec<R> codec, ProcessOptions options) {
        Operator.Processed operator = new Operator.Processed(
                "process",
                KeyedFunction.of(Erased.function(function)),
                options,
                List.of(new Kept(first.codec), new Kept(second.codec)),
                List.of());
        return new EventStream<>(Plan.join(operator, codec, List.of(first, second)));
    }
}
