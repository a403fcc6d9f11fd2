package io.tidemill.json;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The simple types. */
final class Scalars {
    private static final String TIME = "a time in ISO-8601";
    private static final Map<Class<?>, Scalar> BY_TYPE = Map.ofEntries(
            entry(String.class, parser -> text(parser, "a text", String.class)),
            entry(boolean.class, Scalars::bool),
            entry(Boolean.class, Scalars::bool),
            entry(byte.class, parser -> (byte) whole(parser, Byte.MIN_VALUE, Byte.MAX_VALUE, byte.class)),
            entry(Byte.class, parser -> (byte) whole(parser, Byte.MIN_VALUE, Byte.MAX_VALUE, Byte.class)),
            entry(short.class, parser -> (short) whole(parser, Short.MIN_VALUE, Short.MAX_VALUE, short.class)),
            entry(Short.class, parser -> (short) whole(parser, Short.MIN_VALUE, Short.MAX_VALUE, Short.class)),
            entry(int.class, parser -> whole(parser, int.class).getIntValue()),
            entry(Integer.class, parser -> whole(parser, Integer.class).getIntValue()),
            entry(long.class, parser -> whole(parser, long.class).getLongValue()),
            entry(Long.class, parser -> whole(parser, Long.class).getLongValue()),
            entry(float.class, parser -> floating(parser, float.class)),
            entry(Float.class, parser -> floating(parser, Float.class)),
            entry(double.class, parser -> doubling(parser, double.class)),
            entry(Double.class, parser -> doubling(parser, Double.class)),
            entry(BigInteger.class, parser -> whole(parser, BigInteger.class).getBigIntegerValue()),
            entry(BigDecimal.class, Scalars::decimal),
            entry(Instant.class, Scalars::instant));

    /** Types that are made of a text. */
    private static final Map<Class<?>, TextForm> TEXTS = Map.ofEntries(
            entry(Instant.class, new TextForm("an instant in ISO-8601 or a number of milliseconds", IsoInstant::parse)),
            entry(LocalDate.class, new TextForm("a date in ISO-8601", LocalDate::parse)),
            entry(LocalTime.class, new TextForm(TIME, LocalTime::parse)),
            entry(LocalDateTime.class, new TextForm(TIME, LocalDateTime::parse)),
            entry(OffsetTime.class, new TextForm(TIME, OffsetTime::parse)),
            entry(OffsetDateTime.class, new TextForm(TIME, OffsetDateTime::parse)),
            entry(ZonedDateTime.class, new TextForm(TIME, ZonedDateTime::parse)),
            entry(Duration.class, new TextForm("a duration in ISO-8601", Duration::parse)),
            entry(Period.class, new TextForm("a period in ISO-8601", Period::parse)),
            entry(UUID.class, new TextForm("a UUID of 36 characters", Scalars::uuid)));

    private record TextForm(String what, Function<String, ?> parse) {}

    private Scalars() {}

    /** Null if {@code type} is not simple. */
    static @Nullable Scalar of(Class<?> type) {
        if (type.isEnum() && !Annotations.anywhereOn(type)) {
            return constantOf(type);
        }
        Scalar scalar = BY_TYPE.get(type);
        return scalar == null && TEXTS.containsKey(type) ? parser -> parsed(parser, type) : scalar;
    }

    /** Null if {@code type} is not made of a text. */
    static PlainKind.@Nullable Parser parserOf(Class<?> type) {
        if (type.isEnum() && !Annotations.anywhereOn(type)) {
            return constants(type)::get;
        }
        TextForm form = TEXTS.get(type);
        return form == null ? null : form.parse::apply;
    }

    private static Map<String, Object> constants(Class<?> type) {
        Map<String, Object> constants = new HashMap<>();
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), constant);
        }
        return constants;
    }

    private static Scalar constantOf(Class<?> type) {
        Map<String, Object> constants = constants(type);
        return parser -> {
            Object constant = constants.get(text(parser, "the name of a constant", type));
            if (constant == null) {
                throw Mismatch.expected("the name of a constant", type, parser);
            }
            return constant;
        };
    }

    private static Object bool(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw Mismatch.expected("a boolean", boolean.class, parser);
        }
        return token == JsonToken.VALUE_TRUE;
    }

    /** Checks that the parser is at a whole number, and returns the parser. */
    private static JsonParser whole(JsonParser parser, Class<?> type) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw Mismatch.expected("a whole number", type, parser);
        }
        return parser;
    }

    private static int whole(JsonParser parser, int min, int max, Class<?> type) throws IOException {
        int value = whole(parser, type).getIntValue();
        if (value < min || value > max) {
            throw Mismatch.expected("a number from " + min + " to " + max, type, parser);
        }
        return value;
    }

    private static JsonParser number(JsonParser parser, Class<?> type) throws IOException {
        return parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT ? parser : whole(parser, type);
    }

    private static double doubling(JsonParser parser, Class<?> type) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return notFinite(parser, type);
        }
        double value = number(parser, type).getDoubleValue();
        if (Double.isInfinite(value)) {
            throw Mismatch.expected("a number that fits a double", type, parser);
        }
        return value;
    }

    private static float floating(JsonParser parser, Class<?> type) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return (float) notFinite(parser, type);
        }
        float value = number(parser, type).getFloatValue();
        if (Float.isInfinite(value)) {
            throw Mismatch.expected("a number that fits a float", type, parser);
        }
        return value;
    }

    private static BigDecimal decimal(JsonParser parser) throws IOException {
        number(parser, BigDecimal.class);
        try {
            return parser.getDecimalValue();
        } catch (NumberFormatException e) { // its exponent has more than 32 bits
            throw Mismatch.expected("a number that fits a BigDecimal", BigDecimal.class, parser);
        }
    }

    /** What JSON has no numbers for is a text, as Jackson writes it. */
    private static double notFinite(JsonParser parser, Class<?> type) throws IOException {
        return switch (parser.getText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw Mismatch.expected("a number", type, parser);
        };
    }

    private static Object instant(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            return Instant.ofEpochMilli(parser.getLongValue());
        }
        return parsed(parser, Instant.class);
    }

    private static UUID uuid(String text) {
        UUID uuid = UUID.fromString(text);
        if (!uuid.toString().equalsIgnoreCase(text)) { // fromString takes shorter groups
            throw new IllegalArgumentException();
        }
        return uuid;
    }

    private static String text(JsonParser parser, String what, Class<?> type) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw Mismatch.expected(what, type, parser);
        }
        return parser.getText();
    }

    private static Object parsed(JsonParser parser, Class<?> type) throws IOException {
        TextForm form = Objects.requireNonNull(TEXTS.get(type));
        String text = text(parser, form.what, type);
        try {
            return form.parse.apply(text);
        } catch (DateTimeException | IllegalArgumentException e) {
            throw Mismatch.expected(form.what, type, parser);
        }
    }
}
