package io.tidemill.api;

import java.io.Serializable;

/** A user predicate; thread-safety and errors as in {@link Mapper}. */
@FunctionalInterface
public interface Condition<T> extends Serializable {
    boolean test(T value) throws Exception;
}
