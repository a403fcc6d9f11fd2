package io.tidemill.kafka;

import io.tidemill.groups.ClassicGroupDescription;
import io.tidemill.groups.ConsumerGroupDescription;
import io.tidemill.groups.ConsumerGroupDescription.NamedPartitions;
import io.tidemill.groups.GroupCoordinator;
import io.tidemill.groups.GroupError;
import io.tidemill.groups.GroupListing;
import io.tidemill.groups.GroupState;
import io.tidemill.groups.GroupType;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.Commit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroupMember;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;

/** Shows and deletes groups. */
final class GroupAdminHandler {
    /** DescribeGroups says from here on that a group does not exist; before, that it is dead. */
    private static final int DESCRIBE_NOT_FOUND = 6;

    private static final byte MEMBER_OF_CONSUMER_TYPE = 1;

    private final Broker broker;
    private final Groups groups;

    GroupAdminHandler(Broker broker, Groups groups) {
        this.broker = broker;
        this.groups = groups;
    }

    private static String name(GroupState state) {
        return switch (state) {
            case EMPTY -> "Empty";
            case PREPARING_REBALANCE -> "PreparingRebalance";
            case COMPLETING_REBALANCE -> "CompletingRebalance";
            case ASSIGNING -> "Assigning";
            case RECONCILING -> "Reconciling";
            case STABLE -> "Stable";
            case DEAD -> "Dead";
        };
    }

    private static String name(GroupType type) {
        return switch (type) {
            case CLASSIC -> "classic";
            case CONSUMER -> "consumer";
        };
    }

    // ---- list ----

    void list(Call call) {
        ListGroupsRequestData request = (ListGroupsRequestData) call.body();
        Set<GroupState> states = EnumSet.noneOf(GroupState.class);
        for (GroupState state : GroupState.values()) {
            if (contains(request.statesFilter(), name(state))) {
                states.add(state);
            }
        }
        Set<GroupType> types = EnumSet.noneOf(GroupType.class);
        for (GroupType type : GroupType.values()) {
            if (contains(request.typesFilter(), name(type))) {
                types.add(type);
            }
        }
        boolean nothingCanMatch = (states.isEmpty() && !request.statesFilter().isEmpty())
                || (types.isEmpty() && !request.typesFilter().isEmpty());
        groups.answer(call, coordinator -> {
            ListGroupsResponseData response = new ListGroupsResponseData();
            if (!nothingCanMatch) {
                coordinator.list(states, types).stream()
                        .filter(group -> broker.maySee(call, Resource.GROUP, group.groupId()))
                        .forEach(group -> response.groups().add(listed(group)));
            }
            return response;
        });
    }

    private static boolean contains(List<String> filter, String name) {
        return filter.stream().anyMatch(name::equalsIgnoreCase);
    }

    private static ListedGroup listed(GroupListing group) {
        return new ListedGroup()
                .setGroupId(group.groupId())
                .setProtocolType(group.protocolType())
                .setGroupState(name(group.state()))
                .setGroupType(name(group.type()));
    }

    // ---- describe ----

    void describe(Call call) {
        DescribeGroupsRequestData request = (DescribeGroupsRequestData) call.body();
        if (request.groups().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        groups.answer(call, coordinator -> {
            DescribeGroupsResponseData response = new DescribeGroupsResponseData();
            request.groups().forEach(group -> response.groups().add(describe(call, coordinator, group)));
            return response;
        });
    }

    private DescribedGroup describe(Call call, GroupCoordinator coordinator, String groupId) {
        DescribedGroup described = new DescribedGroup().setGroupId(groupId);
        if (!broker.maySee(call, Resource.GROUP, groupId)) {
            return described.setErrorCode(ErrorCode.GROUP_AUTHORIZATION_FAILED);
        }
        Optional<ClassicGroupDescription> found = coordinator
                .describe(groupId)
                .filter(ClassicGroupDescription.class::isInstance)
                .map(ClassicGroupDescription.class::cast);
        if (found.isEmpty()) {
            boolean knowsNotFound = call.version() >= DESCRIBE_NOT_FOUND;
            return described
                    .setGroupState(name(GroupState.DEAD))
                    .setErrorCode(knowsNotFound ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE)
                    .setErrorMessage(knowsNotFound ? "Group " + groupId + " not found." : null);
        }
        ClassicGroupDescription group = found.get();
        return described
                .setGroupState(name(group.state()))
                .setProtocolType(group.protocolType())
                .setProtocolData(group.protocolName())
                .setMembers(group.members().stream()
                        .map(member -> new DescribedGroupMember()
                                .setMemberId(member.memberId())
                                .setGroupInstanceId(member.groupInstanceId())
                                .setClientId(member.client().clientId())
                                .setClientHost(member.client().host())
                                .setMemberMetadata(member.metadata())
                                .setMemberAssignment(member.assignment()))
                        .toList());
    }

    void describeConsumerGroups(Call call) {
        ConsumerGroupDescribeRequestData request = (ConsumerGroupDescribeRequestData) call.body();
        if (request.groupIds().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        groups.answer(call, coordinator -> {
            ConsumerGroupDescribeResponseData response = new ConsumerGroupDescribeResponseData();
            request.groupIds().forEach(group -> response.groups().add(describeConsumerGroup(call, coordinator, group)));
            return response;
        });
    }

    private ConsumerGroupDescribeResponseData.DescribedGroup describeConsumerGroup(
            Call call, GroupCoordinator coordinator, String groupId) {
        ConsumerGroupDescribeResponseData.DescribedGroup described =
                new ConsumerGroupDescribeResponseData.DescribedGroup().setGroupId(groupId);
        if (!broker.maySee(call, Resource.GROUP, groupId)) {
            return described.setErrorCode(ErrorCode.GROUP_AUTHORIZATION_FAILED);
        }
        Optional<ConsumerGroupDescription> found = coordinator
                .describe(groupId)
                .filter(ConsumerGroupDescription.class::isInstance)
                .map(ConsumerGroupDescription.class::cast);
        if (found.isEmpty()) {
            return described
                    .setErrorCode(ErrorCode.GROUP_ID_NOT_FOUND)
                    .setErrorMessage("Group " + groupId + " is not a consumer group.");
        }
        ConsumerGroupDescription group = found.get();
        return described
                .setGroupState(name(group.state()))
                .setGroupEpoch(group.groupEpoch())
                .setAssignmentEpoch(group.assignmentEpoch())
                .setAssignorName(group.assignor())
                .setMembers(group.members().stream()
                        .map(member -> new Member()
                                .setMemberId(member.memberId())
                                .setInstanceId(member.groupInstanceId())
                                .setRackId(member.rackId())
                                .setMemberEpoch(member.memberEpoch())
                                .setClientId(member.client().clientId())
                                .setClientHost(member.client().host())
                                .setSubscribedTopicNames(member.subscribedTopicNames())
                                .setSubscribedTopicRegex(member.subscribedTopicRegex())
                                .setAssignment(assignment(member.assigned()))
                                .setTargetAssignment(assignment(member.target()))
                                .setMemberType(MEMBER_OF_CONSUMER_TYPE))
                        .toList());
    }

    private static Assignment assignment(List<NamedPartitions> partitions) {
        return new Assignment()
                .setTopicPartitions(partitions.stream()
                        .map(one -> new TopicPartitions()
                                .setTopicId(Broker.kafka(one.topicId()))
                                .setTopicName(one.topic())
                                .setPartitions(one.partitions()))
                        .toList());
    }

    // ---- delete ----

    void delete(Call call) {
        DeleteGroupsRequestData request = (DeleteGroupsRequestData) call.body();
        if (request.groupsNames().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        groups.withCoordinator(call, coordinator -> {
            DeleteGroupsResponseData response = new DeleteGroupsResponseData();
            Commit.Builder commit = Commit.builder();
            for (String group : new ArrayList<>(Set.copyOf(request.groupsNames()))) {
                short error = delete(call, coordinator, group);
                if (error == ErrorCode.NONE) {
                    commit.forgetGroup(group);
                }
                response.results()
                        .add(new DeletableGroupResult().setGroupId(group).setErrorCode(error));
            }
            if (commit.isEmpty()) {
                call.answer(response);
            } else {
                broker.answerWhenDurable(
                        call, broker.log().write(commit.build()).sequence(), response);
            }
        });
    }

    private short delete(Call call, GroupCoordinator coordinator, String group) {
        if (!broker.mayAdministrate(call, Resource.GROUP, group)) {
            return ErrorCode.GROUP_AUTHORIZATION_FAILED;
        }
        GroupError refusal = coordinator.delete(group);
        return Groups.code(refusal);
    }
}
