package io.tidemill.api.process;

import io.tidemill.api.Codec;
import org.jspecify.annotations.Nullable;

/** Declares a {@link ListState}. */
public record ListStateDescriptor<T>(
        String name, Codec<T> codec, @Nullable Ttl ttl) implements StateDescriptor {
    public ListStateDescriptor {
        name = StateDescriptor.legal(name);
    }

    public ListStateDescriptor<T> withTtl(Ttl newTtl) {
        return new ListStateDescriptor<>(name, codec, newTtl);
    }

    @Override
    public String format() {
        return "list of " + codec.format();
    }
}
