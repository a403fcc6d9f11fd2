package io.tidemill.groups;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Members of a group leave, or are removed by an administrator.
 *
 * @param members more than one only from LeaveGroup 3 on
 */
public record LeaveRequest(ClientInfo client, String groupId, List<Leaving> members) {
    /**
     * One who leaves.
     *
     * @param memberId empty to remove whoever has the instance id
     * @param reason the client's own words; null where it gave none
     */
    public record Leaving(
            String memberId,
            @Nullable String groupInstanceId,
            @Nullable String reason) {}

    public LeaveRequest {
        members = List.copyOf(members);
    }
}
