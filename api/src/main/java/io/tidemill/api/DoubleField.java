package io.tidemill.api;

import java.io.Serializable;

/** Reads a floating-point number from a value; thread-safety and errors as in {@link Mapper}. */
@FunctionalInterface
public interface DoubleField<T> extends Serializable {
    double of(T value) throws Exception;
}
