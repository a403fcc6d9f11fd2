package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Operators and durations in a few words. */
final class Wording {
    private Wording() {}

    static String of(Operator operator) {
        if (operator instanceof Operator.From from) {
            return "reads topic '" + from.topic().name() + "' as "
                    + from.topic().codec().format();
        } else if (operator instanceof Operator.Filter) {
            return "drops what does not meet a condition";
        } else if (operator instanceof Operator.Map) {
            return "makes another element of each";
        } else if (operator instanceof Operator.FlatMap) {
            return "makes any number of elements of each";
        } else if (operator instanceof Operator.EventTime time) {
            return (time.extractor() == null ? "takes the record's timestamp" : "takes the time from the element")
                    + "; the watermark is " + of(time.watermark().bound()) + " behind the newest of its partition";
        } else if (operator instanceof Operator.KeyBy keyBy) {
            return "groups by a key, encoded as " + keyBy.codec().format();
        } else if (operator instanceof Operator.Windowed windowed) {
            return "assigns to " + of(windowed.windowing());
        } else if (operator instanceof Operator.Aggregated aggregated) {
            return "folds with " + aggregated.aggregate().format();
        } else if (operator instanceof Operator.MapResult) {
            return "makes the output of each result";
        } else if (operator instanceof Operator.To to) {
            return "writes to topic '" + to.topic() + "' as " + to.codec().format();
        }
        throw new IllegalStateException("no words for " + operator);
    }

    static String of(Windowing windowing) {
        return windowing instanceof Tumbling tumbling
                ? "tumbling windows of " + of(tumbling.size())
                : windowing.describe();
    }

    /** An aggregate's format without its parts and settings: a user's class in full, unless it says more. */
    static String kindOf(Aggregate<?, ?, ?> aggregate) {
        String format = aggregate.format();
        int settings = format.indexOf('(');
        return settings > 0 ? format.substring(0, settings) : format;
    }

    /** Such as {@code 1 h 30 min}. */
    static String of(Duration duration) {
        List<String> parts = new ArrayList<>();
        add(parts, duration.toDays(), "d");
        add(parts, duration.toHoursPart(), "h");
        add(parts, duration.toMinutesPart(), "min");
        add(parts, duration.toSecondsPart(), "s");
        add(parts, duration.toMillisPart(), "ms");
        return parts.isEmpty() ? "0 s" : String.join(" ", parts);
    }

    private static void add(List<String> parts, long count, String unit) {
        if (count != 0) {
            parts.add(count + " " + unit);
        }
    }
}
