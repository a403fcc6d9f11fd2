package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of the elements of one operator. A part of the counts may be negative: a correction takes back what it finds
 * to be otherwise. Not thread-safe.
 */
final class OperatorCounts {
    private long in;
    private long out;
    private final SortedMap<String, Long> dropped = new TreeMap<>();

    /** Elements that it was given. */
    long in() {
        return in;
    }

    /** Results that stand. */
    long out() {
        return out;
    }

    /** Elements that are in no result, by the reason why. */
    SortedMap<String, Long> dropped() {
        return Collections.unmodifiableSortedMap(dropped);
    }

    void in(long count) {
        in += count;
    }

    void out(long count) {
        out += count;
    }

    void dropped(String reason, long count) {
        if (count != 0) {
            dropped.merge(reason, count, OperatorCounts::sumOrNothing);
        }
    }

    @SuppressWarnings("NullAway") // null removes the reason from the map
    private static Long sumOrNothing(long left, long right) {
        return left + right == 0 ? null : Long.valueOf(left + right);
    }

    /** Adds what {@code part} has counted, and empties it. */
    void take(OperatorCounts part) {
        in += part.in;
        out += part.out;
        part.dropped.forEach(this::dropped);
        part.in = 0;
        part.out = 0;
        part.dropped.clear();
    }

    void write(ByteSink sink) {
        sink.writeVarlong(in);
        sink.writeVarlong(out);
        sink.writeVarint(dropped.size());
        dropped.forEach((reason, count) -> {
            sink.writeText(reason);
            sink.writeVarlong(count);
        });
    }

    static OperatorCounts read(ByteSource source) {
        OperatorCounts counts = new OperatorCounts();
        counts.in = source.readVarlong();
        counts.out = source.readVarlong();
        for (int i = source.readVarint(); i > 0; i--) {
            counts.dropped(source.readText(), source.readVarlong());
        }
        return counts;
    }
}
