package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/** A member of a classic group is alive. */
public record HeartbeatRequest(
        ClientInfo client,
        String groupId,
        String memberId,
        @Nullable String groupInstanceId,
        int generation) {}
