package io.tidemill.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** JSON that is well-formed but not what the type needs. The messages show no payload. */
final class Mismatch {
    private Mismatch() {}

    /** Puts the parser at the start of the only value. */
    static void requireValue(Class<?> type, JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) {
            throw expected("a value", type, parser);
        }
    }

    /** The parser is at the end of the only value. */
    static void requireEnd(Class<?> type, JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw expected("nothing after the value", type, parser);
        }
    }

    static MismatchedInputException expected(String what, Class<?> type, JsonParser parser) {
        return MismatchedInputException.from(
                parser, type, "expected " + what + ", found " + describe(parser.currentToken()));
    }

    static MismatchedInputException nullPrimitive(Class<?> type, @Nullable JsonParser parser) {
        return MismatchedInputException.from(
                parser, type, "expected a value of type " + type.getName() + ", found null or no such field");
    }

    private static String describe(@Nullable JsonToken token) {
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a text";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> token.name();
        };
    }
}
