package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of an operator's elements. Every element that came in has had its turn, waits, or has failed before its turn.
 * A part of the counts may be negative: a correction takes back what it finds to be otherwise. Not thread-safe.
 */
final class OperatorCounts {
    /** Of duplicates. */
    static final String DUPLICATE = "duplicate";

    /** Of elements without a partner, where those are no results. */
    static final String UNMATCHED = "unmatched";

    /** Later revisions of another operator's results, which an operator cannot take that keeps what it has done. */
    static final String REVISION = "revision";

    /** Another operator's results for windows that closed longer ago than they are correctable for. */
    static final String FORGOTTEN = "forgotten";

    /** Of results under a tag that no stream begins with. */
    static final String NO_STREAM = "no stream";

    /** Elements that came, by all inputs. */
    long in;

    /** Of those, such as have had their turn, whatever became of them. */
    long done;

    /** Results, all revisions, side outputs too, but not such as take others back. */
    long out;

    /** Results taken back. */
    long retracted;

    /** Elements and timers that became dead letters. */
    long failed;

    private final TreeMap<String, Long> dropped = new TreeMap<>();

    void drop(String reason, long elements) {
        if (elements != 0) {
            dropped.merge(reason, elements, OperatorCounts::sumOrNothing);
        }
    }

    @SuppressWarnings("NullAway") // null removes the reason from the map
    private static Long sumOrNothing(long left, long right) {
        return left + right == 0 ? null : Long.valueOf(left + right);
    }

    /** Elements that have become nothing, and results that nobody takes, by reason. */
    SortedMap<String, Long> dropped() {
        return Collections.unmodifiableSortedMap(dropped);
    }

    /** Adds what {@code other} has counted, and makes it begin again. */
    void take(OperatorCounts other) {
        in += other.in;
        done += other.done;
        out += other.out;
        retracted += other.retracted;
        failed += other.failed;
        other.dropped.forEach(this::drop);
        other.clear();
    }

    private void clear() {
        in = 0;
        done = 0;
        out = 0;
        retracted = 0;
        failed = 0;
        dropped.clear();
    }

    void write(ByteSink sink) {
        sink.writeVarlong(in);
        sink.writeVarlong(done);
        sink.writeVarlong(out);
        sink.writeVarlong(retracted);
        sink.writeVarlong(failed);
        sink.writeVarint(dropped.size());
        dropped.forEach((reason, elements) -> {
            sink.writeText(reason);
            sink.writeVarlong(elements);
        });
    }

    static OperatorCounts read(ByteSource source) {
        OperatorCounts counts = new OperatorCounts();
        counts.in = source.readVarlong();
        counts.done = source.readVarlong();
        counts.out = source.readVarlong();
        counts.retracted = source.readVarlong();
        counts.failed = source.readVarlong();
        for (int i = source.readVarint(); i > 0; i--) {
            counts.drop(source.readText(), source.readVarlong());
        }
        return counts;
    }
}
