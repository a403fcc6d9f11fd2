package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.plan.Row;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * A row of a {@link RowSet}. Immutable.
 *
 * @param value encoded; null where the row has been taken back
 * @param widest the bytes of the largest value that it ever had: sizes are judged by that, so that they depend on the rows
 *     alone and not on the order in which their revisions came
 */
record KeptRow(int input, long timeMillis, byte[] origin, int revision, byte @Nullable [] value, int widest) {
    /** Larger elements are not kept: one of them would be too much for any state. */
    static final int VALUE_BYTES_MAX = 4 << 20;

    /** What a row takes beside its origin and value, roughly. */
    private static final int OVERHEAD_BYTES = 24;

    /** Two of which neither is before the other are the same row. */
    static final Comparator<KeptRow> IDENTITY =
            Comparator.comparingInt(KeptRow::input).thenComparing(KeptRow::origin, Arrays::compareUnsigned);

    /** As {@link Row#ORDER}. */
    static final Comparator<KeptRow> ORDER =
            Comparator.comparingLong(KeptRow::timeMillis).thenComparing(IDENTITY);

    /** Of what is known of one row, the greatest stands. */
    private static final Comparator<KeptRow> STANDING = Comparator.comparingInt(KeptRow::revision)
            .thenComparing(KeptRow::isLive)
            .thenComparingLong(KeptRow::timeMillis)
            .thenComparing(KeptRow::bytes, Arrays::compareUnsigned);

    private static final byte[] NOTHING = {};

    static KeptRow of(RowChange change, Codec<Object> codec) {
        Row row = change.row();
        ByteSink sink = new ByteSink(64);
        codec.encode(row.value(), sink);
        if (sink.size() > VALUE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "an element of " + sink.size() + " bytes is not kept; at most " + VALUE_BYTES_MAX + " are allowed");
        }
        return new KeptRow(
                row.input(),
                row.timeMillis(),
                row.origin(),
                change.revision(),
                change.isRetracted() ? null : sink.toByteArray(),
                sink.size());
    }

    boolean isLive() {
        return value != null;
    }

    /** None where it has been taken back. */
    byte[] bytes() {
        return value == null ? NOTHING : value;
    }

    long size() {
        return (long) origin.length + widest + OVERHEAD_BYTES;
    }

    /** Whether the row is there in both, and the same. */
    boolean hasSameContent(KeptRow other) {
        return timeMillis == other.timeMillis && isLive() && other.isLive() && Arrays.equals(bytes(), other.bytes());
    }

    /** What is known of the row when both are; they have the same identity. */
    KeptRow with(KeptRow other) {
        KeptRow standing = STANDING.compare(this, other) >= 0 ? this : other;
        int larger = Math.max(widest, other.widest);
        return standing.widest == larger
                ? standing
                : new KeptRow(input, standing.timeMillis, origin, standing.revision, standing.value, larger);
    }
}
