package io.tidemill.api;

import io.tidemill.api.plan.PartsChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Accumulators of {@code all(…)} as it was, with other parts. Immutable. */
final class OlderParts {
    private static final String OPEN = "all(";

    /** By name, in the order of their bytes. */
    private final Map<String, String> older;

    private OlderParts(Map<String, String> older) {
        this.older = older;
    }

    /** Null if the format is not one of {@code all(…)}, or its names make it ambiguous. */
    static @Nullable OlderParts of(String format) {
        if (!format.startsWith(OPEN) || !format.endsWith(")")) {
            return null;
        }
        Map<String, String> parts = new LinkedHashMap<>();
        for (String part : split(format.substring(OPEN.length(), format.length() - 1))) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? "" : part.substring(0, equals);
            if (name.isEmpty() || name.matches(".*[(),].*") || parts.put(name, part.substring(equals + 1)) != null) {
                return null;
            }
        }
        return new OlderParts(parts);
    }

    /** At the commas outside of all parentheses. */
    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            depth += each == '(' ? 1 : each == ')' ? -1 : 0;
            if (depth == 0 && text.startsWith(", ", i)) {
                parts.add(text.substring(start, i));
                start = i + 2;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }

    PartsChange change(Map<String, ? extends Aggregate<?, ?, ?>> parts) {
        PartsChange change = new PartsChange(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
        older.forEach((name, format) -> {
            Aggregate<?, ?, ?> part = parts.get(name);
            if (part != null && part.format().equals(format)) {
                change.kept().add(name);
            } else if (part != null && part.reads(format)) {
                change.evolved().add(name);
            } else if (BuiltIn.of(format) == null) {
                change.unreadable().add(name);
            } else {
                (part == null ? change.lost() : change.reset()).add(name);
            }
        });
        parts.keySet().stream().filter(name -> !older.containsKey(name)).forEach(change.added()::add);
        return change;
    }

    /** The accumulators of {@code parts}, by name. */
    Map<String, Object> read(ByteSource source, Map<String, ? extends Aggregate<?, Object, Object>> parts) {
        Map<String, Object> read = new LinkedHashMap<>();
        older.forEach((name, format) -> {
            Aggregate<?, Object, Object> part = parts.get(name);
            if (part != null && part.reads(format)) {
                read.put(name, part.read(source, format));
                return;
            }
            Aggregate<?, ?, ?> skipped = BuiltIn.of(format);
            if (skipped == null) {
                throw new IllegalArgumentException(
                        "the bytes of part '" + name + "' (" + format + ") can be neither read nor skipped");
            }
            skipped.read(source);
        });
        parts.forEach((name, part) -> read.computeIfAbsent(name, n -> part.create()));
        return read;
    }

    /** Aggregates that come with the library, for no more than to read past what they wrote. */
    private static final class BuiltIn {
        static @Nullable Aggregate<?, ?, ?> of(String format) {
            int end = format.indexOf('(');
            return switch (end < 0 ? format : format.substring(0, end)) {
                case "count" -> Aggregate.count();
                case "sum" -> Aggregate.sum(value -> 0);
                case "min" -> Aggregate.min(value -> 0);
                case "max" -> Aggregate.max(value -> 0);
                case "average" -> Aggregate.average(value -> 0);
                case "sumDouble" -> Aggregate.sumDouble(value -> 0);
                case "minDouble" -> Aggregate.minDouble(value -> 0);
                case "maxDouble" -> Aggregate.maxDouble(value -> 0);
                case "averageDouble" -> Aggregate.averageDouble(value -> 0);
                case "countDistinct" -> Aggregate.countDistinct(value -> new byte[0], Codec.bytes());
                case "mostFrequent" -> Aggregate.mostFrequent(value -> new byte[0], Codec.bytes(), 1);
                default -> null;
            };
        }
    }
}
