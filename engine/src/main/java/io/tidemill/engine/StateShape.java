package io.tidemill.engine;

import io.tidemill.engine.savepoint.SavepointException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What kept state depended on, taken apart.
 *
 * @param key the format of the keys; null where there are none
 * @param windowing null where there are no windows
 * @param operator the one that keeps the state; null if none does
 * @param format of its accumulators; null if there are none
 * @param codeKnown whether the code at hand is what kept it, so that its settings and its older records may be told by it
 */
record StateShape(
        String source,
        @Nullable String key,
        @Nullable String windowing,
        @Nullable String operator,
        @Nullable String format,
        boolean codeKnown) {
    private static final String FROM = "from ";
    private static final String KEY = "key ";
    private static final String BY = " by ";

    static StateShape of(String shape, @Nullable SimplePlan code) {
        StateShape known = code == null ? null : byCode(shape, code);
        return known == null ? parse(shape) : known;
    }

    /** The code says where a name ends and a format begins. */
    private static @Nullable StateShape byCode(String shape, SimplePlan code) {
        String key = code.keyBy == null ? null : code.keyBy.codec().format();
        String windowing =
                code.windowed == null ? null : code.windowed.windowing().describe();
        for (String name : code.stateNames()) {
            String prefix = code.shapeUpTo(name);
            if (shape.startsWith(prefix)) {
                return new StateShape(
                        code.from.topic().name(), key, windowing, name, shape.substring(prefix.length()), true);
            }
        }
        return code.aggregated == null && shape.equals(code.shape())
                ? new StateShape(code.from.topic().name(), key, null, null, null, true)
                : null;
    }

    private static StateShape parse(String shape) {
        String[] source = cut(shape);
        String[] key = cut(source[1]);
        boolean keyed = key[0].startsWith(KEY);
        if (!source[0].startsWith(FROM) || (!keyed && !source[1].isEmpty())) {
            throw unclear(shape);
        }
        String topic = source[0].substring(FROM.length());
        String keyFormat = keyed ? key[0].substring(KEY.length()) : null;
        if (key[1].isEmpty()) {
            return new StateShape(topic, keyFormat, null, null, null, false);
        }
        String[] window = isWindowing(key[1]) ? cut(key[1]) : new String[] {"", key[1]};
        int by = window[1].indexOf(BY);
        if (by <= 0) {
            throw unclear(shape);
        }
        return new StateShape(
                topic,
                keyFormat,
                window[0].isEmpty() ? null : window[0],
                window[1].substring(0, by),
                window[1].substring(by + BY.length()),
                false);
    }

    private static boolean isWindowing(String text) {
        return Stream.of("tumbling windows of ", "sliding windows of ", "cumulative windows of ", "sessions with ")
                .anyMatch(text::startsWith);
    }

    private static String[] cut(String text) {
        int end = text.indexOf("; ");
        return end < 0 ? new String[] {text, ""} : new String[] {text.substring(0, end), text.substring(end + 2)};
    }

    private static SavepointException unclear(String shape) {
        return new SavepointException("the state says of itself '" + shape
                + "', which cannot be understood without the code that kept it: name that code");
    }
}
