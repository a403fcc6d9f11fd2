package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import java.util.HashMap;
import java.util.Map;

/** What a pipeline's state says of its operators, for those who count its records and decode none. Thread-safe. */
public final class StateRecords {
    private StateRecords() {}

    /** What stands for the operator in keys; by each of the names that it had it was another. */
    public static int operatorId(String name) {
        return StateFormat.operatorId(name);
    }

    /**
     * Windows of an operator whose end and allowed lateness are not after this have closed, by {@link #operatorId}; under 0
     * where an earlier version, which knew one operator, has written it.
     *
     * @param position the value of a record that says how far the pipeline has come
     */
    public static Map<Integer, Long> closedUpTo(ByteSource position) {
        Map<Integer, Long> closed = new HashMap<>();
        Cursor.read(position).stages.forEach(stage -> closed.put(stage.operatorId, stage.closedUpTo));
        return closed;
    }
}
