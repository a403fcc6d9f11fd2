package io.tidemill.json;

import java.time.Instant;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * How a component's value looks where it is written in the plainest way.
 *
 * @param min of a whole number
 * @param boxed makes an object of the bits of a number or boolean; null where they are the value
 * @param parser makes an object of a text; null where the text is the value
 */
record PlainKind(
        Form form,
        long min,
        long max,
        boolean nullable,
        @Nullable LongFunction<Object> boxed,
        @Nullable Parser parser) {
    enum Form {
        TEXT,
        WHOLE,
        WHOLE_OR_TEXT,
        DOUBLE,
        FLOAT,
        BOOLEAN,
        /** Any of them: it is skipped. */
        ANY
    }

    /** Makes a value of a text, and null or an exception of a wrong one. */
    @FunctionalInterface
    interface Parser {
        @Nullable
        Object parse(String text);
    }

    static final PlainKind SKIPPED = new PlainKind(Form.ANY, 0, 0, true, null, null);

    private static final Map<Class<?>, PlainKind> NUMBERS = Map.ofEntries(
            whole(byte.class, Byte.MIN_VALUE, Byte.MAX_VALUE, null),
            whole(short.class, Short.MIN_VALUE, Short.MAX_VALUE, null),
            whole(int.class, Integer.MIN_VALUE, Integer.MAX_VALUE, null),
            whole(long.class, Long.MIN_VALUE, Long.MAX_VALUE, null),
            whole(Byte.class, Byte.MIN_VALUE, Byte.MAX_VALUE, value -> (byte) value),
            whole(Short.class, Short.MIN_VALUE, Short.MAX_VALUE, value -> (short) value),
            whole(Integer.class, Integer.MIN_VALUE, Integer.MAX_VALUE, value -> (int) value),
            whole(Long.class, Long.MIN_VALUE, Long.MAX_VALUE, value -> value),
            number(boolean.class, Form.BOOLEAN, null),
            number(Boolean.class, Form.BOOLEAN, value -> value != 0),
            number(double.class, Form.DOUBLE, null),
            number(Double.class, Form.DOUBLE, Double::longBitsToDouble),
            number(float.class, Form.FLOAT, null),
            number(Float.class, Form.FLOAT, value -> Float.intBitsToFloat((int) value)));

    /** Null for a type that is left to Jackson. */
    static @Nullable PlainKind of(Class<?> type) {
        if (type == String.class) {
            return text(Form.TEXT, null, null);
        }
        Parser parse = Scalars.parserOf(type);
        if (type == Instant.class) {
            return text(Form.WHOLE_OR_TEXT, Instant::ofEpochMilli, parse);
        }
        return parse == null ? NUMBERS.get(type) : text(Form.TEXT, null, parse);
    }

    private static PlainKind text(Form form, @Nullable LongFunction<Object> boxed, @Nullable Parser parser) {
        return new PlainKind(form, Long.MIN_VALUE, Long.MAX_VALUE, true, boxed, parser);
    }

    private static Map.Entry<Class<?>, PlainKind> whole(
            Class<?> type, long min, long max, @Nullable LongFunction<Object> boxed) {
        return Map.entry(type, new PlainKind(Form.WHOLE, min, max, !type.isPrimitive(), boxed, null));
    }

    private static Map.Entry<Class<?>, PlainKind> number(
            Class<?> type, Form form, @Nullable LongFunction<Object> boxed) {
        return Map.entry(type, new PlainKind(form, 0, 0, !type.isPrimitive(), boxed, null));
    }
}
