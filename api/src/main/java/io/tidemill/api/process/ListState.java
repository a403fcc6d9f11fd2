package io.tidemill.api.process;

import io.tidemill.api.Codec;
import java.util.List;

/**
 * A list for the key at hand, in the order in which its elements were added. Adding writes the new element alone, so a long
 * list that grows is cheap. What is read is a copy. Valid during the call that it was got in.
 */
public interface ListState<T> {
    static <T> ListStateDescriptor<T> of(String name, Codec<T> codec) {
        return new ListStateDescriptor<>(name, codec, null);
    }

    /** Empty if there is none. */
    List<T> values();

    void add(T value);

    /** Puts others in place of all elements. */
    default void update(List<? extends T> values) {
        clear();
        values.forEach(this::add);
    }

    boolean isEmpty();

    void clear();
}
