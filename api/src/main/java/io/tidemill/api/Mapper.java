package io.tidemill.api;

import java.io.Serializable;

/**
 * A user function from {@code T} to {@code R}. Called from any lane, so it must be thread-safe; what it throws becomes a
 * dead letter of class {@link FailureClass#CODE}.
 */
@FunctionalInterface
public interface Mapper<T, R> extends Serializable {
    R apply(T value) throws Exception;
}
