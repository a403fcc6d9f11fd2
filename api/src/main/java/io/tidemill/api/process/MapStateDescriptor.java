package io.tidemill.api.process;

import io.tidemill.api.Codec;
import org.jspecify.annotations.Nullable;

/** Declares a {@link MapState}. Two keys of it are equal when their encodings are. */
public record MapStateDescriptor<A, B>(
        String name,
        Codec<A> keyCodec,
        Codec<B> valueCodec,
        @Nullable Ttl ttl) implements StateDescriptor {
    public MapStateDescriptor {
        name = StateDescriptor.legal(name);
    }

    public MapStateDescriptor<A, B> withTtl(Ttl newTtl) {
        return new MapStateDescriptor<>(name, keyCodec, valueCodec, newTtl);
    }

    @Override
    public String format() {
        return "map of " + keyCodec.format() + " to " + valueCodec.format();
    }
}
