package io.tidemill.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.kafka.protocol.Api;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever comes, the broker lives and its memory is bounded. */
@Timeout(180)
class HostileInputTest {
    private static final long RESPONSE_MEMORY = 4 << 20;
    private static final int RESPONSE_BYTES = 1 << 20;

    @TempDir
    Path directory;

    TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer(
                directory,
                options -> options.stallTimeout(Duration.ofMillis(700))
                        .connectionsMax(1_100)
                        .requests(1 << 20, 4 << 20)
                        .responses(RESPONSE_BYTES, RESPONSE_MEMORY));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Those that have gone count as connections until the server has noticed: the next one may be one too many. */
    private void assertServes() {
        TestServer.await(this::serves);
    }

    private boolean serves() {
        try (RawClient raw = new RawClient(server.server)) {
            MetadataRequestData all = new MetadataRequestData().setTopics(null);
            assertThat(raw.call(Api.METADATA, 12, all, new MetadataResponseData())
                            .brokers())
                    .hasSize(1);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Random random() {
        long seed = Long.getLong("tidemill.seed", System.nanoTime());
        System.out.println("HostileInputTest seed " + seed);
        return new Random(seed);
    }

    @Test
    void randomBytes() throws Exception {
        Random random = random();
        for (int i = 0; i < 200; i++) {
            try (RawClient raw = new RawClient(server.server)) {
                byte[] bytes = new byte[random.nextInt(2_000)];
                random.nextBytes(bytes);
                raw.sendBytes(bytes);
            }
        }
        assertServes();
    }

    @Test
    void randomBodiesOfEveryCall() throws Exception {
        Random random = random();
        for (Api api : Api.values()) {
            for (int i = 0; i < 30; i++) {
                try (RawClient raw = new RawClient(server.server)) {
                    int version = api.versionMin() + random.nextInt(api.versionMax() - api.versionMin() + 1);
                    byte[] bytes = new byte[13 + random.nextInt(300)];
                    random.nextBytes(bytes);
                    ByteBuffer request = ByteBuffer.wrap(bytes)
                            .putShort(0, api.key())
                            .putShort(2, (short) version)
                            .putShort(8, (short) -1)
                            .put(10, (byte) 0);
                    if (random.nextBoolean()) {
                        // Lengths are small then, and more of it is read.
                        for (int at = 11; at < bytes.length; at++) {
                            bytes[at] = (byte) random.nextInt(4);
                        }
                    }
                    raw.sendFrame(request);
                }
            }
        }
        assertServes();
        assertThat(server.server.statistics().requestsFailed()).isZero();
    }

    @Test
    void absurdLengths() throws Exception {
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 20) + 1, 1 << 30}) {
            try (RawClient raw = new RawClient(server.server)) {
                raw.sendBytes(ByteBuffer.allocate(8).putInt(length).array());
                assertThat(raw.isClosedByServer()).as("length " + length).isTrue();
            }
        }
        assertServes();
    }

    @Test
    void truncatedRequestsAreGivenUpAndTheirMemoryIsFreed() throws Exception {
        List<RawClient> silent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            RawClient raw = new RawClient(server.server);
            raw.sendBytes(ByteBuffer.allocate(100).putInt(1 << 20).array());
            silent.add(raw);
        }
        for (RawClient raw : silent) {
            assertThat(raw.isClosedByServer()).isTrue();
            raw.close();
        }
        assertServes();
        assertThat(server.server.statistics().connectionsStalled()).isGreaterThanOrEqualTo(20);
    }

    @Test
    void aThousandIdleConnectionsDoNotKeepOthersOut() throws Exception {
        List<RawClient> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                idle.add(new RawClient(server.server));
            }
            TestServer.await(() -> server.server.statistics().connections() >= 1_000);
            assertServes();
            for (int i = 0; i < 150; i++) {
                idle.add(new RawClient(server.server));
            }
            TestServer.await(() -> server.server.statistics().connectionsRefused() > 0);
            assertThat(server.server.statistics().connections()).isLessThanOrEqualTo(1_100);
        } finally {
            for (RawClient one : idle) {
                one.close();
            }
        }
        TestServer.await(() -> server.server.statistics().connections() == 0);
        assertServes();
    }

    private static FetchRequestData fetch(int waitMillisMax) {
        return new FetchRequestData()
                .setMaxWaitMs(waitMillisMax)
                .setMinBytes(1)
                .setMaxBytes(Integer.MAX_VALUE)
                .setTopics(List.of(new FetchTopic()
                        .setTopic("t")
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(0)
                                .setFetchOffset(0)
                                .setPartitionMaxBytes(Integer.MAX_VALUE)))));
    }

    @Test
    void consumersThatDoNotReadTakeBoundedMemoryAndAreGivenUp() throws Exception {
        server.createTopic("t", 1);
        try (KafkaProducer<String, String> producer = server.producer(Map.of("batch.size", 100_000, "linger.ms", 20))) {
            for (int i = 0; i < 200; i++) {
                var unused = producer.send(new ProducerRecord<>("t", 0, "k", "x".repeat(50_000)));
            }
        }
        List<RawClient> slow = new ArrayList<>();
        long most = 0;
        try {
            for (int i = 0; i < 100; i++) {
                RawClient raw = new RawClient(server.server);
                for (int j = 0; j < 10; j++) {
                    raw.send(Api.FETCH, 12, fetch(10_000));
                }
                slow.add(raw);
                most = Math.max(most, server.server.statistics().responseMemoryBytes());
            }
            long until = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (System.nanoTime() < until) {
                most = Math.max(most, server.server.statistics().responseMemoryBytes());
            }
            assertThat(most).isBetween(1L, RESPONSE_MEMORY + 2 * RESPONSE_BYTES);
            // Who reads is served, though later.
            assertThat(server.values("t", 0, 200, Map.of())).hasSize(200);
            assertThat(server.server.statistics().connectionsStalled()).isPositive();
        } finally {
            for (RawClient one : slow) {
                one.close();
            }
        }
        TestServer.await(() -> server.server.statistics().responseMemoryBytes() == 0);
    }

    @Test
    void closingDoesNotWaitForClients() throws Exception {
        server.createTopic("t", 1);
        try (RawClient raw = new RawClient(server.server)) {
            long before = server.server.statistics().requests();
            raw.send(Api.FETCH, 12, fetch(300_000));
            TestServer.await(() -> server.server.statistics().requests() > before);
            long begun = System.nanoTime();
            server.server.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
            assertThat(raw.isClosedByServer()).isTrue();
        }
    }
}
