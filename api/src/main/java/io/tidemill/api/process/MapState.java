package io.tidemill.api.process;

import io.tidemill.api.Codec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map for the key at hand; an entry is read and written by itself. What is read is a copy. Valid during the call that it
 * was got in.
 */
public interface MapState<A, B> {
    static <A, B> MapStateDescriptor<A, B> of(String name, Codec<A> keyCodec, Codec<B> valueCodec) {
        return new MapStateDescriptor<>(name, keyCodec, valueCodec, null);
    }

    /** Null if there is none. */
    @Nullable
    B get(A key);

    default boolean contains(A key) {
        return get(key) != null;
    }

    void put(A key, B value);

    void remove(A key);

    /** All entries, in the order of their keys' encoded bytes (unsigned): the same on every machine. */
    Map<A, B> entries();

    boolean isEmpty();

    void clear();
}
