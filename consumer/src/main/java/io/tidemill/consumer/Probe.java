package io.tidemill.consumer;

import org.jspecify.annotations.Nullable;

/** Is told where a consumer is; tests stop or kill it there. */
@FunctionalInterface
interface Probe {
    /** The places between which a crash makes a difference. */
    enum Point {
        POLLED,
        BEFORE_HANDLE,
        AFTER_HANDLE,
        BEFORE_COMMIT,
        /** With Kafka transactions: output is sent, offsets are not. */
        OUTPUT_SENT,
        /** In transactions: the offset is in it, and it is not committed. */
        OFFSET_STORED,
        AFTER_COMMIT,
        REVOKING,
        REVOKED,
        LOST,
        ASSIGNED
    }

    /** Called on the thread that is there. */
    void reached(Point point, @Nullable Object where);
}
