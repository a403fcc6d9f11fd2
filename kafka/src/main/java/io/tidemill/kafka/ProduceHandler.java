package io.tidemill.kafka;

import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.kafka.protocol.RecordBytes;
import io.tidemill.log.AppendResult;
import io.tidemill.log.Commit;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.WrittenAppends;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.jspecify.annotations.Nullable;

/**
 * Appends what producers send. All partitions of a request go into one frame; each batch is taken or refused by itself, and
 * is kept as it was sent.
 */
final class ProduceHandler {
    private static final int RECORD_ERRORS_MAX = 1_000;
    private static final long NO_OFFSET = -1;
    private static final long NO_TIMESTAMP = -1;

    private final Broker broker;

    ProduceHandler(Broker broker) {
        this.broker = broker;
    }

    /** A batch to append, and where to say what became of it. */
    private record Planned(Commit.Append append, PartitionProduceResponse response) {}

    /** A batch is not taken, and why. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;
        final short code;
        final transient List<Integer> records;

        RefusedException(short code, String message) {
            this(code, message, List.of());
        }

        /** @param records the places in their batch of those that are to blame */
        RefusedException(short code, String message, List<Integer> records) {
            super(message);
            this.code = code;
            this.records = records;
        }
    }

    void produce(Call call) {
        ProduceRequestData request = (ProduceRequestData) call.body();
        if (request.acks() < -1 || request.acks() > 1) {
            call.refuse(ErrorCode.INVALID_REQUIRED_ACKS);
            return;
        }
        if (request.transactionalId() != null
                && !broker.allows(call, Operation.WRITE, Resource.TRANSACTIONAL_ID, request.transactionalId())) {
            refuse(call, request, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
            return;
        }
        ProduceResponseData response = new ProduceResponseData();
        List<Planned> planned = plan(call, request, response);
        WrittenAppends written;
        try {
            written = broker.log().append(planned.stream().map(Planned::append).toList());
        } catch (LogException e) {
            refuse(call, request, Broker.code(e));
            return;
        }
        for (int i = 0; i < planned.size(); i++) {
            tell(planned.get(i), written.results().get(i));
        }
        finish(call, request, written.sequence(), response);
    }

    private static void refuse(Call call, ProduceRequestData request, short code) {
        if (request.acks() == 0) {
            call.closeConnection("records could not be taken (" + code + "), and acks=0 has no other way to tell");
        } else {
            call.refuse(code);
        }
    }

    private void finish(Call call, ProduceRequestData request, long sequence, ProduceResponseData response) {
        if (request.acks() != 0) {
            broker.answerWhenDurable(call, sequence, response);
            return;
        }
        // Somebody must wait for it, or nobody would ever see it.
        broker.sync().whenDurable(sequence, failure -> {});
        boolean failed = response.responses().stream()
                .flatMap(topic -> topic.partitionResponses().stream())
                .anyMatch(partition -> partition.errorCode() != ErrorCode.NONE);
        if (failed) {
            call.closeConnection("records could not be taken, and acks=0 has no other way to tell");
        } else {
            call.answerNothing();
        }
    }

    private List<Planned> plan(Call call, ProduceRequestData request, ProduceResponseData response) {
        List<Planned> planned = new ArrayList<>();
        for (TopicProduceData topic : request.topicData()) {
            TopicProduceResponse ofTopic = new TopicProduceResponse().setName(topic.name());
            response.responses().add(ofTopic);
            short refusal = refusal(call, topic.name());
            for (PartitionProduceData partition : topic.partitionData()) {
                PartitionProduceResponse ofPartition = new PartitionProduceResponse()
                        .setIndex(partition.index())
                        .setBaseOffset(NO_OFFSET)
                        .setLogAppendTimeMs(NO_TIMESTAMP);
                ofTopic.partitionResponses().add(ofPartition);
                if (refusal != ErrorCode.NONE) {
                    ofPartition.setErrorCode(refusal);
                } else {
                    plan(call, request.transactionalId(), topic.name(), partition, ofPartition, planned);
                }
            }
        }
        return planned;
    }

    private short refusal(Call call, String topic) {
        if (!broker.mayWrite(call, topic)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        return Broker.isInternal(topic) ? ErrorCode.INVALID_TOPIC_EXCEPTION : ErrorCode.NONE;
    }

    private void plan(
            Call call,
            @Nullable String transactionalId,
            String topic,
            PartitionProduceData partition,
            PartitionProduceResponse response,
            List<Planned> planned) {
        TopicDescription description = broker.topics().byName(topic);
        if (description == null || !broker.topics().has(topic, partition.index())) {
            response.setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            return;
        }
        try {
            Batch batch = batch(call, RecordBytes.of(partition), description.config());
            requireOwnTransaction(transactionalId, batch);
            planned.add(new Planned(new Commit.Append(new TopicPartition(topic, partition.index()), batch), response));
        } catch (RefusedException e) {
            response.setErrorCode(e.code).setErrorMessage(e.getMessage());
            if (!e.records.isEmpty()) {
                TopicPartition where = new TopicPartition(topic, partition.index());
                response.setLogStartOffset(broker.log().partitionStatus(where).start());
            }
            for (int record : e.records) {
                response.recordErrors().add(new BatchIndexAndErrorMessage().setBatchIndex(record));
            }
        }
    }

    private Batch batch(Call call, @Nullable ByteBuffer records, TopicConfig config) throws RefusedException {
        if (records == null || !records.hasRemaining()) {
            throw new RefusedException(ErrorCode.INVALID_RECORD, "a partition without records");
        }
        ProducedBatch.Refusal refusal = ProducedBatch.refusal(records, call.version(), config);
        if (refusal != null) {
            throw new RefusedException(refusal.code(), refusal.message());
        }
        try {
            Batch batch = Batch.validated(records);
            requireTimes(batch, config);
            if (config.compacted()) {
                requireKeys(batch);
            }
            return batch;
        } catch (LogException e) {
            throw new RefusedException(Broker.code(e), String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new RefusedException(ErrorCode.CORRUPT_MESSAGE, String.valueOf(e.getMessage()));
        }
    }

    /** The right to write was asked for the id that the request names: the batch must be of that id. */
    private void requireOwnTransaction(@Nullable String transactionalId, Batch batch) throws RefusedException {
        BatchHeader header = batch.header();
        if (!header.transactional()) {
            return;
        }
        if (transactionalId == null) {
            throw new RefusedException(
                    ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    "a batch of a transaction, in a request that names no transactional id");
        }
        boolean own = broker.log()
                .transactions()
                .producer(transactionalId)
                .filter(producer -> producer.id() == header.producerId())
                .isPresent();
        if (!own) {
            throw new RefusedException(
                    ErrorCode.INVALID_PRODUCER_ID_MAPPING,
                    "producer " + header.producerId() + " is not that of the request's transactional id");
        }
    }

    private void requireTimes(Batch batch, TopicConfig config) throws RefusedException {
        long latest = broker.clock().millis() + TopicProperties.timestampAheadMillisMax(config);
        if (!config.stampedAtAppend() && batch.maxTimestamp() > latest && latest > 0) {
            throw new RefusedException(
                    ErrorCode.INVALID_TIMESTAMP,
                    "a timestamp is further ahead of the broker's clock than message.timestamp.after.max.ms allows",
                    places(batch, record -> record.timestampMillis() > latest));
        }
    }

    private static void requireKeys(Batch batch) throws RefusedException {
        List<Integer> lacking = places(batch, record -> record.keyLength() < 0);
        if (!lacking.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.INVALID_RECORD, "a compacted topic takes no records without a key", lacking);
        }
    }

    /** Of the records that {@code filter} finds; at most {@value #RECORD_ERRORS_MAX}. */
    private static List<Integer> places(Batch batch, Predicate<RecordCursor> filter) {
        RecordCursor records = new RecordCursor();
        records.reset(batch.header().baseOffset());
        int start = records.reserve(batch.sizeInBytes());
        batch.bytes().duplicate().get(records.reserved(), start, batch.sizeInBytes());
        records.addBatch(start, batch.sizeInBytes(), 0);
        List<Integer> places = new ArrayList<>();
        for (int place = 0; records.next() && places.size() < RECORD_ERRORS_MAX; place++) {
            if (filter.test(records)) {
                places.add(place);
            }
        }
        return places;
    }

    /** Found out by looking at the partition, whose start is then told too. */
    private static boolean isProducersFault(LogException.Code code) {
        return code == LogException.Code.OUT_OF_ORDER_SEQUENCE || code == LogException.Code.INVALID_PRODUCER_EPOCH;
    }

    private void tell(Planned planned, AppendResult result) {
        PartitionProduceResponse response = planned.response();
        if (result instanceof AppendResult.Appended appended) {
            broker.counters().produceBytes.add(planned.append().batch().sizeInBytes());
            response.setBaseOffset(appended.baseOffset())
                    .setLogAppendTimeMs(appended.appendTimeMillis())
                    .setLogStartOffset(appended.start());
        } else if (result instanceof AppendResult.Duplicate duplicate) {
            response.setBaseOffset(duplicate.baseOffset()).setLogStartOffset(duplicate.start());
        } else if (result instanceof AppendResult.Refused refused) {
            response.setErrorCode(Broker.code(refused.cause()))
                    .setErrorMessage(refused.cause().getMessage());
            if (isProducersFault(refused.cause().code())) {
                response.setLogStartOffset(broker.log()
                        .partitionStatus(planned.append().partition())
                        .start());
            }
        }
    }
}
