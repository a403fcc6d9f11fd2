package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/**
 * Who wants to read a group's offsets.
 *
 * @param memberId null where the request names none; an empty one is a member that does not exist
 * @param memberEpoch -1 likewise
 */
public record OffsetFetchCheck(String groupId, @Nullable String memberId, int memberEpoch) {}
