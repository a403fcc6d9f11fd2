package io.tidemill.groups;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member of a generation; its assignment is empty while the generation waits for its leader. */
record ClassicMemberValue(
        String memberId,
        @Nullable String groupInstanceId,
        String clientId,
        String host,
        String softwareName,
        String softwareVersion,
        long sessionTimeoutMillis,
        long rebalanceTimeoutMillis,
        List<JoinProtocol> protocols,
        byte[] assignment)
        implements GroupRecord {
    ClientInfo client() {
        return new ClientInfo(clientId, host, softwareName, softwareVersion, "");
    }
}
