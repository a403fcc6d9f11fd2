package io.tidemill.kafka;

import io.tidemill.kafka.AccessRules.Operation;
import io.tidemill.kafka.AccessRules.Resource;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.LogException;
import io.tidemill.log.ProducerDescription;
import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.TransactionDescription;
import io.tidemill.log.TransactionState;
import io.tidemill.log.Written;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/** Producers' identities and transactions, of the first kind (KIP-98): the log decides, this translates. */
final class TransactionsHandler {
    private static final long NO_PRODUCER = -1;
    private static final short NO_EPOCH = -1;
    private static final short INVALID_REGULAR_EXPRESSION = 128;
    private static final int PATTERN_LENGTH_MAX = 1_000;

    private static final List<String> STATES =
            Stream.of(TransactionState.values()).map(TransactionsHandler::name).toList();

    private final Broker broker;

    TransactionsHandler(Broker broker) {
        this.broker = broker;
    }

    private static String name(TransactionState state) {
        return switch (state) {
            case EMPTY -> "Empty";
            case ONGOING -> "Ongoing";
            case COMPLETE_COMMIT -> "CompleteCommit";
            case COMPLETE_ABORT -> "CompleteAbort";
        };
    }

    // ---- producers' side ----

    void initProducerId(Call call) {
        InitProducerIdRequestData request = (InitProducerIdRequestData) call.body();
        String transactionalId = request.transactionalId();
        short refusal = refusal(call, request, transactionalId);
        if (refusal != ErrorCode.NONE) {
            call.answer(noProducer(refusal));
            return;
        }
        try {
            Written<ProducerIdentity> written = broker.log()
                    .transactions()
                    .initProducer(
                            transactionalId,
                            Duration.ofMillis(request.transactionTimeoutMs()),
                            request.producerId(),
                            request.producerEpoch());
            broker.answerWhenDurable(
                    call,
                    written.sequence(),
                    new InitProducerIdResponseData()
                            .setProducerId(written.value().id())
                            .setProducerEpoch(written.value().epoch()));
        } catch (LogException e) {
            call.answer(noProducer(code(call, e)));
        }
    }

    private short refusal(Call call, InitProducerIdRequestData request, @Nullable String transactionalId) {
        if (transactionalId != null && transactionalId.isEmpty()) {
            return ErrorCode.INVALID_REQUEST;
        }
        if ((request.producerId() == NO_PRODUCER) != (request.producerEpoch() == NO_EPOCH)) {
            return ErrorCode.INVALID_REQUEST;
        }
        return transactionalId == null ? ErrorCode.NONE : refusal(call, transactionalId);
    }

    private short refusal(Call call, String transactionalId) {
        return broker.allows(call, Operation.WRITE, Resource.TRANSACTIONAL_ID, transactionalId)
                ? ErrorCode.NONE
                : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    }

    private static InitProducerIdResponseData noProducer(short code) {
        return new InitProducerIdResponseData()
                .setErrorCode(code)
                .setProducerId(NO_PRODUCER)
                .setProducerEpoch(NO_EPOCH);
    }

    /** Clients of older versions know one word for both ways of being fenced. */
    static short code(Call call, LogException e) {
        short code = Broker.code(e);
        boolean knowsFenced = switch (call.api()) {
            case INIT_PRODUCER_ID -> call.version() >= 4;
            case ADD_PARTITIONS_TO_TXN, ADD_OFFSETS_TO_TXN, END_TXN -> call.version() >= 2;
            default -> false;
        };
        return code == ErrorCode.PRODUCER_FENCED && !knowsFenced ? ErrorCode.INVALID_PRODUCER_EPOCH : code;
    }

    /** Answers with {@code answer} of no error once it is durable, or of the log's refusal. */
    private void answer(Call call, LongSupplier written, IntFunction<ApiMessage> answer) {
        try {
            broker.answerWhenDurable(call, written.getAsLong(), answer.apply(ErrorCode.NONE));
        } catch (LogException e) {
            call.answer(answer.apply(code(call, e)));
        }
    }

    void addPartitions(Call call) {
        AddPartitionsToTxnRequestData request = (AddPartitionsToTxnRequestData) call.body();
        Map<TopicPartition, Short> refusals = new LinkedHashMap<>();
        short whole = refusal(call, request.v3AndBelowTransactionalId());
        Set<TopicPartition> partitions = new LinkedHashSet<>();
        for (AddPartitionsToTxnTopic topic : request.v3AndBelowTopics()) {
            for (int partition : topic.partitions()) {
                TopicPartition one = new TopicPartition(topic.name(), Math.max(0, partition));
                partitions.add(one);
                short refusal = whole == ErrorCode.NONE ? refusal(call, topic.name(), partition) : whole;
                if (refusal != ErrorCode.NONE) {
                    refusals.put(one, refusal);
                }
            }
        }
        if (!refusals.isEmpty()) {
            call.answer(added(request, one -> refusals.getOrDefault(one, ErrorCode.OPERATION_NOT_ATTEMPTED)));
            return;
        }
        ProducerIdentity producer =
                new ProducerIdentity(request.v3AndBelowProducerId(), request.v3AndBelowProducerEpoch());
        answer(
                call,
                () -> broker.log()
                        .transactions()
                        .addPartitions(request.v3AndBelowTransactionalId(), producer, partitions),
                code -> added(request, one -> (short) code));
    }

    private short refusal(Call call, String topic, int partition) {
        if (!broker.mayWrite(call, topic)) {
            return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        }
        return broker.topics().has(topic, partition) && !Broker.isInternal(topic)
                ? ErrorCode.NONE
                : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }

    private static ApiMessage added(
            AddPartitionsToTxnRequestData request, java.util.function.Function<TopicPartition, Short> code) {
        AddPartitionsToTxnResponseData response = new AddPartitionsToTxnResponseData();
        for (AddPartitionsToTxnTopic topic : request.v3AndBelowTopics()) {
            AddPartitionsToTxnTopicResult ofTopic = new AddPartitionsToTxnTopicResult().setName(topic.name());
            for (int partition : topic.partitions()) {
                ofTopic.resultsByPartition()
                        .add(new AddPartitionsToTxnPartitionResult()
                                .setPartitionIndex(partition)
                                .setPartitionErrorCode(
                                        code.apply(new TopicPartition(topic.name(), Math.max(0, partition)))));
            }
            response.resultsByTopicV3AndBelow().add(ofTopic);
        }
        return response;
    }

    void addOffsets(Call call) {
        AddOffsetsToTxnRequestData request = (AddOffsetsToTxnRequestData) call.body();
        short refusal = refusal(call, request.transactionalId());
        if (refusal == ErrorCode.NONE && !broker.allows(call, Operation.READ, Resource.GROUP, request.groupId())) {
            refusal = ErrorCode.GROUP_AUTHORIZATION_FAILED;
        }
        if (refusal != ErrorCode.NONE) {
            call.answer(new AddOffsetsToTxnResponseData().setErrorCode(refusal));
            return;
        }
        ProducerIdentity producer = new ProducerIdentity(request.producerId(), request.producerEpoch());
        answer(
                call,
                () -> broker.log().transactions().addGroup(request.transactionalId(), producer, request.groupId()),
                code -> new AddOffsetsToTxnResponseData().setErrorCode((short) code));
    }

    void end(Call call) {
        EndTxnRequestData request = (EndTxnRequestData) call.body();
        short refusal = refusal(call, request.transactionalId());
        if (refusal != ErrorCode.NONE) {
            call.answer(new EndTxnResponseData().setErrorCode(refusal));
            return;
        }
        ProducerIdentity producer = new ProducerIdentity(request.producerId(), request.producerEpoch());
        answer(
                call,
                () -> broker.log().transactions().end(request.transactionalId(), producer, request.committed()),
                code -> new EndTxnResponseData().setErrorCode((short) code));
    }

    // ---- administrators' side ----

    void describe(Call call) {
        DescribeTransactionsRequestData request = (DescribeTransactionsRequestData) call.body();
        if (request.transactionalIds().size() > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        call.answer(new DescribeTransactionsResponseData()
                .setTransactionStates(request.transactionalIds().stream()
                        .map(id -> describe(call, id))
                        .toList()));
    }

    private DescribeTransactionsResponseData.TransactionState describe(Call call, String transactionalId) {
        DescribeTransactionsResponseData.TransactionState state =
                new DescribeTransactionsResponseData.TransactionState().setTransactionalId(transactionalId);
        if (!broker.maySee(call, Resource.TRANSACTIONAL_ID, transactionalId)) {
            return state.setErrorCode(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        Optional<TransactionDescription> found = broker.log().transactions().describe(transactionalId);
        if (found.isEmpty()) {
            return state.setErrorCode(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND);
        }
        TransactionDescription one = found.get();
        state.setProducerId(one.producer().id())
                .setProducerEpoch(one.producer().epoch())
                .setTransactionState(name(one.state()))
                .setTransactionTimeoutMs((int) one.timeout().toMillis())
                .setTransactionStartTimeMs(one.startedMillis());
        for (TopicPartition partition : one.partitions()) {
            if (broker.maySee(call, Resource.TOPIC, partition.topic())) {
                TopicData topic = state.topics().find(partition.topic());
                if (topic == null) {
                    topic = new TopicData().setTopic(partition.topic());
                    state.topics().add(topic);
                }
                topic.partitions().add(partition.partition());
            }
        }
        return state;
    }

    void list(Call call) {
        ListTransactionsRequestData request = (ListTransactionsRequestData) call.body();
        ListTransactionsResponseData response = new ListTransactionsResponseData();
        request.stateFilters().stream()
                .filter(state -> !STATES.contains(state))
                .forEach(response.unknownStateFilters()::add);
        try {
            listInto(response, call, request);
        } catch (PatternSyntaxException e) {
            call.answer(new ListTransactionsResponseData().setErrorCode(INVALID_REGULAR_EXPRESSION));
            return;
        }
        call.answer(response);
    }

    private void listInto(ListTransactionsResponseData response, Call call, ListTransactionsRequestData request) {
        Optional<Pattern> pattern = pattern(request.transactionalIdPattern());
        long now = broker.clock().millis();
        for (TransactionDescription one : broker.log().transactions().list()) {
            if (matches(call, request, pattern, one, now)) {
                response.transactionStates()
                        .add(new ListTransactionsResponseData.TransactionState()
                                .setTransactionalId(one.transactionalId())
                                .setProducerId(one.producer().id())
                                .setTransactionState(name(one.state())));
            }
        }
    }

    /**
     * Only patterns without groups and references. What is left may still look at a text again and again, and this thread serves
     * all connections: {@link PatientText} has an end.
     */
    private static Optional<Pattern> pattern(@Nullable String wanted) {
        if (wanted == null || wanted.isEmpty()) {
            return Optional.empty();
        }
        if (wanted.length() > PATTERN_LENGTH_MAX
                || wanted.contains("(")
                || wanted.chars().filter(c -> c == '*' || c == '+' || c == '{').count() > 3) {
            throw new PatternSyntaxException("too complicated", "", -1);
        }
        return Optional.of(Pattern.compile(wanted));
    }

    private boolean matches(
            Call call,
            ListTransactionsRequestData request,
            Optional<Pattern> pattern,
            TransactionDescription one,
            long nowMillis) {
        boolean longEnough = request.durationFilter() < 0
                || (one.startedMillis() >= 0 && nowMillis - one.startedMillis() > request.durationFilter());
        return longEnough
                && (request.stateFilters().isEmpty() || request.stateFilters().contains(name(one.state())))
                && (request.producerIdFilters().isEmpty()
                        || request.producerIdFilters().contains(one.producer().id()))
                && broker.maySee(call, Resource.TRANSACTIONAL_ID, one.transactionalId())
                && pattern.map(each -> each.matcher(new PatientText(one.transactionalId()))
                                .matches())
                        .orElse(true);
    }

    void describeProducers(Call call) {
        DescribeProducersRequestData request = (DescribeProducersRequestData) call.body();
        DescribeProducersResponseData response = new DescribeProducersResponseData();
        int asked = request.topics().stream()
                .mapToInt(topic -> topic.partitionIndexes().size())
                .sum();
        if (asked > Broker.NAMES_MAX) {
            call.refuse(ErrorCode.INVALID_REQUEST);
            return;
        }
        for (TopicRequest topic : request.topics()) {
            TopicResponse ofTopic = new TopicResponse().setName(topic.name());
            for (int partition : topic.partitionIndexes()) {
                ofTopic.partitions().add(producers(call, topic.name(), partition));
            }
            response.topics().add(ofTopic);
        }
        call.answer(response);
    }

    private PartitionResponse producers(Call call, String topic, int partition) {
        PartitionResponse response = new PartitionResponse().setPartitionIndex(partition);
        if (!broker.mayRead(call, topic)) {
            return response.setErrorCode(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
        }
        if (!broker.topics().has(topic, partition)) {
            return response.setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        for (ProducerDescription one : broker.log().transactions().producers(new TopicPartition(topic, partition))) {
            response.activeProducers()
                    .add(new ProducerState()
                            .setProducerId(one.producer().id())
                            .setProducerEpoch(one.producer().epoch())
                            .setLastSequence(one.lastSequence())
                            .setLastTimestamp(one.lastTimestampMillis())
                            .setCoordinatorEpoch(0)
                            .setCurrentTxnStartOffset(one.openTransactionStart()));
        }
        return response;
    }
}
