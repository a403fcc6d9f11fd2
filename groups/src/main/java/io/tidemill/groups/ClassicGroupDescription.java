package io.tidemill.groups;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A classic group as it is now.
 *
 * @param protocolType empty for a group that only has offsets
 * @param protocolName empty unless the state is {@code STABLE}
 * @param leader null without members
 */
public record ClassicGroupDescription(
        String groupId,
        GroupState state,
        String protocolType,
        String protocolName,
        int generation,
        @Nullable String leader,
        List<Member> members)
        implements GroupDescription {
    /**
     * A member.
     *
     * @param metadata for the chosen protocol; empty unless the group is {@code STABLE}
     * @param assignment the newest that its leader brought; empty during a rebalance
     */
    public record Member(
            String memberId,
            @Nullable String groupInstanceId,
            ClientInfo client,
            Duration sessionTimeout,
            Duration rebalanceTimeout,
            byte[] metadata,
            byte[] assignment,
            MemberStatistics statistics) {}
}
