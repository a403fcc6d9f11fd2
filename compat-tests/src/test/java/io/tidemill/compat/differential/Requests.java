package io.tidemill.compat.differential;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/** Requests with the fields that scripts vary. */
final class Requests {
    static final long NOW = System.currentTimeMillis();

    private Requests() {}

    /** @param sequence -1 for a producer that is not idempotent */
    record Producer(long id, short epoch, int sequence, boolean transactional) {
        static final Producer NONE = new Producer(-1, (short) -1, -1, false);

        Producer at(int nextSequence) {
            return new Producer(id, epoch, nextSequence, transactional);
        }

        Producer epoch(int other) {
            return new Producer(id, (short) other, sequence, transactional);
        }
    }

    // ---- topics ----

    static CreateTopicsRequestData createTopic(String name, int partitions, Map<String, String> configs) {
        CreateTopicsRequestData.CreatableTopic topic = new CreateTopicsRequestData.CreatableTopic()
                .setName(name)
                .setNumPartitions(partitions)
                .setReplicationFactor((short) 1);
        configs.forEach((key, value) -> topic.configs()
                .add(new CreateTopicsRequestData.CreatableTopicConfig()
                        .setName(key)
                        .setValue(value)));
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics().add(topic);
        return request;
    }

    static DeleteTopicsRequestData deleteTopic(String name) {
        return new DeleteTopicsRequestData().setTopicNames(List.of(name)).setTimeoutMs(10_000);
    }

    static CreatePartitionsRequestData createPartitions(String name, int total) {
        CreatePartitionsRequestData request = new CreatePartitionsRequestData().setTimeoutMs(10_000);
        request.topics()
                .add(new CreatePartitionsRequestData.CreatePartitionsTopic()
                        .setName(name)
                        .setCount(total)
                        .setAssignments(null));
        return request;
    }

    static MetadataRequestData metadata(String topic) {
        return new MetadataRequestData()
                .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName(topic)))
                .setAllowAutoTopicCreation(false);
    }

    static DeleteRecordsRequestData deleteRecords(String topic, int partition, long before) {
        return new DeleteRecordsRequestData()
                .setTimeoutMs(10_000)
                .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic()
                        .setName(topic)
                        .setPartitions(List.of(new DeleteRecordsRequestData.DeleteRecordsPartition()
                                .setPartitionIndex(partition)
                                .setOffset(before)))));
    }

    // ---- records ----

    static MemoryRecords records(Producer producer, int count) {
        List<SimpleRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new SimpleRecord(NOW, bytes("k" + i), bytes("v" + i)));
        }
        return records(producer, Compression.NONE, records.toArray(SimpleRecord[]::new));
    }

    static MemoryRecords records(Producer producer, Compression compression, SimpleRecord... records) {
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(
                new ByteBufferOutputStream(256),
                RecordBatch.MAGIC_VALUE_V2,
                compression,
                TimestampType.CREATE_TIME,
                0,
                RecordBatch.NO_TIMESTAMP,
                producer.id(),
                producer.epoch(),
                producer.sequence(),
                producer.transactional(),
                false,
                -1,
                Integer.MAX_VALUE);
        for (SimpleRecord record : records) {
            builder.append(record);
        }
        return builder.build();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static ProduceRequestData produce(String topic, int partition, MemoryRecords records) {
        return produce(null, -1, topic, partition, records);
    }

    static ProduceRequestData produce(
            String transactionalId, int acks, String topic, int partition, MemoryRecords records) {
        ProduceRequestData request = new ProduceRequestData()
                .setTransactionalId(transactionalId)
                .setAcks((short) acks)
                .setTimeoutMs(10_000);
        ProduceRequestData.TopicProduceData data = new ProduceRequestData.TopicProduceData().setName(topic);
        data.partitionData()
                .add(new ProduceRequestData.PartitionProduceData()
                        .setIndex(partition)
                        .setRecords(records));
        request.topicData().add(data);
        return request;
    }

    static FetchRequestData fetch(String topic, int partition, long offset, boolean committedOnly) {
        return new FetchRequestData()
                .setReplicaId(-1)
                .setMaxWaitMs(100)
                .setMinBytes(1)
                .setMaxBytes(1 << 20)
                .setIsolationLevel((byte) (committedOnly ? 1 : 0))
                .setSessionId(0)
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchRequestData.FetchTopic()
                        .setTopic(topic)
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                .setPartition(partition)
                                .setFetchOffset(offset)
                                .setCurrentLeaderEpoch(-1)
                                .setPartitionMaxBytes(1 << 20)))));
    }

    static ListOffsetsRequestData listOffsets(String topic, int partition, long timestamp, boolean committedOnly) {
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setIsolationLevel((byte) (committedOnly ? 1 : 0))
                .setTopics(List.of(new ListOffsetsRequestData.ListOffsetsTopic()
                        .setName(topic)
                        .setPartitions(List.of(new ListOffsetsRequestData.ListOffsetsPartition()
                                .setPartitionIndex(partition)
                                .setTimestamp(timestamp)))));
    }

    // ---- transactions ----

    static InitProducerIdRequestData init(String transactionalId, int timeoutMillis) {
        return new InitProducerIdRequestData()
                .setTransactionalId(transactionalId)
                .setTransactionTimeoutMs(timeoutMillis)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
    }

    static AddPartitionsToTxnRequestData addPartition(
            String transactionalId, Producer producer, String topic, int partition) {
        AddPartitionsToTxnRequestData request = new AddPartitionsToTxnRequestData()
                .setV3AndBelowTransactionalId(transactionalId)
                .setV3AndBelowProducerId(producer.id())
                .setV3AndBelowProducerEpoch(producer.epoch());
        request.v3AndBelowTopics()
                .add(new AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic()
                        .setName(topic)
                        .setPartitions(List.of(partition)));
        return request;
    }

    static AddOffsetsToTxnRequestData addOffsets(String transactionalId, Producer producer, String group) {
        return new AddOffsetsToTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producer.id())
                .setProducerEpoch(producer.epoch())
                .setGroupId(group);
    }

    static TxnOffsetCommitRequestData txnOffsetCommit(
            String transactionalId, Producer producer, String group, String topic, int partition, long offset) {
        return new TxnOffsetCommitRequestData()
                .setTransactionalId(transactionalId)
                .setGroupId(group)
                .setProducerId(producer.id())
                .setProducerEpoch(producer.epoch())
                .setTopics(List.of(new TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic()
                        .setName(topic)
                        .setPartitions(List.of(new TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(offset)))));
    }

    static EndTxnRequestData end(String transactionalId, Producer producer, boolean commit) {
        return new EndTxnRequestData()
                .setTransactionalId(transactionalId)
                .setProducerId(producer.id())
                .setProducerEpoch(producer.epoch())
                .setCommitted(commit);
    }

    // ---- groups ----

    static JoinGroupRequestData join(String group, String memberId, String instanceId, String... protocols) {
        JoinGroupRequestData request = new JoinGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(30_000)
                .setRebalanceTimeoutMs(20_000);
        for (String protocol : protocols) {
            request.protocols()
                    .add(new JoinGroupRequestData.JoinGroupRequestProtocol()
                            .setName(protocol)
                            .setMetadata(subscription(group)));
        }
        return request;
    }

    /** A broker reads what a consumer subscribes to: anything else than a subscription stops its group for good. */
    private static byte[] subscription(String group) {
        ByteBuffer bytes = ConsumerProtocol.serializeSubscription(
                new ConsumerPartitionAssignor.Subscription(List.of("topic-of-" + group)));
        byte[] array = new byte[bytes.remaining()];
        bytes.get(array);
        return array;
    }

    static SyncGroupRequestData sync(String group, String memberId, int generation, String... assignedTo) {
        SyncGroupRequestData request = new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationId(generation);
        for (int i = 0; i < assignedTo.length; i++) {
            request.assignments()
                    .add(new SyncGroupRequestData.SyncGroupRequestAssignment()
                            .setMemberId(assignedTo[i])
                            .setAssignment(bytes("share " + i)));
        }
        return request;
    }

    static HeartbeatRequestData heartbeat(String group, String memberId, int generation) {
        return new HeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationId(generation);
    }

    static LeaveGroupRequestData leave(String group, String memberId, String instanceId) {
        return new LeaveGroupRequestData()
                .setGroupId(group)
                .setMembers(List.of(new LeaveGroupRequestData.MemberIdentity()
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)));
    }

    static OffsetCommitRequestData commit(
            String group, String memberId, int generation, String topic, int partition, long offset) {
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                        .setName(topic)
                        .setPartitions(List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(offset)
                                .setCommittedMetadata("up to " + offset)))));
    }

    static OffsetFetchRequestData fetchOffsets(String group, String topic, boolean stable) {
        return new OffsetFetchRequestData()
                .setRequireStable(stable)
                .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(
                                topic == null
                                        ? null
                                        : List.of(new OffsetFetchRequestData.OffsetFetchRequestTopics()
                                                .setName(topic)
                                                .setPartitionIndexes(List.of(0, 1))))));
    }

    static DescribeGroupsRequestData describe(String group) {
        return new DescribeGroupsRequestData().setGroups(List.of(group));
    }

    static DeleteGroupsRequestData deleteGroup(String group) {
        return new DeleteGroupsRequestData().setGroupsNames(List.of(group));
    }

    static ConsumerGroupHeartbeatRequestData consumerHeartbeat(
            String group, String memberId, int epoch, List<String> topics) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(memberId)
                .setMemberEpoch(epoch)
                .setSubscribedTopicNames(topics)
                .setRebalanceTimeoutMs(epoch == 0 ? 20_000 : -1)
                .setTopicPartitions(epoch == 0 ? List.of() : null);
    }

    /** The records of a fetch's answer, as text. */
    static List<String> texts(org.apache.kafka.common.record.internal.Records records) {
        List<String> texts = new ArrayList<>();
        for (RecordBatch batch : records.batches()) {
            if (batch.isControlBatch()) {
                texts.add(batch.baseOffset() + ": marker of a producer with epoch " + batch.producerEpoch());
            } else {
                for (org.apache.kafka.common.record.internal.Record record : batch) {
                    texts.add(record.offset() + ": " + text(record.key()) + "=" + text(record.value()) + " type "
                            + batch.timestampType());
                }
            }
        }
        return texts;
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null
                ? "null"
                : StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
