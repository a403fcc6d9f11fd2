package io.tidemill.groups;

import io.tidemill.log.TopicPartition;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to commit offsets for a group.
 *
 * @param memberId empty for administrators and consumers without group management
 * @param generationOrMemberEpoch -1 likewise
 * @param transactional whether it is a TxnOffsetCommit
 * @param requestVersion of OffsetCommit or TxnOffsetCommit; some errors depend on it
 * @param partitions that are committed
 */
public record OffsetCommitCheck(
        ClientInfo client,
        String groupId,
        String memberId,
        @Nullable String groupInstanceId,
        int generationOrMemberEpoch,
        boolean transactional,
        int requestVersion,
        Set<TopicPartition> partitions) {}
