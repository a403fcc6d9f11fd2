package io.tidemill.operations.groups;

import java.time.Duration;
import java.time.Instant;

/** Where a group is to go on reading. */
public sealed interface ResetTarget {
    /** At the first record that is kept. */
    record Earliest() implements ResetTarget {}

    /** At what comes next. */
    record Latest() implements ResetTarget {}

    /** At the first record with this timestamp or a later one. */
    record Time(Instant at) implements ResetTarget {}

    /** So long before now, by the records' timestamps. */
    record Back(Duration by) implements ResetTarget {}

    /** At this offset in each partition, or at the nearest that there is. */
    record Offset(long offset) implements ResetTarget {}
}
