package io.tidemill.api;

import io.tidemill.api.plan.Joining;
import io.tidemill.api.process.CoProcessFunction;
import io.tidemill.api.process.ProcessFunction;
import org.jspecify.annotations.Nullable;

/** Forgets element types where the builder's own types have already checked them. */
@SuppressWarnings("unchecked")
final class Erased {
    private Erased() {}

    static Codec<Object> codec(Codec<?> codec) {
        return (Codec<Object>) codec;
    }

    static <R> Mapper<Object, R> mapper(Mapper<?, ? extends R> mapper) {
        return (Mapper<Object, R>) mapper;
    }

    static WatermarkGenerator<Object> generator(WatermarkGenerator<?> generator) {
        long[] initial = generator.initialState();
        if (initial.length > WatermarkGenerator.STATE_MAX) {
            throw new IllegalArgumentException("a watermark generator remembers at most " + WatermarkGenerator.STATE_MAX
                    + " numbers, not " + initial.length);
        }
        return (WatermarkGenerator<Object>) generator;
    }

    static Condition<Object> condition(Condition<?> condition) {
        return (Condition<Object>) condition;
    }

    static Aggregate<Object, Object, Object> aggregate(Aggregate<?, ?, ?> aggregate) {
        return (Aggregate<Object, Object, Object>) aggregate;
    }

    static Aggregate.Joiner<@Nullable Object, @Nullable Object, Object> joiner(Aggregate.Joiner<?, ?, ?> joiner) {
        return (Aggregate.Joiner<@Nullable Object, @Nullable Object, Object>) joiner;
    }

    static ProcessFunction<Object, Object, Object> function(ProcessFunction<?, ?, ?> function) {
        return (ProcessFunction<Object, Object, Object>) function;
    }

    static CoProcessFunction<Object, Object, Object, Object> function(CoProcessFunction<?, ?, ?, ?> function) {
        return (CoProcessFunction<Object, Object, Object, Object>) function;
    }

    static Joining joining(JoinFunction<?, ?, ?> joiner) {
        JoinFunction<@Nullable Object, @Nullable Object, Object> erased =
                (JoinFunction<@Nullable Object, @Nullable Object, Object>) joiner;
        return erased::join;
    }
}
