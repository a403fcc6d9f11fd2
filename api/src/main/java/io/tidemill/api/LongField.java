package io.tidemill.api;

import java.io.Serializable;

/** Reads a whole number from a value; thread-safety and errors as in {@link Mapper}. */
@FunctionalInterface
public interface LongField<T> extends Serializable {
    long of(T value) throws Exception;
}
