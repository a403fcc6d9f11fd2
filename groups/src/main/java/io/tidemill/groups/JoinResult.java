package io.tidemill.groups;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link JoinRequest}.
 *
 * @param generation -1 with most errors
 * @param protocolName null with errors
 * @param leader the leader's member id; empty with errors
 * @param skipAssignment the leader need not assign: it gets its assignment by a SyncGroup without one
 * @param members for the leader only
 */
public record JoinResult(
        GroupError error,
        int generation,
        @Nullable String protocolType,
        @Nullable String protocolName,
        String leader,
        boolean skipAssignment,
        String memberId,
        List<JoinedMember> members) {
    /** A member as its leader sees it. */
    public record JoinedMember(String memberId, @Nullable String groupInstanceId, byte[] metadata) {}

    static JoinResult failed(GroupError error, String memberId) {
        return new JoinResult(error, -1, null, null, "", false, memberId, List.of());
    }
}
