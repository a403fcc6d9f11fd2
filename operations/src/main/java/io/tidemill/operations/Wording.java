package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.Alignment;
import io.tidemill.api.Cumulative;
import io.tidemill.api.Early;
import io.tidemill.api.Session;
import io.tidemill.api.Sliding;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Windowing;
import io.tidemill.api.plan.Operator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
        } else if (!operator.kept().isEmpty()) {
            return ofKeeping(operator);
        } else if (operator instanceof Operator.Side side) {
            return "takes what is emitted as '" + side.tag() + "'";
        } else if (operator instanceof Operator.Table table) {
            return "reads topic '" + table.topic().name() + "' as a table, its keys encoded as "
                    + table.keyCodec().format();
        } else if (operator instanceof Operator.EventTime time) {
            return (time.extractor() == null ? "takes the record's timestamp" : "takes the time from the element")
                    + "; the watermark is " + of(time.watermark().bound()) + " behind "
                    + (time.generator() == null ? "the newest of its partition" : "what its generator says");
        } else if (operator instanceof Operator.KeyBy keyBy) {
            return "groups by a key, encoded as " + keyBy.codec().format();
        } else if (operator instanceof Operator.Windowed windowed) {
            return "assigns to " + of(windowed.windowing());
        } else if (operator instanceof Operator.Aggregated aggregated) {
            return "folds with " + aggregated.aggregate().format();
        } else if (operator instanceof Operator.Joined joined) {
            return "joins (" + joined.kind().name().toLowerCase(Locale.ROOT) + ") by key in " + of(joined.windowing());
        } else if (operator instanceof Operator.Union) {
            return "takes the elements of all of them, each as it is";
        } else if (operator instanceof Operator.Results) {
            return "makes elements of the results";
        } else if (operator instanceof Operator.MapResult) {
            return "makes the output of each result";
        } else if (operator instanceof Operator.To to) {
            return "writes to topic '" + to.topic() + "' as " + to.codec().format();
        }
        return "is of the kind " + operator.getClass().getSimpleName();
    }

    /** Of operators that keep elements as they are. */
    private static String ofKeeping(Operator operator) {
        if (operator instanceof Operator.Processed process) {
            return "gives each to a function with state and timers, in the order of "
                    + (process.needsEventTime() ? "event time" : "arrival");
        } else if (operator instanceof Operator.Deduplicate unique) {
            return "drops what has the id of an element up to " + of(unique.bound()) + " before";
        } else if (operator instanceof Operator.IntervalJoin join) {
            return "joins those of a key where the right one is from " + of(join.lower()) + " to " + of(join.upper())
                    + " after the left one";
        } else if (operator instanceof Operator.Enrich) {
            return "gives each the version of its key that the table had at its time";
        }
        throw new IllegalStateException("no words for " + operator);
    }

    static String of(Windowing windowing) {
        if (windowing instanceof AlignedWindowing aligned) {
            return spans(aligned) + of(aligned.alignment());
        }
        Session session = (Session) windowing;
        return "sessions that end after a pause of more than " + of(session.gap())
                + (session.maxDuration() == null ? "" : " and last at most " + of(session.maxDuration()));
    }

    private static String spans(AlignedWindowing windowing) {
        if (windowing instanceof Sliding sliding) {
            return "sliding windows of " + of(sliding.size()) + " every " + of(sliding.every());
        } else if (windowing instanceof Cumulative growing) {
            return "cumulative windows of " + of(growing.size()) + " in steps of " + of(growing.step());
        }
        return "tumbling windows of " + of(((Tumbling) windowing).size());
    }

    private static String of(Alignment alignment) {
        String offset = alignment.offset().isZero() ? "" : " offset by " + of(alignment.offset());
        return alignment instanceof Alignment.Zone zone ? " in " + zone.zone().getId() + offset : offset;
    }

    /** By what, beside the key, open windows keep accumulators, and for how long. */
    static String openState(Operator.Windowed windowed) {
        Windowing windowing = windowed.windowing();
        boolean shares = windowed.early() == null && windowed.allowedLateness().isZero();
        if (windowing instanceof Session) {
            return "session, until it is final";
        } else if (windowing instanceof Tumbling) {
            return "open window";
        }
        long windows = windowing instanceof Sliding sliding
                ? ceilDiv(sliding.size(), sliding.every())
                : ceilDiv(((Cumulative) windowing).size(), ((Cumulative) windowing).step());
        String many = windowing instanceof Sliding ? String.valueOf(windows) : "up to " + windows;
        return shares
                ? "slice of time that " + many + " windows share, until the last of them has closed"
                : "open window, and every element is in " + many
                        + " windows (without early results and allowed lateness" + " they would share slices of time)";
    }

    private static long ceilDiv(Duration size, Duration part) {
        return (size.toMillis() + part.toMillis() - 1) / part.toMillis();
    }

    static String of(Early early) {
        return early instanceof Early.Every every
                ? "an early result every " + of(every.period())
                : "an early result after every " + ((Early.Count) early).elements() + " elements of a key and window";
    }

    /** An aggregate's format without its parts and settings: a user's class in full, unless it says more. */
    static String kindOf(Aggregate<?, ?, ?> aggregate) {
        String format = aggregate.format();
        int settings = format.indexOf('(');
        return settings > 0 ? format.substring(0, settings) : format;
    }

    /** Such as {@code 1 slice}, {@code 20,000 slices}. */
    static String count(long count, String noun) {
        return count(count, noun, noun + "s");
    }

    static String count(long count, String one, String many) {
        return String.format(Locale.ROOT, "%,d", count) + " " + (count == 1 ? one : many);
    }

    static String bytes(long bytes) {
        return bytes < 1024
                ? bytes + " bytes"
                : bytes < 1 << 20
                        ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
                        : String.format(Locale.ROOT, "%,.1f MiB", bytes / (1024.0 * 1024));
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
