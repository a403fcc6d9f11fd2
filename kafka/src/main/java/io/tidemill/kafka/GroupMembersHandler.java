package io.tidemill.kafka;

import io.tidemill.groups.ConsumerHeartbeatRequest;
import io.tidemill.groups.ConsumerHeartbeatResult;
import io.tidemill.groups.HeartbeatRequest;
import io.tidemill.groups.JoinProtocol;
import io.tidemill.groups.JoinRequest;
import io.tidemill.groups.JoinResult;
import io.tidemill.groups.LeaveRequest;
import io.tidemill.groups.LeaveResult;
import io.tidemill.groups.SyncRequest;
import io.tidemill.groups.SyncResult;
import io.tidemill.groups.TopicIdPartitions;
import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** What members of groups say: translated for the coordinator, and back. */
final class GroupMembersHandler {
    /** From these versions on the protocol has what is asked about. */
    private static final int JOIN_KNOWN_MEMBER = 4;

    private static final int JOIN_NULLABLE_PROTOCOL = 7;
    private static final int JOIN_SKIP_ASSIGNMENT = 9;
    private static final int LEAVE_BATCH = 3;
    private static final int CONSUMER_MEMBER_ID = 1;

    private final Broker broker;
    private final Groups groups;

    GroupMembersHandler(Broker broker, Groups groups) {
        this.broker = broker;
        this.groups = groups;
    }

    private boolean refused(Call call, String group) {
        if (broker.allows(call, Operation.READ, Resource.GROUP, group)) {
            return false;
        }
        call.refuse(ErrorCode.GROUP_AUTHORIZATION_FAILED);
        return true;
    }

    private static <T> void answerWhenDone(Call call, CompletableFuture<T> done, Function<T, ApiMessage> answer) {
        var unused = done.whenComplete((result, failure) -> {
            if (failure != null) {
                call.fail(failure);
            } else {
                call.answer(answer.apply(result));
            }
        });
    }

    // ---- classic ----

    void join(Call call) {
        JoinGroupRequestData request = (JoinGroupRequestData) call.body();
        if (refused(call, request.groupId())) {
            return;
        }
        // Version 0 has one timeout for both.
        int rebalanceMillis = call.version() == 0 ? request.sessionTimeoutMs() : request.rebalanceTimeoutMs();
        JoinRequest join = new JoinRequest(
                Groups.client(call),
                request.groupId(),
                request.memberId(),
                request.groupInstanceId(),
                Duration.ofMillis(request.sessionTimeoutMs()),
                Duration.ofMillis(rebalanceMillis),
                request.protocolType(),
                request.protocols().stream()
                        .map(one -> new JoinProtocol(one.name(), one.metadata()))
                        .toList(),
                request.reason(),
                call.version() >= JOIN_KNOWN_MEMBER,
                call.version() >= JOIN_SKIP_ASSIGNMENT);
        groups.withCoordinator(
                call, coordinator -> answerWhenDone(call, coordinator.join(join), result -> joined(call, result)));
    }

    private static ApiMessage joined(Call call, JoinResult result) {
        boolean nullable = call.version() >= JOIN_NULLABLE_PROTOCOL;
        String protocol = result.protocolName();
        return new JoinGroupResponseData()
                .setErrorCode(Groups.code(result.error()))
                .setGenerationId(result.generation())
                .setProtocolType(nullable ? result.protocolType() : null)
                .setProtocolName(protocol == null && !nullable ? "" : protocol)
                .setLeader(result.leader())
                .setSkipAssignment(result.skipAssignment())
                .setMemberId(result.memberId())
                .setMembers(result.members().stream()
                        .map(member -> new JoinGroupResponseMember()
                                .setMemberId(member.memberId())
                                .setGroupInstanceId(member.groupInstanceId())
                                .setMetadata(member.metadata()))
                        .toList());
    }

    void sync(Call call) {
        SyncGroupRequestData request = (SyncGroupRequestData) call.body();
        if (refused(call, request.groupId())) {
            return;
        }
        Map<String, byte[]> assignments = new HashMap<>();
        request.assignments().forEach(one -> assignments.put(one.memberId(), one.assignment()));
        SyncRequest sync = new SyncRequest(
                Groups.client(call),
                request.groupId(),
                request.memberId(),
                request.groupInstanceId(),
                request.generationId(),
                request.protocolType(),
                request.protocolName(),
                assignments);
        groups.withCoordinator(
                call, coordinator -> answerWhenDone(call, coordinator.sync(sync), GroupMembersHandler::synced));
    }

    private static ApiMessage synced(SyncResult result) {
        return new SyncGroupResponseData()
                .setErrorCode(Groups.code(result.error()))
                .setProtocolType(result.protocolType())
                .setProtocolName(result.protocolName())
                .setAssignment(result.assignment());
    }

    void heartbeat(Call call) {
        HeartbeatRequestData request = (HeartbeatRequestData) call.body();
        if (refused(call, request.groupId())) {
            return;
        }
        HeartbeatRequest heartbeat = new HeartbeatRequest(
                Groups.client(call),
                request.groupId(),
                request.memberId(),
                request.groupInstanceId(),
                request.generationId());
        groups.answer(
                call,
                coordinator -> new HeartbeatResponseData().setErrorCode(Groups.code(coordinator.heartbeat(heartbeat))));
    }

    void leave(Call call) {
        LeaveGroupRequestData request = (LeaveGroupRequestData) call.body();
        if (refused(call, request.groupId())) {
            return;
        }
        List<MemberIdentity> leaving = call.version() >= LEAVE_BATCH
                ? request.members()
                : List.of(new MemberIdentity().setMemberId(request.memberId()));
        LeaveRequest leave = new LeaveRequest(
                Groups.client(call),
                request.groupId(),
                leaving.stream()
                        .map(one -> new LeaveRequest.Leaving(one.memberId(), one.groupInstanceId(), one.reason()))
                        .toList());
        groups.answer(call, coordinator -> left(call, coordinator.leave(leave)));
    }

    private static ApiMessage left(Call call, LeaveResult result) {
        LeaveGroupResponseData response = new LeaveGroupResponseData().setErrorCode(Groups.code(result.error()));
        if (call.version() >= LEAVE_BATCH) {
            return response.setMembers(result.members().stream()
                    .map(one -> new MemberResponse()
                            .setMemberId(one.memberId())
                            .setGroupInstanceId(one.groupInstanceId())
                            .setErrorCode(Groups.code(one.error())))
                    .toList());
        }
        if (response.errorCode() == ErrorCode.NONE && !result.members().isEmpty()) {
            response.setErrorCode(Groups.code(result.members().get(0).error()));
        }
        return response;
    }

    // ---- KIP-848 ----

    void consumerHeartbeat(Call call) {
        ConsumerGroupHeartbeatRequestData request = (ConsumerGroupHeartbeatRequestData) call.body();
        if (refused(call, request.groupId())) {
            return;
        }
        List<String> topics = request.subscribedTopicNames();
        if (topics != null && !topics.stream().allMatch(topic -> broker.maySee(call, Resource.TOPIC, topic))) {
            call.refuse(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
            return;
        }
        ConsumerHeartbeatRequest heartbeat = new ConsumerHeartbeatRequest(
                Groups.client(call),
                request.groupId(),
                request.memberId(),
                request.memberEpoch(),
                request.instanceId(),
                request.rackId(),
                request.rebalanceTimeoutMs() == -1 ? null : Duration.ofMillis(request.rebalanceTimeoutMs()),
                topics,
                request.subscribedTopicRegex(),
                request.serverAssignor(),
                owned(request),
                call.version() >= CONSUMER_MEMBER_ID);
        groups.answer(call, coordinator -> beaten(coordinator.heartbeat(heartbeat)));
    }

    private static @Nullable List<TopicIdPartitions> owned(ConsumerGroupHeartbeatRequestData request) {
        return request.topicPartitions() == null
                ? null
                : request.topicPartitions().stream()
                        .map(one -> new TopicIdPartitions(Broker.java(one.topicId()), one.partitions()))
                        .toList();
    }

    private static ApiMessage beaten(ConsumerHeartbeatResult result) {
        List<TopicIdPartitions> assignment = result.assignment();
        return new ConsumerGroupHeartbeatResponseData()
                .setErrorCode(Groups.code(result.error()))
                .setErrorMessage(result.errorMessage())
                .setMemberId(result.memberId())
                .setMemberEpoch(result.memberEpoch())
                .setHeartbeatIntervalMs((int) result.heartbeatInterval().toMillis())
                .setAssignment(
                        assignment == null
                                ? null
                                : new Assignment()
                                        .setTopicPartitions(assignment.stream()
                                                .map(one -> new TopicPartitions()
                                                        .setTopicId(Broker.kafka(one.topicId()))
                                                        .setPartitions(one.partitions()))
                                                .toList()));
    }
}
