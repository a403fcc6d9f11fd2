package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.util.Map;

/**
 * Whether offsets may be committed.
 *
 * @param error of the request as a whole
 * @param partitionErrors of single partitions, where the request as a whole may go on
 */
public record OffsetCommitVerdict(GroupError error, Map<TopicPartition, GroupError> partitionErrors) {
    static OffsetCommitVerdict of(GroupError error) {
        return new OffsetCommitVerdict(error, Map.of());
    }
}
