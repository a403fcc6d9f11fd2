package io.tidemill.groups;

import org.jspecify.annotations.Nullable;

/** The answer to a {@link SyncRequest}; protocol type and name are null and the assignment is empty with errors. */
public record SyncResult(
        GroupError error,
        @Nullable String protocolType,
        @Nullable String protocolName,
        byte[] assignment) {
    static SyncResult failed(GroupError error) {
        return new SyncResult(error, null, null, new byte[0]);
    }
}
