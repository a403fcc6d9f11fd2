package io.tidemill.groups;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link ConsumerHeartbeatRequest}.
 *
 * @param errorMessage for people; null without an error
 * @param memberId null with errors
 * @param assignment all that the member may own now; null if unchanged since the last answer
 */
public record ConsumerHeartbeatResult(
        GroupError error,
        @Nullable String errorMessage,
        @Nullable String memberId,
        int memberEpoch,
        Duration heartbeatInterval,
        @Nullable List<TopicIdPartitions> assignment) {
    static ConsumerHeartbeatResult failed(GroupError error, String message) {
        return new ConsumerHeartbeatResult(error, message, null, 0, Duration.ZERO, null);
    }
}
