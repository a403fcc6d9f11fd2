package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that a client did outside of the coordinator.
 *
 * @param host as in {@link ClientInfo}
 * @param partition one of the partitions it was about, to tell apart members with the same client id; null if unknown
 */
public record ClientActivity(
        Kind kind,
        String clientId,
        String host,
        String connectionId,
        Instant at,
        @Nullable TopicPartition partition) {
    /** What it did. */
    public enum Kind {
        FETCH
    }
}
