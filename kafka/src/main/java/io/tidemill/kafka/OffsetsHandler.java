package io.tidemill.kafka;

import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.LogException;
import io.tidemill.log.PartitionStatus;
import io.tidemill.log.TimestampedOffset;
import io.tidemill.log.TopicPartition;
import java.util.Optional;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;

/** Says where partitions begin and end, and which offset belongs to a time. */
final class OffsetsHandler {
    private static final byte READ_COMMITTED = 1;
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long OF_MAX_TIMESTAMP = -3;
    private static final long UNKNOWN = -1;
    private static final int LEADER_EPOCH_FROM = 4;

    private final Broker broker;

    OffsetsHandler(Broker broker) {
        this.broker = broker;
    }

    void listOffsets(Call call) {
        ListOffsetsRequestData request = (ListOffsetsRequestData) call.body();
        boolean committedOnly = request.isolationLevel() == READ_COMMITTED;
        ListOffsetsResponseData response = new ListOffsetsResponseData();
        for (ListOffsetsTopic topic : request.topics()) {
            ListOffsetsTopicResponse ofTopic = new ListOffsetsTopicResponse().setName(topic.name());
            for (ListOffsetsPartition partition : topic.partitions()) {
                ofTopic.partitions().add(list(call, topic.name(), partition, committedOnly));
            }
            response.topics().add(ofTopic);
        }
        call.answer(response);
    }

    private ListOffsetsPartitionResponse list(
            Call call, String topic, ListOffsetsPartition asked, boolean committedOnly) {
        ListOffsetsPartitionResponse response = new ListOffsetsPartitionResponse()
                .setPartitionIndex(asked.partitionIndex())
                .setTimestamp(UNKNOWN)
                .setOffset(UNKNOWN)
                .setLeaderEpoch((int) UNKNOWN);
        short refusal = refusal(call, topic, asked.partitionIndex(), asked.currentLeaderEpoch());
        if (refusal != ErrorCode.NONE) {
            return response.setErrorCode(refusal);
        }
        try {
            Optional<TimestampedOffset> found =
                    find(new TopicPartition(topic, asked.partitionIndex()), asked.timestamp(), committedOnly);
            found.ifPresent(offset -> response.setOffset(offset.offset()).setTimestamp(offset.timestampMillis()));
            if (found.isPresent() && call.version() >= LEADER_EPOCH_FROM) {
                response.setLeaderEpoch(Broker.LEADER_EPOCH);
            }
            return response;
        } catch (LogException e) {
            return response.setErrorCode(Broker.code(e));
        }
    }

    private short refusal(Call call, String topic, int partition, int leaderEpoch) {
        if (!broker.maySee(call, AccessRules.Resource.TOPIC, topic)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        if (!broker.topics().has(topic, partition)) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return leaderEpoch < 0 || leaderEpoch == Broker.LEADER_EPOCH ? ErrorCode.NONE : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }

    private Optional<TimestampedOffset> find(TopicPartition partition, long timestamp, boolean committedOnly) {
        PartitionStatus status = broker.log().partitionStatus(partition);
        if (timestamp == LATEST) {
            return Optional.of(new TimestampedOffset(committedOnly ? status.stableEnd() : status.end(), UNKNOWN));
        }
        if (timestamp == EARLIEST) {
            return Optional.of(new TimestampedOffset(status.start(), UNKNOWN));
        }
        if (timestamp == OF_MAX_TIMESTAMP) {
            return broker.log().newestRecord(partition);
        }
        if (timestamp < 0) {
            throw new LogException(LogException.Code.INVALID, "no such timestamp: " + timestamp);
        }
        return broker.log().recordAtOrAfter(partition, timestamp, committedOnly);
    }

    void offsetForLeaderEpoch(Call call) {
        OffsetForLeaderEpochRequestData request = (OffsetForLeaderEpochRequestData) call.body();
        OffsetForLeaderEpochResponseData response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : request.topics()) {
            OffsetForLeaderTopicResult ofTopic = new OffsetForLeaderTopicResult().setTopic(topic.topic());
            for (OffsetForLeaderPartition partition : topic.partitions()) {
                ofTopic.partitions().add(endOfEpoch(call, topic.topic(), partition));
            }
            response.topics().add(ofTopic);
        }
        call.answer(response);
    }

    private EpochEndOffset endOfEpoch(Call call, String topic, OffsetForLeaderPartition asked) {
        EpochEndOffset response = new EpochEndOffset().setPartition(asked.partition());
        short refusal = refusal(call, topic, asked.partition(), asked.currentLeaderEpoch());
        if (refusal != ErrorCode.NONE) {
            return response.setErrorCode(refusal);
        }
        if (asked.leaderEpoch() != Broker.LEADER_EPOCH) {
            return response;
        }
        return response.setLeaderEpoch(Broker.LEADER_EPOCH)
                .setEndOffset(broker.log()
                        .partitionStatus(new TopicPartition(topic, asked.partition()))
                        .end());
    }
}
