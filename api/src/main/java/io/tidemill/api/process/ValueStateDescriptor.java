package io.tidemill.api.process;

import io.tidemill.api.Codec;
import org.jspecify.annotations.Nullable;

/** Declares a {@link ValueState}. */
public record ValueStateDescriptor<T>(
        String name, Codec<T> codec, @Nullable Ttl ttl) implements StateDescriptor {
    public ValueStateDescriptor {
        name = StateDescriptor.legal(name);
    }

    public ValueStateDescriptor<T> withTtl(Ttl newTtl) {
        return new ValueStateDescriptor<>(name, codec, newTtl);
    }

    @Override
    public String format() {
        return "value of " + codec.format();
    }
}
