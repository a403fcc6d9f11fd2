package io.tidemill.api;

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

    static Condition<Object> condition(Condition<?> condition) {
        return (Condition<Object>) condition;
    }

    static Aggregate<Object, Object, Object> aggregate(Aggregate<?, ?, ?> aggregate) {
        return (Aggregate<Object, Object, Object>) aggregate;
    }

    static Aggregate.Joiner<@Nullable Object, @Nullable Object, Object> joiner(Aggregate.Joiner<?, ?, ?> joiner) {
        return (Aggregate.Joiner<@Nullable Object, @Nullable Object, Object>) joiner;
    }
}
