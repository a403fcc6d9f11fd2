package io.tidemill.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Header;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.LogWriter;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.RecordCursor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

@ResourceLock(value = SharedBroker.NAME, mode = ResourceAccessMode.READ)
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class KafkaLogTest {
    private static KafkaLog log;

    @BeforeAll
    static void connect() {
        log = SharedBroker.connect();
    }

    @AfterAll
    static void close() {
        log.close();
    }

    private static TopicPartition topic(String name, int partitions) {
        log.createTopic(name, TopicConfig.of(partitions).retention(null));
        return new TopicPartition(name, 0);
    }

    private static void refused(Code code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LogException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    private static Commit commit(TopicPartition partition, String... values) {
        BatchBuilder batch = new BatchBuilder();
        for (String value : values) {
            batch.add(1_000, null, value.getBytes(UTF_8), List.of());
        }
        return Commit.builder().append(partition, batch.build()).build();
    }

    private static List<String> values(KafkaLog from, TopicPartition partition) {
        List<String> values = new ArrayList<>();
        RecordCursor cursor = new RecordCursor();
        OffsetRange range = from.offsets(partition);
        long at = range.start();
        while (at < range.end()) {
            from.fetch(partition, at, 1 << 20, cursor);
            while (cursor.next()) {
                values.add(new String(cursor.array(), cursor.valueStart(), cursor.valueLength(), UTF_8));
            }
            assertThat(cursor.nextOffset()).isGreaterThan(at);
            at = cursor.nextOffset();
        }
        return values;
    }

    @Test
    void topicsAreWhatTheyWereMadeAs() {
        TopicConfig config = TopicConfig.of(3)
                .retention(Duration.ofDays(2))
                .retentionBytes(1L << 30)
                .recordBytesMax(5 << 20);
        TopicDescription made = log.createTopic("as-made", config);
        assertThat(made.config()).isEqualTo(config);
        assertThat(log.topic("as-made")).contains(made);
        assertThat(log.topics()).contains(made);
        assertThat(log.createTopic("as-made-compacted", TopicConfig.compacted(2))
                        .config())
                .isEqualTo(TopicConfig.compacted(2));
        refused(Code.TOPIC_EXISTS, () -> log.createTopic("as-made", config));

        log.deleteTopic("as-made");

        assertThat(log.topic("as-made")).isEmpty();
        refused(Code.UNKNOWN_TOPIC, () -> log.deleteTopic("as-made"));
        refused(Code.UNKNOWN_TOPIC, () -> log.offsets(new TopicPartition("as-made", 0)));
        refused(Code.UNKNOWN_TOPIC, () -> log.commit(commit(new TopicPartition("as-made", 0), "x")));
        refused(Code.UNKNOWN_TOPIC, () -> log.offsets(new TopicPartition("as-made-compacted", 2)));
    }

    @Test
    void recordsComeBackByteForByte() {
        TopicPartition partition = topic("bytes", 2);
        BatchBuilder batch = new BatchBuilder();
        List<Header> headers = List.of(new Header("a", new byte[] {0, -1}), new Header("a", null));
        batch.add(1_234, new byte[] {1, 2}, new byte[] {-1}, headers);
        batch.add(5_678, (byte[]) null, new byte[0], List.of());
        batch.add(0, new byte[0], (byte[]) null, List.of());
        Commit commit = Commit.builder()
                .append(partition, batch.build())
                .append(
                        new TopicPartition("bytes", 1),
                        commit(partition, "other").appends().get(0).batch())
                .build();

        CommitResult result = log.commit(commit);

        assertThat(result.baseOffsets()).containsExactly(0L, 0L);
        RecordCursor cursor = new RecordCursor();
        log.fetch(partition, 0, 1 << 20, cursor);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.offset()).isZero();
        assertThat(cursor.timestampMillis()).isEqualTo(1_234);
        assertThat(cursor.appendTimeMillis()).isEqualTo(1_234);
        assertThat(cursor.key()).containsExactly(1, 2);
        assertThat(cursor.value()).containsExactly(-1);
        assertThat(cursor.headers()).usingRecursiveComparison().isEqualTo(headers);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.key()).isNull();
        assertThat(cursor.value()).isEmpty();
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.key()).isEmpty();
        assertThat(cursor.value()).isNull();
        assertThat(cursor.timestampMillis()).isZero();
        assertThat(cursor.next()).isFalse();
        // The marker of the transaction is an offset, but not a record.
        assertThat(cursor.nextOffset()).isBetween(3L, 4L);
        log.fetch(partition, 3, 1 << 20, cursor);
        assertThat(cursor.next()).isFalse();
        assertThat(cursor.nextOffset()).isEqualTo(4);
        assertThat(log.offsets(partition)).isEqualTo(new OffsetRange(0, 4));
    }

    @Test
    void nextOffsetReachesTheEndOverMarkersAndWhatWasAborted() throws InterruptedException {
        TopicPartition partition = topic("gaps", 1);
        for (int i = 0; i < 5; i++) {
            log.commit(commit(partition, "r" + i));
            refused(
                    Code.CONFLICT,
                    () -> log.commit(Commit.builder()
                            .append(
                                    partition,
                                    commit(partition, "never").appends().get(0).batch())
                            .expectEnd(partition, 77)
                            .build()));
        }
        // The broker writes the last marker of an abort when it likes.
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (log.offsets(partition).end() < 20 && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
        long end = log.offsets(partition).end();
        assertThat(end).isEqualTo(20);
        assertThat(values(log, partition)).containsExactly("r0", "r1", "r2", "r3", "r4");
        RecordCursor cursor = new RecordCursor();
        log.fetch(partition, 17, 1 << 20, cursor);
        assertThat(cursor.next()).isFalse();
        assertThat(cursor.nextOffset()).isEqualTo(20);
        log.fetch(partition, end, 1 << 20, cursor);
        assertThat(cursor.isEmpty()).isTrue();
        refused(Code.OFFSET_OUT_OF_RANGE, () -> log.fetch(partition, 21, 1 << 20, cursor));
    }

    @Test
    void whatWasCommittedIsSeenByOthersAtOnceAndWhereItWasSaid() {
        TopicPartition partition = topic("seen", 1);
        try (KafkaLog other = SharedBroker.connect()) {
            long end = 0;
            for (int i = 0; i < 20; i++) {
                CommitResult result = log.commit(Commit.builder()
                        .append(
                                partition,
                                commit(partition, "a" + i, "b" + i)
                                        .appends()
                                        .get(0)
                                        .batch())
                        .expectEnd(partition, end)
                        .offset("seen", partition, i)
                        .build());
                assertThat(result.baseOffsets()).containsExactly(end);
                end += 2 + result.markerOffsets();
                assertThat(other.endNow(partition)).isEqualTo(end);
                assertThat(other.committed("seen", partition)).hasValue(i);
            }
            assertThat(values(other, partition)).hasSize(40).startsWith("a0", "b0", "a1");
            assertThat(other.groups().get("seen")).isEqualTo(Map.of(partition, 19L));
            assertThat(other.committed("nobody", partition)).isEmpty();
        }
    }

    @Test
    void readingInSmallBitesAndFromAnywhere() {
        TopicPartition partition = topic("bites", 1);
        String[] values = new String[500];
        for (int i = 0; i < values.length; i++) {
            values[i] = "value-" + i;
        }
        log.commit(commit(partition, values));
        RecordCursor cursor = new RecordCursor();
        for (long from : new long[] {0, 3, 499, 100, 99, 500, 250}) {
            log.fetch(partition, from, 1, cursor);
            assertThat(cursor.next()).isEqualTo(from < 500);
            if (from < 500) {
                assertThat(cursor.offset()).isEqualTo(from);
                assertThat(cursor.next()).as("one fits").isFalse();
                // Behind the last record is a marker, which the reader may have seen already.
                assertThat(cursor.nextOffset()).isBetween(from + 1, from == 499 ? 501 : from + 1);
            }
        }
    }

    @Test
    void whoStopsInTheMidstOfWhatWasFetchedGoesOnThere() {
        TopicPartition partition = topic("midst", 1);
        String[] values = new String[500];
        for (int i = 0; i < values.length; i++) {
            values[i] = "value-" + i;
        }
        log.commit(commit(partition, values));
        RecordCursor cursor = new RecordCursor();
        for (long from : new long[] {0, 200, 100, 101, 499, 0, 250, 250}) {
            log.fetch(partition, from, 1 << 20, cursor);
            long expected = from;
            while (cursor.next()) {
                assertThat(cursor.offset()).isEqualTo(expected);
                assertThat(new String(Objects.requireNonNull(cursor.value()), UTF_8))
                        .isEqualTo("value-" + expected);
                expected++;
            }
            assertThat(expected).isEqualTo(500);
        }
    }

    @Test
    void theBeginningCanBeCutOff() throws InterruptedException {
        TopicPartition partition = topic("cut", 1);
        log.createTopic("cut-compacted", TopicConfig.compacted(1));
        TopicPartition compacted = new TopicPartition("cut-compacted", 0);
        BatchBuilder keyed = new BatchBuilder();
        for (int i = 0; i < 10; i++) {
            keyed.add(0, new byte[] {1}, new byte[] {2}, List.of());
        }
        log.commit(commit(partition, "a", "b", "c"));
        log.commit(Commit.builder()
                .append(compacted, keyed.build())
                .trim(partition, 2)
                .build());
        log.commit(Commit.builder().trim(compacted, 5).build());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (log.offsets(partition).start() != 2 || log.offsets(compacted).start() != 5) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertThat(values(log, partition)).containsExactly("c");
        refused(Code.OFFSET_OUT_OF_RANGE, () -> log.fetch(partition, 1, 100, new RecordCursor()));
    }

    @Test
    void offsetsByTimestamp() {
        TopicPartition partition = topic("times", 1);
        for (long time : List.of(100, 120, 300, 200, 400)) {
            log.commit(Commit.of(partition, time, null, new byte[0]));
        }
        assertThat(log.offsetAtOrAfter(partition, 0)).hasValue(0);
        assertThat(log.offsetAtOrAfter(partition, 150)).hasValue(4);
        assertThat(log.offsetAtOrAfter(partition, 301)).hasValue(8);
        assertThat(log.offsetAtOrAfter(partition, 401)).isEmpty();
    }

    @Test
    void whoWaitsAtTheEndIsToldOfOthersRecords() throws Exception {
        TopicPartition partition = topic("waited-for", 1);
        log.commit(commit(partition, "first"));
        try (KafkaLog other = SharedBroker.connect()) {
            other.fetch(partition, 0, 1 << 20, new RecordCursor());
            long seen = other.changes();
            CompletableFuture<Long> change = CompletableFuture.supplyAsync(() -> {
                try {
                    return other.awaitChange(seen, Duration.ofSeconds(60));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            log.commit(commit(partition, "second"));
            assertThat(change.get(60, TimeUnit.SECONDS)).isGreaterThan(seen);
            assertThat(values(other, partition)).containsExactly("first", "second");
            assertThat(other.awaitChange(change.get(), Duration.ofMillis(1)))
                    .as("bounded")
                    .isGreaterThanOrEqualTo(change.get());
        }
    }

    @Test
    void plainProducersRecordsAreRead() throws Exception {
        TopicPartition partition = topic("plain", 1);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of(
                "bootstrap.servers", SharedBroker.get().bootstrap(),
                "compression.type", "lz4",
                "key.serializer", "org.apache.kafka.common.serialization.StringSerializer",
                "value.serializer", "org.apache.kafka.common.serialization.StringSerializer"))) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                sent.add(producer.send(new ProducerRecord<>("plain", "v" + i)));
            }
            for (Future<?> each : sent) {
                each.get();
            }
        }
        assertThat(values(log, partition)).hasSize(100).endsWith("v99");
    }

    @Test
    void aWriterFencesTheOnesBefore() {
        TopicPartition partition = topic("fenced", 1);
        try (LogWriter zombie = log.writer("fence", List.of(), List.of("fenced"))) {
            zombie.commit(commit(partition, "mine"));
            try (LogWriter successor = log.writer("fence", List.of(), List.of("fenced"));
                    LogWriter stranger = log.writer("another", List.of(), List.of("fenced"))) {
                refused(Code.CONFLICT, () -> zombie.commit(commit(partition, "lost")));
                refused(Code.CONFLICT, () -> zombie.commit(commit(partition, "lost again")));
                successor.commit(commit(partition, "theirs"));
                stranger.commit(commit(partition, "stranger's"));
            }
        }
        assertThat(values(log, partition)).containsExactly("mine", "theirs", "stranger's");
    }

    @Test
    void tooLargeRecordsLeaveNothing() {
        log.createTopic("small", TopicConfig.of(1).retention(null).recordBytesMax(1024));
        TopicPartition small = new TopicPartition("small", 0);
        TopicPartition beside = topic("beside", 1);
        Commit commit = Commit.builder()
                .append(beside, commit(beside, "beside").appends().get(0).batch())
                .append(
                        small,
                        commit(small, "x".repeat(10_000)).appends().get(0).batch())
                .build();
        refused(Code.RECORD_TOO_LARGE, () -> log.commit(commit));
        log.commit(commit(beside, "later"));
        assertThat(values(log, beside)).containsExactly("later");
        // Many small ones are fine, whatever the client puts together.
        String[] many = new String[200];
        java.util.Arrays.fill(many, "y".repeat(100));
        log.commit(commit(small, many));
        assertThat(values(log, small)).hasSize(200);
    }

    @Test
    void recordsFromTheFutureAreTaken() {
        TopicPartition partition = topic("future", 1);
        log.commit(Commit.of(
                partition, System.currentTimeMillis() + Duration.ofDays(3).toMillis(), null, new byte[1]));
        assertThat(values(log, partition)).hasSize(1);
    }

    @Test
    void aTransactionTimeoutBeyondTheBrokersIsRefused() {
        KafkaLogOptions options = KafkaLogOptions.of(SharedBroker.get().bootstrap())
                .commitTimes(Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofMinutes(20));
        assertThatThrownBy(() -> KafkaLog.connect(options))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.code()).isEqualTo(Code.INVALID))
                .hasMessageContaining("raise transaction.max.timeout.ms on the brokers");
    }

    @Test
    void whereNobodyAnswersItSaysSo() {
        KafkaLogOptions options = KafkaLogOptions.of("127.0.0.1:1").requestMax(Duration.ofSeconds(1));
        refused(Code.UNAVAILABLE, () -> KafkaLog.connect(options));
    }

    @Test
    void afterTheEndNothing() {
        KafkaLog closed = SharedBroker.connect();
        closed.close();
        closed.close();
        refused(Code.CLOSED, closed::topics);
    }
}
