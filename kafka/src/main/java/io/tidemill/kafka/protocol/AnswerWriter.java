package io.tidemill.kafka.protocol;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.network.Send;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.SendBuilder;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

/** Makes answers into bytes. */
public final class AnswerWriter {
    private AnswerWriter() {}

    /** The answer with its length and header; records are not copied. */
    public static Send write(Api api, short version, int correlationId, ApiMessage body) {
        ResponseHeader header = new ResponseHeader(
                new ResponseHeaderData().setCorrelationId(correlationId), api.responseHeaderVersion(version));
        return SendBuilder.buildResponseSend(header, body, version);
    }

    /**
     * The answer that says {@code code} for everything that the request asked for.
     *
     * @param request the whole request, with its header
     */
    public static ApiMessage error(ByteBuffer request, short code) {
        ByteBuffer bytes = request.duplicate();
        RequestHeader header = RequestHeader.parse(bytes);
        AbstractRequest parsed =
                AbstractRequest.parseRequest(header.apiKey(), header.apiVersion(), new BoundedReader(bytes)).request;
        if (parsed instanceof ProduceRequest produce) {
            fillIn(produce.data());
        }
        return parsed.getErrorResponse(0, Errors.forCode(code).exception()).data();
    }

    /** Kafka's class asks for the size of records that the protocol allows to be null. */
    private static void fillIn(ProduceRequestData request) {
        request.topicData()
                .forEach(topic -> topic.partitionData().forEach(partition -> {
                    if (partition.records() == null) {
                        partition.setRecords(MemoryRecords.EMPTY);
                    }
                }));
    }
}
