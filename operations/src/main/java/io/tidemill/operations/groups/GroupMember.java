package io.tidemill.operations.groups;

import io.tidemill.log.TopicPartition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member as the coordinator knows it.
 *
 * @param instanceId of a static member
 * @param assignment sorted
 */
public record GroupMember(
        String memberId, @Nullable String instanceId, String clientId, String host, List<TopicPartition> assignment) {}
