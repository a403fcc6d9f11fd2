package io.tidemill.api.plan;

import java.util.Arrays;
import java.util.Comparator;

/**
 * An element with its place, as operators see it that keep elements rather than fold them. Rows have one order, whatever the
 * order in which they arrived: by time, then by input, then by origin.
 *
 * @param input which of the operator's inputs it came by, from 0
 * @param timeMillis when it happened, since the epoch; {@link Long#MIN_VALUE} where nobody has said
 * @param origin where it comes from, as bytes that no other element of the operator has; not to be changed
 */
public record Row(int input, long timeMillis, byte[] origin, Object value) {
    /** By time, then by input, then by origin, byte by byte, unsigned. */
    public static final Comparator<Row> ORDER = Comparator.comparingLong(Row::timeMillis)
            .thenComparingInt(Row::input)
            .thenComparing(Row::origin, Arrays::compareUnsigned);

    @Override
    public boolean equals(Object other) {
        return other instanceof Row row
                && input == row.input
                && timeMillis == row.timeMillis
                && Arrays.equals(origin, row.origin)
                && value.equals(row.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(origin);
    }
}
