package io.tidemill.api.process;

import java.io.Serializable;
import java.util.List;

/**
 * A {@link ProcessFunction} of two streams, whose elements of the same key meet in the same state. In event-time order, and at
 * the same millisecond, elements of the first stream come before those of the second.
 */
public interface CoProcessFunction<K, A, B, R> extends Serializable {
    void processFirst(A element, ProcessContext<K, R> context) throws Exception;

    void processSecond(B element, ProcessContext<K, R> context) throws Exception;

    /** As {@link ProcessFunction#onTimer}. */
    default void onTimer(Timer timer, ProcessContext<K, R> context) throws Exception {}

    /** As {@link ProcessFunction#states}. */
    default List<StateDescriptor> states() {
        return List.of();
    }

    /** As {@link ProcessFunction#outputs}. */
    default List<OutputTag<?>> outputs() {
        return List.of();
    }
}
