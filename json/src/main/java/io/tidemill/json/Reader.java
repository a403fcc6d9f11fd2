package io.tidemill.json;

import java.io.IOException;

/** Makes a value of well-formed UTF-8. Thread-safe. */
@FunctionalInterface
interface Reader<T> {
    T read(byte[] bytes, int offset, int length) throws IOException;
}
