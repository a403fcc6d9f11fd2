package io.tidemill.engine;

import io.tidemill.api.Window;
import io.tidemill.engine.RowOutput.RowId;
import java.nio.ByteBuffer;

/** Where rows come from, as bytes that no two rows of an operator share. */
final class Origins {
    private Origins() {}

    /** @param number which of the elements that the record becomes for the operator */
    static byte[] of(SourcePlan source, int partition, long offset, int number) {
        return ByteBuffer.allocate(3 * Integer.BYTES + Long.BYTES)
                .putInt(source.topicHash)
                .putInt(partition)
                .putLong(offset)
                .putInt(number)
                .array();
    }

    /**
     * @param sequence of results without a window, which follow one another under one key
     * @param number which of the elements that the result becomes for the operator
     */
    static byte[] of(StagePlan stage, RowId row, long sequence, int number) {
        Window window = row.window();
        ByteBuffer origin = ByteBuffer.allocate(3 * Integer.BYTES + 2 * Long.BYTES + row.key().length + row.id().length)
                .putInt(stage.operatorId)
                .putLong(window == null ? sequence : window.startMillis())
                .putLong(window == null ? row.timeMillis() : window.endMillis())
                .putInt(row.key().length)
                .put(row.key())
                .put(row.id())
                .putInt(number);
        return origin.array();
    }
}
