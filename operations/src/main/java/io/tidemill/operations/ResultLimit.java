package io.tidemill.operations;

import io.tidemill.log.TopicConfig;

/** How large a result may be. */
record ResultLimit(int recordBytesMax) {
    /** What a record takes beside its key and value, as the engine reckons it. */
    private static final int OVERHEAD_BYTES = 256;

    static ResultLimit of(TopicConfig results) {
        return new ResultLimit(results.recordBytesMax());
    }

    boolean holds(int keyBytes, int valueBytes) {
        return (long) keyBytes + valueBytes + OVERHEAD_BYTES <= recordBytesMax;
    }
}
