package io.tidemill.kafka;

import io.tidemill.groups.GroupCoordinator;
import io.tidemill.groups.GroupError;
import io.tidemill.groups.OffsetCommitCheck;
import io.tidemill.groups.OffsetFetchCheck;
import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.Commit;
import io.tidemill.log.CommittedOffset;
import io.tidemill.log.LogException;
import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** Groups' offsets: the coordinator says who may, the log keeps them. */
final class GroupOffsetsHandler {
    private static final short OFFSET_METADATA_TOO_LARGE = 12;
    private static final int METADATA_CHARS_MAX = 4_096;
    private static final long NO_OFFSET = -1;
    private static final int NO_EPOCH = -1;
    private static final long STAMPED_BY_THE_LOG = -1;

    /** OffsetFetch has many groups from here on, and one error for each. */
    private static final int FETCH_GROUPS = 8;

    private static final int FETCH_GROUP_ERROR = 2;

    private final Broker broker;
    private final Groups groups;

    GroupOffsetsHandler(Broker broker, Groups groups) {
        this.broker = broker;
        this.groups = groups;
    }

    /** One offset that a client wants to commit; for both kinds of commits. */
    private record Wanted(
            String topic,
            int partition,
            long offset,
            int leaderEpoch,
            @Nullable String metadata) {
        TopicPartition key() {
            return new TopicPartition(topic, partition);
        }

        CommittedOffset committed() {
            return new CommittedOffset(
                    Math.max(0, offset),
                    Math.max(NO_EPOCH, leaderEpoch),
                    metadata == null ? "" : metadata,
                    STAMPED_BY_THE_LOG);
        }
    }

    /** What becomes of each: an error, or it is among those to commit. */
    private record Judged(Map<TopicPartition, CommittedOffset> sound, List<Short> errors) {}

    private Judged judge(Call call, List<Wanted> wanted) {
        Map<TopicPartition, CommittedOffset> sound = new LinkedHashMap<>();
        List<Short> errors = new ArrayList<>();
        for (Wanted one : wanted) {
            short error = error(call, one);
            errors.add(error);
            if (error == ErrorCode.NONE) {
                sound.put(one.key(), one.committed());
            }
        }
        return new Judged(sound, errors);
    }

    private short error(Call call, Wanted one) {
        if (!broker.mayRead(call, one.topic())) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        if (!broker.topics().has(one.topic(), one.partition())) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        String metadata = one.metadata();
        return metadata != null && metadata.length() > METADATA_CHARS_MAX ? OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE;
    }

    // ---- commit ----

    void commit(Call call) {
        OffsetCommitRequestData request = (OffsetCommitRequestData) call.body();
        if (!broker.allows(call, Operation.READ, Resource.GROUP, request.groupId())) {
            call.refuse(ErrorCode.GROUP_AUTHORIZATION_FAILED);
            return;
        }
        List<Wanted> wanted = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            topic.partitions()
                    .forEach(one -> wanted.add(new Wanted(
                            topic.name(),
                            one.partitionIndex(),
                            one.committedOffset(),
                            one.committedLeaderEpoch(),
                            one.committedMetadata())));
        }
        Judged judged = judge(call, wanted);
        OffsetCommitCheck check = new OffsetCommitCheck(
                Groups.client(call),
                request.groupId(),
                request.memberId(),
                request.groupInstanceId(),
                request.generationIdOrMemberEpoch(),
                false,
                call.version(),
                judged.sound().keySet());
        groups.withCoordinator(call, coordinator -> {
            GroupError refusal = coordinator.checkOffsetCommit(check);
            if (refusal != GroupError.NONE) {
                call.answer(committed(request, judged.errors(), Groups.code(refusal)));
                return;
            }
            Commit.Builder commit = Commit.builder();
            judged.sound().forEach((partition, offset) -> commit.offset(request.groupId(), partition, offset));
            write(call, commit, code -> committed(request, judged.errors(), code));
        });
    }

    private void write(Call call, Commit.Builder commit, Function<Short, ApiMessage> answer) {
        if (commit.isEmpty()) {
            call.answer(answer.apply(ErrorCode.NONE));
            return;
        }
        try {
            broker.answerWhenDurable(call, broker.log().write(commit.build()).sequence(), answer.apply(ErrorCode.NONE));
        } catch (LogException e) {
            call.answer(answer.apply(code(e)));
        }
    }

    private static short code(LogException e) {
        // A full disk is no reason for a consumer to give up.
        return e.code() == LogException.Code.DISK_FULL ? ErrorCode.COORDINATOR_NOT_AVAILABLE : Broker.code(e);
    }

    /** The error of each partition, or {@code whole} where it has none of its own. */
    private static ApiMessage committed(OffsetCommitRequestData request, List<Short> errors, short whole) {
        OffsetCommitResponseData response = new OffsetCommitResponseData();
        int next = 0;
        for (OffsetCommitRequestTopic topic : request.topics()) {
            OffsetCommitResponseTopic ofTopic = new OffsetCommitResponseTopic().setName(topic.name());
            for (var partition : topic.partitions()) {
                short own = errors.get(next++);
                ofTopic.partitions()
                        .add(new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(own == ErrorCode.NONE ? whole : own));
            }
            response.topics().add(ofTopic);
        }
        return response;
    }

    void commitInTransaction(Call call) {
        TxnOffsetCommitRequestData request = (TxnOffsetCommitRequestData) call.body();
        if (!broker.allows(call, Operation.WRITE, Resource.TRANSACTIONAL_ID, request.transactionalId())) {
            call.refuse(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
            return;
        }
        if (!broker.allows(call, Operation.READ, Resource.GROUP, request.groupId())) {
            call.refuse(ErrorCode.GROUP_AUTHORIZATION_FAILED);
            return;
        }
        List<Wanted> wanted = new ArrayList<>();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            topic.partitions()
                    .forEach(one -> wanted.add(new Wanted(
                            topic.name(),
                            one.partitionIndex(),
                            one.committedOffset(),
                            one.committedLeaderEpoch(),
                            one.committedMetadata())));
        }
        Judged judged = judge(call, wanted);
        OffsetCommitCheck check = new OffsetCommitCheck(
                Groups.client(call),
                request.groupId(),
                request.memberId(),
                request.groupInstanceId(),
                request.generationId(),
                true,
                call.version(),
                judged.sound().keySet());
        groups.withCoordinator(call, coordinator -> {
            GroupError refusal = coordinator.checkOffsetCommit(check);
            if (refusal != GroupError.NONE) {
                call.answer(committedInTransaction(request, judged.errors(), Groups.code(refusal)));
                return;
            }
            writeInTransaction(call, request, judged);
        });
    }

    private void writeInTransaction(Call call, TxnOffsetCommitRequestData request, Judged judged) {
        try {
            long sequence = broker.log()
                    .transactions()
                    .addOffsets(
                            request.transactionalId(),
                            new ProducerIdentity(request.producerId(), request.producerEpoch()),
                            request.groupId(),
                            judged.sound());
            broker.answerWhenDurable(call, sequence, committedInTransaction(request, judged.errors(), ErrorCode.NONE));
        } catch (LogException e) {
            call.answer(committedInTransaction(request, judged.errors(), TransactionsHandler.code(call, e)));
        }
    }

    private static ApiMessage committedInTransaction(
            TxnOffsetCommitRequestData request, List<Short> errors, short whole) {
        TxnOffsetCommitResponseData response = new TxnOffsetCommitResponseData();
        int next = 0;
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            TxnOffsetCommitResponseTopic ofTopic = new TxnOffsetCommitResponseTopic().setName(topic.name());
            for (var partition : topic.partitions()) {
                short own = errors.get(next++);
                ofTopic.partitions()
                        .add(new TxnOffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex())
                                .setErrorCode(own == ErrorCode.NONE ? whole : own));
            }
            response.topics().add(ofTopic);
        }
        return response;
    }

    // ---- fetch ----

    void fetch(Call call) {
        OffsetFetchRequestData request = (OffsetFetchRequestData) call.body();
        List<OffsetFetchRequestGroup> wanted =
                call.version() >= FETCH_GROUPS ? request.groups() : List.of(single(request));
        if (wanted.size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        groups.answer(call, coordinator -> {
            List<OffsetFetchResponseGroup> found = wanted.stream()
                    .map(group -> fetch(call, coordinator, group, request.requireStable()))
                    .toList();
            return call.version() >= FETCH_GROUPS
                    ? new OffsetFetchResponseData().setGroups(found)
                    : single(call, request, found.get(0));
        });
    }

    private static OffsetFetchRequestGroup single(OffsetFetchRequestData request) {
        return new OffsetFetchRequestGroup()
                .setGroupId(request.groupId())
                .setTopics(
                        request.topics() == null
                                ? null
                                : request.topics().stream()
                                        .map(topic -> new OffsetFetchRequestTopics()
                                                .setName(topic.name())
                                                .setPartitionIndexes(topic.partitionIndexes()))
                                        .toList());
    }

    private OffsetFetchResponseGroup fetch(
            Call call, GroupCoordinator coordinator, OffsetFetchRequestGroup group, boolean requireStable) {
        OffsetFetchResponseGroup response = new OffsetFetchResponseGroup().setGroupId(group.groupId());
        if (!broker.maySee(call, Resource.GROUP, group.groupId())) {
            return response.setErrorCode(ErrorCode.GROUP_AUTHORIZATION_FAILED);
        }
        GroupError refusal = coordinator.checkOffsetFetch(
                new OffsetFetchCheck(group.groupId(), group.memberId(), group.memberEpoch()));
        if (refusal != GroupError.NONE) {
            return response.setErrorCode(Groups.code(refusal));
        }
        Map<TopicPartition, CommittedOffset> offsets = broker.log().committedOffsets(group.groupId());
        Set<TopicPartition> unstable = requireStable ? broker.log().pendingOffsets(group.groupId()) : Set.of();
        Map<String, List<Integer>> wanted = group.topics() == null ? all(call, offsets) : named(group);
        wanted.forEach(
                (topic, partitions) -> response.topics().add(ofTopic(call, topic, partitions, offsets, unstable)));
        return response;
    }

    private Map<String, List<Integer>> all(Call call, Map<TopicPartition, CommittedOffset> offsets) {
        Map<String, List<Integer>> all = new TreeMap<>();
        for (TopicPartition partition : offsets.keySet()) {
            if (broker.maySee(call, Resource.TOPIC, partition.topic())) {
                all.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                        .add(partition.partition());
            }
        }
        return all;
    }

    private static Map<String, List<Integer>> named(OffsetFetchRequestGroup group) {
        Map<String, List<Integer>> named = new LinkedHashMap<>();
        group.topics()
                .forEach(topic -> named.computeIfAbsent(topic.name(), name -> new ArrayList<>())
                        .addAll(topic.partitionIndexes()));
        return named;
    }

    private OffsetFetchResponseTopics ofTopic(
            Call call,
            String topic,
            List<Integer> partitions,
            Map<TopicPartition, CommittedOffset> offsets,
            Set<TopicPartition> unstable) {
        boolean hidden = !broker.maySee(call, Resource.TOPIC, topic);
        OffsetFetchResponseTopics response = new OffsetFetchResponseTopics().setName(topic);
        for (int partition : partitions) {
            OffsetFetchResponsePartitions one = new OffsetFetchResponsePartitions()
                    .setPartitionIndex(partition)
                    .setCommittedOffset(NO_OFFSET)
                    .setCommittedLeaderEpoch(NO_EPOCH)
                    .setMetadata("");
            response.partitions().add(one);
            TopicPartition key = new TopicPartition(topic, Math.max(0, partition));
            CommittedOffset offset = partition < 0 ? null : offsets.get(key);
            if (hidden) {
                one.setErrorCode(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
            } else if (unstable.contains(key)) {
                one.setErrorCode(ErrorCode.UNSTABLE_OFFSET_COMMIT);
            } else if (offset != null) {
                one.setCommittedOffset(offset.offset())
                        .setCommittedLeaderEpoch(offset.leaderEpoch())
                        .setMetadata(offset.metadata());
            }
        }
        return response;
    }

    private static ApiMessage single(Call call, OffsetFetchRequestData request, OffsetFetchResponseGroup found) {
        OffsetFetchResponseData response = new OffsetFetchResponseData().setErrorCode(found.errorCode());
        for (OffsetFetchResponseTopics topic : found.topics()) {
            response.topics()
                    .add(new OffsetFetchResponseTopic()
                            .setName(topic.name())
                            .setPartitions(topic.partitions().stream()
                                    .map(GroupOffsetsHandler::single)
                                    .toList()));
        }
        if (found.errorCode() != ErrorCode.NONE && call.version() < FETCH_GROUP_ERROR) {
            request.topics()
                    .forEach(topic -> response.topics()
                            .add(new OffsetFetchResponseTopic()
                                    .setName(topic.name())
                                    .setPartitions(topic.partitionIndexes().stream()
                                            .map(index -> failed(index, found.errorCode()))
                                            .toList())));
        }
        return response;
    }

    private static OffsetFetchResponsePartition single(OffsetFetchResponsePartitions partition) {
        return new OffsetFetchResponsePartition()
                .setPartitionIndex(partition.partitionIndex())
                .setCommittedOffset(partition.committedOffset())
                .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                .setMetadata(partition.metadata())
                .setErrorCode(partition.errorCode());
    }

    private static OffsetFetchResponsePartition failed(int partition, short code) {
        return new OffsetFetchResponsePartition()
                .setPartitionIndex(partition)
                .setCommittedOffset(NO_OFFSET)
                .setMetadata("")
                .setErrorCode(code);
    }

    // ---- delete ----

    void delete(Call call) {
        OffsetDeleteRequestData request = (OffsetDeleteRequestData) call.body();
        if (!broker.mayAdministrate(call, Resource.GROUP, request.groupId())) {
            call.refuse(ErrorCode.GROUP_AUTHORIZATION_FAILED);
            return;
        }
        groups.withCoordinator(call, coordinator -> {
            GroupError refusal = coordinator.checkOffsetDelete(request.groupId());
            if (refusal != GroupError.NONE) {
                call.answer(new OffsetDeleteResponseData().setErrorCode(Groups.code(refusal)));
                return;
            }
            Commit.Builder commit = Commit.builder();
            OffsetDeleteResponseData response = new OffsetDeleteResponseData();
            for (OffsetDeleteRequestTopic topic : request.topics()) {
                OffsetDeleteResponseTopic ofTopic = new OffsetDeleteResponseTopic().setName(topic.name());
                for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                    short error = error(call, coordinator, request.groupId(), topic.name(), partition.partitionIndex());
                    if (error == ErrorCode.NONE) {
                        commit.forgetOffset(
                                request.groupId(), new TopicPartition(topic.name(), partition.partitionIndex()));
                    }
                    ofTopic.partitions()
                            .add(new OffsetDeleteResponsePartition()
                                    .setPartitionIndex(partition.partitionIndex())
                                    .setErrorCode(error));
                }
                response.topics().add(ofTopic);
            }
            write(call, commit, code -> code == ErrorCode.NONE ? response : response.setErrorCode(code));
        });
    }

    private short error(Call call, GroupCoordinator coordinator, String group, String topic, int partition) {
        if (!broker.mayRead(call, topic)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        if (!broker.topics().has(topic, partition)) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return coordinator.isSubscribed(group, topic)
                ? Groups.code(GroupError.GROUP_SUBSCRIBED_TO_TOPIC)
                : ErrorCode.NONE;
    }
}
