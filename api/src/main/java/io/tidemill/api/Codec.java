package io.tidemill.api;

import java.io.Serializable;

/**
 * Turns values into bytes and back. Implementations are thread-safe. Two keys are equal when their encoded bytes are, so
 * a codec for keys must encode equal values to equal bytes.
 */
public interface Codec<T> extends Serializable {
    /**
     * The value in {@code bytes[offset .. offset + length)}. Keeps no reference to {@code bytes}. Whatever it throws means
     * that the bytes cannot be decoded: the record becomes a dead letter of class {@link FailureClass#DATA}.
     */
    T decode(byte[] bytes, int offset, int length) throws Exception;

    /** Appends the value's bytes to {@code sink}. */
    void encode(T value, ByteSink sink);

    /** The format in a word or two, as {@code explain} prints it. */
    String format();

    /** UTF-8; malformed input is an error, not a replacement character. */
    static Codec<String> text() {
        return Codecs.TEXT;
    }

    /** A whole number in eight bytes, big-endian. */
    static Codec<Long> int64() {
        return Codecs.INT64;
    }

    /** The bytes themselves. */
    static Codec<byte[]> bytes() {
        return Codecs.BYTES;
    }
}
