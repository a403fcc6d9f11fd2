package io.tidemill.json;

import io.tidemill.api.Codec;
import io.tidemill.api.Result;

/**
 * Codecs for JSON.
 *
 * <p>Reading is strict, so that what was sent is what is seen, or an error:
 *
 * <ul>
 *   <li>The bytes are well-formed UTF-8 and hold one value, which is not {@code null}, and nothing after it but white space.
 *   <li>A field that the type does not know is skipped. A field given twice is an error, even in what is skipped.
 *   <li>A text is no number and a number is no text; {@code 1.0} is no {@code int}; a number that does not fit is an error.
 *       NaN and the infinities are the texts {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}.
 *   <li>A record's component that is missing is null, as if it were given as {@code null}; if it is primitive, that is an
 *       error. Its constructor is always called. (A bean's field that is missing keeps what the bean gave it.)
 *   <li>{@code java.time} is ISO-8601 text; an {@link java.time.Instant} may also be a whole number of milliseconds since
 *       the epoch. An enum's constant is its exact name.
 *   <li>A value is at most 1,000 deep; a number has at most 1,000 digits, a text 20 million characters, a field's name
 *       2,000. The input never names a class.
 * </ul>
 *
 * <p>Writing gives a record's components in their order and nothing else, so equal records have equal bytes if their
 * components do; a codec of records can be a codec of keys.
 *
 * <p>A record of texts, numbers, booleans, enums, UUIDs and {@code java.time} is read about twice as fast as what needs
 * Jackson's data binding: beans, and records with other components or with Jackson's annotations other than a plain
 * {@code @JsonProperty("name")}. It is read twice as fast again when it is written like others before it (the same names in
 * the same order, the same white space), if it is flat and its texts are ASCII without escapes. The rules are the same for
 * all. (The constructor of a record that it refuses is called twice.)
 *
 * <p>A type may be private. In a named module its package must be open ({@code opens some.events;}), unless the type and
 * what Jackson uses of it are public and the package is exported.
 */
public final class Json {
    private Json() {}

    /**
     * A codec for {@code type}. Throws {@link IllegalArgumentException} if {@code type} is a record whose constructor
     * cannot be called from here.
     */
    public static <T> Codec<T> of(Class<T> type) {
        return new JsonCodec<>(type);
    }

    /**
     * Writes results as objects with the fields {@code key}, {@code windowStart}, {@code windowEnd}, {@code revision} and
     * {@code value}, in this order; without a window, only {@code key} and {@code value}. The ends of the window are
     * ISO-8601 in UTC. This codec only encodes: {@code decode} throws {@link UnsupportedOperationException}.
     */
    public static <K, V> Codec<Result<K, V>> results() {
        return ResultCodec.instance();
    }
}
