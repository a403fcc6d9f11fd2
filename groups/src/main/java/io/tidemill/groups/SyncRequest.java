package io.tidemill.groups;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of a classic group asks for its assignment, and its leader brings everyone's.
 *
 * @param protocolType null where the request's version has none (before SyncGroup 5)
 * @param protocolName likewise
 * @param assignments by member id; empty unless from the leader
 */
public record SyncRequest(
        ClientInfo client,
        String groupId,
        String memberId,
        @Nullable String groupInstanceId,
        int generation,
        @Nullable String protocolType,
        @Nullable String protocolName,
        Map<String, byte[]> assignments) {}
