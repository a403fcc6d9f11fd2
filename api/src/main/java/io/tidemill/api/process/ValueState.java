package io.tidemill.api.process;

import io.tidemill.api.Codec;
import org.jspecify.annotations.Nullable;

/**
 * One value for the key at hand. What is read is a copy: to change it, write it. Valid during the call that it was got in.
 */
public interface ValueState<T> {
    static <T> ValueStateDescriptor<T> of(String name, Codec<T> codec) {
        return new ValueStateDescriptor<>(name, codec, null);
    }

    /** Null if there is none. */
    @Nullable
    T value();

    default T valueOr(T other) {
        T known = value();
        return known == null ? other : known;
    }

    void update(T value);

    void clear();
}
