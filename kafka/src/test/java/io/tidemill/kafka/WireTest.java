package io.tidemill.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.kafka.protocol.Api;
import io.tidemill.kafka.protocol.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What went wrong between brokers and clients elsewhere. */
@Timeout(120)
class WireTest {
    @TempDir
    Path directory;

    TestServer server;
    RawClient raw;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(directory);
        raw = new RawClient(server.server);
    }

    @AfterEach
    void stop() throws Exception {
        raw.close();
        server.close();
    }

    private static ApiVersionsRequestData whoAmI() {
        return new ApiVersionsRequestData().setClientSoftwareName("raw").setClientSoftwareVersion("1.0");
    }

    @Test
    void apiVersionsOfAnUnknownVersionIsAnsweredSoThatTheClientCanAskAgain() throws Exception {
        ByteBuffer request = RawClient.request(Api.API_VERSIONS, 4, 7, "raw", whoAmI());
        raw.sendFrame(request.putShort(2, (short) 99));
        ApiVersionsResponseData answer = new ApiVersionsResponseData();
        assertThat(raw.receive(Api.API_VERSIONS, 0, answer)).isEqualTo(7);
        assertThat(answer.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
        assertThat(answer.apiKeys()).hasSize(1);
        assertThat(requireNonNull(answer.apiKeys().find(Api.API_VERSIONS.key())).maxVersion())
                .isEqualTo((short) 4);
        assertThat(raw.call(Api.API_VERSIONS, 4, whoAmI(), new ApiVersionsResponseData())
                        .errorCode())
                .isZero();
    }

    @Test
    void everyVersionOfApiVersionsIsAnswered() throws Exception {
        for (int version = 0; version <= 4; version++) {
            ApiVersionsResponseData answer =
                    raw.call(Api.API_VERSIONS, version, whoAmI(), new ApiVersionsResponseData());
            assertThat(answer.apiKeys()).hasSize(Api.values().length - 2);
            assertThat(requireNonNull(answer.apiKeys().find((short) 0)).minVersion())
                    .isZero();
            assertThat(requireNonNull(answer.apiKeys().find((short) 1)).maxVersion())
                    .isEqualTo((short) 12);
            assertThat(answer.apiKeys().find((short) 71)).isNull();
            assertThat(answer.supportedFeatures()).isEmpty();
            assertThat(answer.finalizedFeatures()).isEmpty();
        }
    }

    @Test
    void aClientNeedsNoId() throws Exception {
        for (int version : List.of(1, 12)) {
            MetadataRequestData all = new MetadataRequestData().setTopics(null);
            raw.sendFrame(RawClient.request(Api.METADATA, version, 5, null, all));
            assertThat(raw.receive(Api.METADATA, version, new MetadataResponseData()))
                    .isEqualTo(5);
        }
    }

    @Test
    void unknownTaggedFieldsAreSkipped() throws Exception {
        MetadataRequestData all = new MetadataRequestData().setTopics(null);
        all.unknownTaggedFields().add(new RawTaggedField(900, new byte[100_000]));
        assertThat(raw.call(Api.METADATA, 12, all, new MetadataResponseData()).brokers())
                .hasSize(1);
    }

    @Test
    void aTaggedFieldThatIsLongerThanTheRequestClosesTheConnection() throws Exception {
        ByteBuffer request = RawClient.request(Api.METADATA, 12, 5, "raw", new MetadataRequestData().setTopics(null));
        ByteBuffer longer = ByteBuffer.allocate(request.remaining() + 6).put(request);
        // One tagged field, number 5, of 2 GiB.
        longer.position(longer.position() - 1);
        longer.put((byte) 1).put((byte) 5).put(new byte[] {-1, -1, -1, -1, 7});
        raw.sendFrame(longer.flip());
        assertThat(raw.isClosedByServer()).isTrue();
    }

    @Test
    void whatIsNotServedClosesTheConnectionInsteadOfLeavingTheClientToWait() throws Exception {
        ByteBuffer fetch = RawClient.request(Api.FETCH, 12, 5, "raw", new FetchRequestData());
        List<ByteBuffer> hopeless = new ArrayList<>();
        hopeless.add(ByteBuffer.allocate(fetch.remaining())
                .put(fetch.duplicate())
                .flip()
                .putShort(2, (short) 13));
        hopeless.add(ByteBuffer.allocate(fetch.remaining())
                .put(fetch.duplicate())
                .flip()
                .putShort(0, (short) 71));
        hopeless.add(ByteBuffer.allocate(fetch.remaining())
                .put(fetch.duplicate())
                .flip()
                .putShort(0, (short) -1));
        hopeless.add(ByteBuffer.allocate(20).putShort(0, Api.PRODUCE.key()).putShort(2, (short) 2));
        hopeless.add(
                ByteBuffer.allocate(20).putShort(0, Api.SASL_HANDSHAKE.key()).putShort(2, (short) 1));
        hopeless.add(ByteBuffer.allocate(3));
        hopeless.add(ByteBuffer.allocate(0));
        for (ByteBuffer request : hopeless) {
            try (RawClient one = new RawClient(server.server)) {
                one.sendFrame(request);
                assertThat(one.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void oldMetadataIsAnswered() throws Exception {
        server.createTopic("t", 2);
        for (int version = 0; version <= 12; version++) {
            MetadataRequestData one = new MetadataRequestData();
            one.topics().add(new MetadataRequestTopic().setName("t"));
            MetadataResponseData answer = raw.call(Api.METADATA, version, one, new MetadataResponseData());
            assertThat(requireNonNull(answer.topics().find("t")).partitions()).hasSize(2);
        }
        MetadataResponseData all = raw.call(Api.METADATA, 0, new MetadataRequestData(), new MetadataResponseData());
        assertThat(all.topics().find("t")).isNotNull();
        MetadataResponseData none =
                raw.call(Api.METADATA, 1, new MetadataRequestData().setTopics(List.of()), new MetadataResponseData());
        assertThat(none.topics()).isEmpty();
    }

    private static FetchRequestData fetch(long offset, int waitMillis, int bytesMin) {
        return new FetchRequestData()
                .setMaxWaitMs(waitMillis)
                .setMinBytes(bytesMin)
                .setMaxBytes(1 << 20)
                .setTopics(List.of(new FetchTopic()
                        .setTopic("t")
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(0)
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(1 << 20)))));
    }

    private static FetchResponseData.PartitionData only(FetchResponseData answer) {
        return answer.responses().get(0).partitions().get(0);
    }

    private void produce(int count) {
        try (KafkaProducer<String, String> producer = server.producer(Map.of())) {
            for (int i = 0; i < count; i++) {
                var unused = producer.send(new ProducerRecord<>("t", 0, "k", "v" + i));
            }
        }
    }

    @Test
    void anEmptyFetchWaitsAndTellsWhereThePartitionBeginsAndMakesNoSession() throws Exception {
        server.createTopic("t", 1);
        for (int version = 4; version <= 12; version++) {
            long begun = System.nanoTime();
            FetchResponseData answer = raw.call(Api.FETCH, version, fetch(0, 200, 1), new FetchResponseData());
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(190));
            assertThat(only(answer).errorCode()).isZero();
            assertThat(only(answer).logStartOffset()).isEqualTo(version == 4 ? -1 : 0);
            assertThat(answer.sessionId()).isZero();
        }
    }

    @Test
    void aFetchWaitsUntilThereIsEnough() throws Exception {
        server.createTopic("t", 1);
        produce(1);
        long begun = System.nanoTime();
        FetchResponseData answer = raw.call(Api.FETCH, 12, fetch(0, 300, 100_000), new FetchResponseData());
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(290));
        assertThat(requireNonNull(only(answer).records()).sizeInBytes()).isPositive();
    }

    @Test
    void aWaitingFetchIsWokenByTheRecord() throws Exception {
        server.createTopic("t", 1);
        int id = raw.send(Api.FETCH, 12, fetch(0, 300_000, 1));
        produce(1);
        FetchResponseData answer = new FetchResponseData();
        assertThat(raw.receive(Api.FETCH, 12, answer)).isEqualTo(id);
        assertThat(requireNonNull(only(answer).records()).sizeInBytes()).isPositive();
    }

    @Test
    void aFetchOutsideIsToldSoAtOnce() throws Exception {
        server.createTopic("t", 1);
        produce(1);
        for (long offset : new long[] {2, 1_000, -1}) {
            FetchResponseData answer = raw.call(Api.FETCH, 12, fetch(offset, 10_000, 1), new FetchResponseData());
            assertThat(only(answer).errorCode()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        }
        FetchRequestData otherEpoch = fetch(0, 10_000, 1);
        otherEpoch.topics().get(0).partitions().get(0).setCurrentLeaderEpoch(3);
        assertThat(only(raw.call(Api.FETCH, 12, otherEpoch, new FetchResponseData()))
                        .errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
    }

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
        server.createTopic("t", 1);
        List<Integer> sent = new ArrayList<>();
        sent.add(raw.send(Api.FETCH, 12, fetch(0, 300, 1)));
        for (int i = 0; i < 40; i++) {
            sent.add(raw.send(Api.API_VERSIONS, 0, whoAmI()));
        }
        List<Integer> answered = new ArrayList<>();
        answered.add(raw.receive(Api.FETCH, 12, new FetchResponseData()));
        for (int i = 0; i < 40; i++) {
            answered.add(raw.receive(Api.API_VERSIONS, 0, new ApiVersionsResponseData()));
        }
        assertThat(answered).isEqualTo(sent);
    }

    private static ByteBuffer batch(int records) {
        SimpleRecord[] all = new SimpleRecord[records];
        for (int i = 0; i < records; i++) {
            all[i] = new SimpleRecord(
                    System.currentTimeMillis(),
                    "k".getBytes(StandardCharsets.UTF_8),
                    "v".getBytes(StandardCharsets.UTF_8));
        }
        return MemoryRecords.withRecords(Compression.NONE, all).buffer();
    }

    private static ProduceRequestData produce(int acks, ByteBuffer records) {
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1_000);
        request.topicData()
                .add(new TopicProduceData()
                        .setName("t")
                        .setPartitionData(List.of(new PartitionProduceData()
                                .setIndex(0)
                                .setRecords(MemoryRecords.readableRecords(records)))));
        return request;
    }

    private PartitionProduceResponse produced(ByteBuffer records) throws Exception {
        ProduceResponseData answer = raw.call(Api.PRODUCE, 9, produce(-1, records), new ProduceResponseData());
        return answer.responses().iterator().next().partitionResponses().get(0);
    }

    @Test
    void batchesThatAreNotSoundAreRefusedByTheirFault() throws Exception {
        server.createTopic("t", 1);
        assertThat(produced(batch(2)).baseOffset()).isZero();
        ByteBuffer flipped = batch(2);
        flipped.put(flipped.limit() - 1, (byte) 77);
        assertThat(produced(flipped).errorCode()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        ByteBuffer old = batch(1);
        old.put(16, (byte) 1);
        assertThat(produced(old).errorCode()).isEqualTo(ErrorCode.INVALID_RECORD);
        ByteBuffer one = batch(1);
        ByteBuffer two = ByteBuffer.allocate(2 * one.remaining())
                .put(one.duplicate())
                .put(one)
                .flip();
        assertThat(produced(two).errorCode()).isEqualTo(ErrorCode.INVALID_RECORD);
        ByteBuffer cut = batch(1);
        cut.limit(cut.limit() - 3);
        assertThat(produced(cut).errorCode()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        ByteBuffer control = batch(1);
        control.putShort(21, (short) 0x20);
        assertThat(produced(control).errorCode()).isEqualTo(ErrorCode.INVALID_RECORD);
        ByteBuffer compressed = batch(1);
        compressed.putShort(21, (short) 7);
        assertThat(produced(compressed).errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        assertThat(produced(ByteBuffer.allocate(0)).errorCode()).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(produced(batch(1)).baseOffset()).isEqualTo(2);
    }

    @Test
    void otherAcksAreRefused() throws Exception {
        server.createTopic("t", 1);
        ProduceRequestData noRecords = produce(2, batch(1));
        noRecords.topicData().iterator().next().partitionData().get(0).setRecords(null);
        for (ProduceRequestData request : List.of(produce(2, batch(1)), noRecords)) {
            ProduceResponseData answer = raw.call(Api.PRODUCE, 9, request, new ProduceResponseData());
            assertThat(answer.responses()
                            .iterator()
                            .next()
                            .partitionResponses()
                            .get(0)
                            .errorCode())
                    .isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS);
        }
        assertThat(server.server.statistics().requestsFailed()).isZero();
    }

    @Test
    void withoutAcksThereIsNoAnswerAndAFailureClosesTheConnection() throws Exception {
        server.createTopic("t", 1);
        raw.send(Api.PRODUCE, 9, produce(0, batch(1)));
        assertThat(raw.call(Api.FETCH, 12, fetch(0, 5_000, 1), new FetchResponseData())
                        .responses())
                .hasSize(1);
        ByteBuffer flipped = batch(2);
        flipped.put(flipped.limit() - 1, (byte) 77);
        raw.send(Api.PRODUCE, 9, produce(0, flipped));
        assertThat(raw.isClosedByServer()).isTrue();
    }

    @Test
    void listOffsetsKnowsBothEndsInEveryVersion() throws Exception {
        server.createTopic("t", 1);
        produce(3);
        for (int version = 1; version <= 7; version++) {
            for (long[] one : new long[][] {{-1, 3}, {-2, 0}}) {
                ListOffsetsRequestData request = new ListOffsetsRequestData()
                        .setReplicaId(-1)
                        .setTopics(List.of(new ListOffsetsTopic()
                                .setName("t")
                                .setPartitions(List.of(new ListOffsetsPartition()
                                        .setPartitionIndex(0)
                                        .setTimestamp(one[0])))));
                ListOffsetsResponseData answer =
                        raw.call(Api.LIST_OFFSETS, version, request, new ListOffsetsResponseData());
                assertThat(answer.topics().get(0).partitions().get(0).offset()).isEqualTo(one[1]);
            }
        }
    }

    @Test
    void aRequestOfZeroesForAnyCallIsAnsweredOrClosesTheConnection() throws Exception {
        for (Api api : Api.values()) {
            try (RawClient one = new RawClient(server.server)) {
                ByteBuffer zeroes =
                        ByteBuffer.allocate(200).putShort(0, api.key()).putShort(2, api.versionMax());
                one.sendFrame(zeroes);
                assertThat(one.isClosedByServer()).as(api.name()).isTrue();
            }
        }
        assertThat(raw.call(Api.METADATA, 9, new MetadataRequestData().setTopics(null), new MetadataResponseData())
                        .brokers())
                .hasSize(1);
    }
}
