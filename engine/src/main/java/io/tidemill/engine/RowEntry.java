package io.tidemill.engine;

import java.util.Arrays;
import java.util.Comparator;

/** A row that waits for its turn. Its accumulator is its value's bytes; {@code reopened} says that it is behind. */
final class RowEntry extends Entry {
    /** As {@link io.tidemill.api.plan.Row#ORDER}. */
    static final Comparator<RowEntry> ORDER = Comparator.<RowEntry>comparingLong(row -> row.window.startMillis())
            .thenComparing(row -> row.part, Arrays::compareUnsigned);

    /** Input and origin, in this order, as {@link RowKeys#ofRow} has them. */
    final byte[] part;

    RowEntry(byte[] key, int hash, long timeMillis, byte[] part, byte[] value) {
        super(StateFormat.ROW, key, hash, RowKeys.at(timeMillis), value);
        this.part = part;
    }

    long timeMillis() {
        return window.startMillis();
    }

    int input() {
        return part[0];
    }

    byte[] bytes() {
        return (byte[]) accumulator;
    }
}
