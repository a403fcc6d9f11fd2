package io.tidemill.groups;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request must fit before a group sees it. */
final class Limits {
    private final GroupOptions options;

    Limits(GroupOptions options) {
        this.options = options;
    }

    GroupError checkGroup(String groupId) {
        return groupId.isEmpty() || groupId.length() > options.idCharsMax()
                ? GroupError.INVALID_GROUP_ID
                : GroupError.NONE;
    }

    private boolean fits(@Nullable String id) {
        return id == null || id.length() <= options.idCharsMax();
    }

    private boolean fits(ClientInfo client) {
        return fits(client.clientId())
                && fits(client.host())
                && fits(client.softwareName())
                && fits(client.softwareVersion());
    }

    GroupError check(JoinRequest request) {
        GroupError invalid = checkGroup(request.groupId());
        if (invalid != GroupError.NONE) {
            return invalid;
        }
        if (request.sessionTimeout().compareTo(options.sessionTimeoutMin()) < 0
                || request.sessionTimeout().compareTo(options.sessionTimeoutMax()) > 0) {
            return GroupError.INVALID_SESSION_TIMEOUT;
        }
        long bytes = request.protocols().stream()
                .mapToLong(
                        protocol -> protocol.metadata().length + protocol.name().length())
                .sum();
        boolean fits = fits(request.client())
                && fits(request.memberId())
                && fits(request.groupInstanceId())
                && fits(request.protocolType())
                && request.protocols().size() <= options.protocolsMax()
                && bytes <= options.metadataBytesMax()
                && !request.rebalanceTimeout().isNegative();
        return fits ? GroupError.NONE : GroupError.INVALID_REQUEST;
    }

    GroupError check(SyncRequest request) {
        GroupError invalid = checkGroup(request.groupId());
        if (invalid != GroupError.NONE) {
            return invalid;
        }
        boolean fits = fits(request.client())
                && request.assignments().values().stream()
                        .allMatch(assignment -> assignment.length <= options.metadataBytesMax());
        return fits ? GroupError.NONE : GroupError.INVALID_REQUEST;
    }

    GroupError check(LeaveRequest request) {
        GroupError invalid = checkGroup(request.groupId());
        if (invalid != GroupError.NONE) {
            return invalid;
        }
        return fits(request.client()) && request.members().size() <= options.membersMax()
                ? GroupError.NONE
                : GroupError.INVALID_REQUEST;
    }

    /** Null if nothing is wrong. */
    @Nullable
    ConsumerHeartbeatResult check(ConsumerHeartbeatRequest request) {
        String mistake = mistake(request);
        if (mistake != null) {
            return ConsumerHeartbeatResult.failed(GroupError.INVALID_REQUEST, mistake);
        }
        String assignor = request.serverAssignor();
        if (assignor != null && !Assignors.known(assignor)) {
            return ConsumerHeartbeatResult.failed(
                    GroupError.UNSUPPORTED_ASSIGNOR,
                    "there is no assignor " + assignor + " among " + String.join(", ", Assignors.names()));
        }
        return null;
    }

    private @Nullable String mistake(ConsumerHeartbeatRequest request) {
        int epoch = request.memberEpoch();
        boolean needsId = request.requireMemberId() || epoch > 0 || epoch == -1;
        if (needsId && request.memberId().isBlank()) {
            return "a member id is needed";
        }
        if (request.groupId().isBlank()) {
            return "a group id is needed";
        }
        if (isBlank(request.groupInstanceId()) || isBlank(request.rackId())) {
            return "an instance id or rack id is not blank";
        }
        if (epoch < -2) {
            return "a member epoch is -2 or more, not " + epoch;
        }
        if (epoch == -2 && request.groupInstanceId() == null) {
            return "only static members leave for a while";
        }
        return epoch == 0 && joinMistake(request) != null ? joinMistake(request) : sizeMistake(request);
    }

    private static boolean isBlank(@Nullable String id) {
        return id != null && id.isBlank();
    }

    private static @Nullable String joinMistake(ConsumerHeartbeatRequest request) {
        if (request.rebalanceTimeout() == null) {
            return "a member that joins gives its rebalance timeout";
        }
        if (request.ownedPartitions() == null || !request.ownedPartitions().isEmpty()) {
            return "a member that joins owns no partitions, and says so";
        }
        if (request.subscribedTopicNames() == null && request.subscribedTopicRegex() == null) {
            return "a member that joins subscribes by names or by a regular expression";
        }
        return null;
    }

    private @Nullable String sizeMistake(ConsumerHeartbeatRequest request) {
        List<String> names = request.subscribedTopicNames() == null ? List.of() : request.subscribedTopicNames();
        String regex = request.subscribedTopicRegex();
        long chars = names.stream().mapToLong(String::length).sum() + (regex == null ? 0 : regex.length());
        boolean fits = fits(request.client())
                && fits(request.groupId())
                && fits(request.memberId())
                && fits(request.groupInstanceId())
                && fits(request.rackId())
                && chars <= options.metadataBytesMax();
        return fits ? null : "an id or the subscription is too long";
    }
}
