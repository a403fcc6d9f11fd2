package io.tidemill.json;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The values of one record that is written as a {@link Layout} says. Used by one thread at a time. */
final class PlainValues {
    private static final byte[] NOTHING = {};
    private static final long TRUE = word("true");
    private static final long FALSE = word("false");
    private static final long NULL = word("null");
    private static final int WHOLE_DIGITS_MAX = 18;

    /** Of numbers that are exact as a double: they and a power of ten give the nearest double when divided. */
    private static final int DOUBLE_DIGITS_MAX = 15;

    private static final int FLOAT_DIGITS_MAX = 7;

    private static final long[] POWERS = powers();

    /** Kept beyond the record: only a {@link Idle soft reference} leads here, and the next record is mostly in the same. */
    private byte[] bytes = NOTHING;

    private final long[] numbers = new long[RecordShape.COMPONENTS_MAX + 1];
    private final int[] starts = new int[RecordShape.COMPONENTS_MAX + 1];

    /** Negative for null. */
    private final int[] ends = new int[RecordShape.COMPONENTS_MAX + 1];

    private final @Nullable Object[] objects = new @Nullable Object[RecordShape.COMPONENTS_MAX + 1];

    /** Of the number that was read last. */
    private long digits;

    private int digitCount;

    private static long[] powers() {
        long[] powers = new long[WHOLE_DIGITS_MAX + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.length; i++) {
            powers[i] = powers[i - 1] * 10;
        }
        return powers;
    }

    private static long word(String text) {
        return Words.at(text.getBytes(StandardCharsets.US_ASCII), 0);
    }

    /** Whether {@code source[offset .. end)} is laid out like that, with plain values: no escape, no exponent. */
    boolean read(Layout layout, PlainKind[] kinds, byte[] source, int offset, int end) {
        if (bytes != source) {
            // A reference that is written for each record costs a barrier.
            bytes = source;
        }
        int[] components = layout.components;
        int at = offset;
        for (int i = 0; i < components.length; i++) {
            at = layout.skipTo(i, source, at);
            if (at < 0 || at >= end) {
                return false;
            }
            at = value(components[i], kinds[components[i]], at, end);
            if (at < 0) {
                return false;
            }
        }
        for (int component : layout.absent) {
            setNull(component);
        }
        return layout.skipTo(components.length, source, at) == end;
    }

    long number(int component) {
        return numbers[component];
    }

    double doubleNumber(int component) {
        return Double.longBitsToDouble(numbers[component]);
    }

    float floatNumber(int component) {
        return Float.intBitsToFloat((int) numbers[component]);
    }

    boolean bool(int component) {
        return numbers[component] != 0;
    }

    @Nullable
    String text(int component) {
        int end = ends[component];
        int start = starts[component];
        return end < 0 ? null : new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    @Nullable
    Object object(int component) {
        return objects[component];
    }

    private void setNull(int component) {
        ends[component] = -1;
        objects[component] = null;
    }

    /** Reads the value at {@code at}; returns where it ends, or -1 if it is not a plain one of its kind. */
    private int value(int component, PlainKind kind, int at, int end) {
        byte first = bytes[at];
        if (first == 'n') {
            return kind.nullable() ? nothing(component, at) : -1;
        }
        return switch (kind.form()) {
            case TEXT -> text(component, kind, at, end);
            case WHOLE -> whole(component, kind, at);
            case WHOLE_OR_TEXT -> first == '"' ? text(component, kind, at, end) : whole(component, kind, at);
            case DOUBLE, FLOAT -> fraction(component, kind, at);
            case BOOLEAN -> bool(component, kind, at);
            case ANY -> any(component, kind, at, end);
        };
    }

    private int nothing(int component, int at) {
        setNull(component);
        return (int) Words.at(bytes, at) == (int) NULL ? at + 4 : -1;
    }

    private int text(int component, PlainKind kind, int at, int end) {
        if (bytes[at] != '"') {
            return -1;
        }
        int next = at + 1;
        int count = Long.BYTES;
        while (next < end && count == Long.BYTES) {
            count = Words.plainCount(Words.at(bytes, next));
            next += count;
        }
        if (next >= end || bytes[next] != '"') {
            return -1;
        }
        starts[component] = at + 1;
        ends[component] = next;
        PlainKind.Parser parser = kind.parser();
        return parser == null || parse(component, parser) ? next + 1 : -1;
    }

    private boolean parse(int component, PlainKind.Parser parser) {
        String text =
                new String(bytes, starts[component], ends[component] - starts[component], StandardCharsets.ISO_8859_1);
        try {
            Object parsed = parser.parse(text);
            objects[component] = parsed;
            return parsed != null;
        } catch (RuntimeException e) {
            return false; // Jackson's reader says what is wrong
        }
    }

    private int whole(int component, PlainKind kind, int at) {
        boolean negative = bytes[at] == '-';
        int end = natural(negative ? at + 1 : at);
        long value = negative ? -digits : digits;
        if (end < 0 || digitCount > WHOLE_DIGITS_MAX || value < kind.min() || value > kind.max()) {
            return -1;
        }
        return isMinusZero(negative) ? -1 : put(component, kind, value, end);
    }

    private boolean isMinusZero(boolean negative) {
        return negative && digits == 0;
    }

    private int fraction(int component, PlainKind kind, int at) {
        boolean negative = bytes[at] == '-';
        int point = natural(negative ? at + 1 : at);
        if (point < 0) {
            return -1;
        }
        int end = point;
        int decimals = 0;
        if (point < bytes.length && bytes[point] == '.') {
            int before = digitCount;
            end = moreDigits(point + 1);
            decimals = digitCount - before;
        } else if (isMinusZero(negative)) {
            return -1;
        }
        if (end == point + 1) {
            return -1; // no digit behind the point
        }
        if (kind.form() == PlainKind.Form.DOUBLE) {
            double value = (double) digits / POWERS[Math.min(decimals, WHOLE_DIGITS_MAX)];
            long bits = Double.doubleToRawLongBits(negative ? -value : value);
            return digitCount > DOUBLE_DIGITS_MAX ? -1 : put(component, kind, bits, end);
        }
        float value = (float) digits / POWERS[Math.min(decimals, WHOLE_DIGITS_MAX)];
        long bits = Float.floatToRawIntBits(negative ? -value : value);
        return digitCount > FLOAT_DIGITS_MAX ? -1 : put(component, kind, bits, end);
    }

    private int bool(int component, PlainKind kind, int at) {
        long word = Words.at(bytes, at);
        if ((int) word == (int) TRUE) {
            return put(component, kind, 1, at + 4);
        }
        return ((word ^ FALSE) & 0xFF_FFFF_FFFFL) == 0 ? put(component, kind, 0, at + 5) : -1;
    }

    private int any(int component, PlainKind kind, int at, int end) {
        return switch (bytes[at]) {
            case '"' -> text(component, kind, at, end);
            case 't', 'f' -> bool(component, kind, at);
            default -> skipNumber(at);
        };
    }

    private int skipNumber(int at) {
        int point = natural(bytes[at] == '-' ? at + 1 : at);
        if (point < 0 || point >= bytes.length || bytes[point] != '.') {
            return digitCount > WHOLE_DIGITS_MAX ? -1 : point;
        }
        int end = moreDigits(point + 1);
        return end == point + 1 || digitCount > WHOLE_DIGITS_MAX ? -1 : end;
    }

    private int put(int component, PlainKind kind, long bits, int end) {
        numbers[component] = bits;
        if (kind.boxed() != null) {
            objects[component] = kind.boxed().apply(bits);
        }
        return end;
    }

    /** Reads digits, but no zero before another; returns where they end, or -1 if there are none. */
    private int natural(int at) {
        digits = 0;
        digitCount = 0;
        int end = moreDigits(at);
        boolean isWritten = digitCount == 1 || (digitCount > 1 && bytes[at] != '0');
        return isWritten ? end : -1;
    }

    private int moreDigits(int at) {
        int next = at;
        int count;
        do {
            long word = Words.at(bytes, next);
            count = Words.digitCount(word);
            if (count > 0) {
                digits = digits * POWERS[count] + Words.number(word, count);
            }
            next += count;
        } while (count == Long.BYTES && next - at <= WHOLE_DIGITS_MAX);
        digitCount += next - at;
        return next;
    }
}
