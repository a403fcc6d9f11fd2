package io.tidemill.api;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Makes one result of two elements. Called from any lane, so it must be thread-safe; what it throws becomes a dead letter of
 * class {@link FailureClass#CODE}. It must be a function of what it is given: a result that is no longer true is made again,
 * to take it back.
 */
@FunctionalInterface
public interface JoinFunction<L extends @Nullable Object, R extends @Nullable Object, V> extends Serializable {
    V join(L left, R right) throws Exception;
}
