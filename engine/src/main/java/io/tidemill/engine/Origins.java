package io.tidemill.engine;

import io.tidemill.api.DeadLetter;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Row;
import io.tidemill.engine.RowOutput.RowId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Where rows come from, as bytes that no two rows of an operator share. */
final class Origins {
    /** Of the origin of an element that a record became; those of results are longer. */
    private static final int RECORD_BYTES = 3 * Integer.BYTES + Long.BYTES;

    private Origins() {}

    /** @param number which of the elements that the record becomes for the operator */
    static byte[] of(SourcePlan source, int partition, long offset, int number) {
        return ByteBuffer.allocate(RECORD_BYTES)
                .putInt(source.topicHash)
                .putInt(partition)
                .putLong(offset)
                .putInt(number)
                .array();
    }

    /** The record that the row was made of; empty if it was another operator's result. */
    static Optional<DeadLetter.Origin> find(List<SourcePlan> sources, Row row) {
        ByteBuffer origin = ByteBuffer.wrap(row.origin());
        if (origin.remaining() != RECORD_BYTES) {
            return Optional.empty();
        }
        int topicHash = origin.getInt();
        int partition = origin.getInt();
        long offset = origin.getLong();
        return sources.stream()
                .filter(source -> source.topicHash == topicHash)
                .findFirst()
                .map(source -> new DeadLetter.Origin(source.topic(), partition, offset, row.timeMillis()));
    }

    /**
     * @param stage the operator's {@link Cursor.Stage#originId}
     * @param sequence of results without a window, which follow one another under one key
     * @param number which of the elements that the result becomes for the operator
     */
    static byte[] of(int stage, RowId row, long sequence, int number) {
        Window window = row.window();
        ByteBuffer origin = ByteBuffer.allocate(3 * Integer.BYTES + 2 * Long.BYTES + row.key().length + row.id().length)
                .putInt(stage)
                .putLong(window == null ? sequence : window.startMillis())
                .putLong(window == null ? row.timeMillis() : window.endMillis())
                .putInt(row.key().length)
                .put(row.key())
                .put(row.id())
                .putInt(number);
        return origin.array();
    }
}
