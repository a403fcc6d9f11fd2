package io.tidemill.api.process;

import io.tidemill.api.Codec;
import java.io.Serializable;

/**
 * Names a stream of results beside the main one.
 *
 * @param name unique in its function; 1 to 100 characters
 * @param codec for operators behind it that keep elements
 */
public record OutputTag<X>(String name, Codec<X> codec) implements Serializable {
    public OutputTag {
        name = StateDescriptor.legal(name);
    }

    public static <X> OutputTag<X> of(String name, Codec<X> codec) {
        return new OutputTag<>(name, codec);
    }
}
