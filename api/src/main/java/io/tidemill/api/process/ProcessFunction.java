package io.tidemill.api.process;

import java.io.Serializable;
import java.util.List;

/**
 * What happens to each element of a key, with state and timers of that key. It keeps nothing in fields: it is called from
 * several threads, for one key by one at a time. When it throws, the element becomes a dead letter, and what the call had
 * done to state, timers and results is undone.
 *
 * <p>For results that do not differ from run to run it must be a function of what it is given; see {@link ProcessContext} for
 * what depends on timing.
 */
@FunctionalInterface
public interface ProcessFunction<K, T, R> extends Serializable {
    void process(T element, ProcessContext<K, R> context) throws Exception;

    /** Called when a timer goes off. Before another of the same key, all timers and elements of an earlier time have had their turn. */
    default void onTimer(Timer timer, ProcessContext<K, R> context) throws Exception {}

    /** All state that it keeps; the same list whenever it is asked. At most 100. */
    default List<StateDescriptor> states() {
        return List.of();
    }

    /** All streams of results beside the main one. At most 100. */
    default List<OutputTag<?>> outputs() {
        return List.of();
    }
}
