package io.tidemill.operations;

import io.tidemill.log.TopicConfig;

/** How large a result may be. */
final class ResultLimit {
    /** What the engine leaves of a record for what is not its value. */
    private static final int MARGIN_BYTES = 2 << 10;

    private ResultLimit() {}

    static int valueBytesMax(TopicConfig results) {
        return results.recordBytesMax() - MARGIN_BYTES;
    }
}
