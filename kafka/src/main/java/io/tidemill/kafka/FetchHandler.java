package io.tidemill.kafka;

import io.tidemill.kafka.PendingFetch.Wanted;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;

/**
 * Reads for consumers. Sessions (KIP-227) are never made, which clients must expect of every answer: one more thing that could
 * be forgotten, for a saving that a broker nearby does not need.
 */
final class FetchHandler {
    private static final byte READ_COMMITTED = 1;
    private static final int NO_SESSION = 0;
    private static final short FETCH_SESSION_ID_NOT_FOUND = 70;

    private final Broker broker;
    private final Consumer<Call> whenFetched;

    FetchHandler(Broker broker, Consumer<Call> whenFetched) {
        this.broker = broker;
        this.whenFetched = whenFetched;
    }

    void fetch(Call call) {
        FetchRequestData request = (FetchRequestData) call.body();
        if (request.sessionId() != NO_SESSION) {
            call.answer(new FetchResponseData().setErrorCode(FETCH_SESSION_ID_NOT_FOUND));
            return;
        }
        whenFetched.accept(call);
        new PendingFetch(
                        broker,
                        call,
                        wanted(call, request),
                        request.isolationLevel() == READ_COMMITTED,
                        request.minBytes(),
                        request.maxBytes(),
                        request.maxWaitMs())
                .advance();
    }

    private List<Wanted> wanted(Call call, FetchRequestData request) {
        List<Wanted> wanted = new ArrayList<>();
        for (FetchTopic topic : request.topics()) {
            short refusal = broker.mayRead(call, topic.topic()) ? ErrorCode.NONE : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
            for (FetchPartition partition : topic.partitions()) {
                wanted.add(wanted(topic.topic(), partition, refusal));
            }
        }
        return wanted;
    }

    private static Wanted wanted(String topic, FetchPartition partition, short refusal) {
        boolean sound = partition.partition() >= 0;
        return new Wanted(
                new TopicPartition(topic, Math.max(0, partition.partition())),
                partition.fetchOffset(),
                partition.partitionMaxBytes(),
                partition.currentLeaderEpoch(),
                sound ? refusal : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
}
