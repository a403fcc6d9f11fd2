package io.tidemill.groups;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member of a classic group asks for a place in the next generation.
 *
 * @param memberId empty on the first attempt
 * @param groupInstanceId null for a dynamic member
 * @param protocols in the order of preference; the metadata are opaque
 * @param reason the client's own words; null or empty where it gave none
 * @param requireKnownMemberId whether a new dynamic member is first told its id (JoinGroup 4 and later)
 * @param supportsSkipAssignment whether {@link JoinResult#skipAssignment} can be said (JoinGroup 9 and later)
 */
public record JoinRequest(
        ClientInfo client,
        String groupId,
        String memberId,
        @Nullable String groupInstanceId,
        Duration sessionTimeout,
        Duration rebalanceTimeout,
        String protocolType,
        List<JoinProtocol> protocols,
        @Nullable String reason,
        boolean requireKnownMemberId,
        boolean supportsSkipAssignment) {
    public JoinRequest {
        protocols = List.copyOf(protocols);
    }
}
