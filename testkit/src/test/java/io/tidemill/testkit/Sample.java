package io.tidemill.testkit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What flows through the pipelines of {@link StreamCase}. */
record Sample(@Nullable String key, long time, long amount, double weight) {
    /** Where {@link #instant} is beyond what milliseconds can say. */
    static final long LATEST = Long.MAX_VALUE;

    static final long EARLIEST = Long.MIN_VALUE;

    Instant instant() {
        return time == LATEST ? Instant.MAX : time == EARLIEST ? Instant.MIN : Instant.ofEpochMilli(time);
    }
}
