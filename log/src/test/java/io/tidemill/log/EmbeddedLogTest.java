package io.tidemill.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.LogException.Code;
import io.tidemill.log.batch.BatchBuilder;
import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.batch.RecordCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedLogTest {
    private static final TopicPartition A0 = new TopicPartition("a", 0);
    private static final TopicPartition A1 = new TopicPartition("a", 1);

    @TempDir
    Path directory;

    private final AtomicLong now = new AtomicLong(1_000_000);

    private LogOptions options() {
        return LogOptions.defaults().segmentBytes(64 << 10).clock(() -> Instant.ofEpochMilli(now.get()));
    }

    private EmbeddedLog open() {
        return EmbeddedLog.open(directory, options());
    }

    static List<String> values(Log log, TopicPartition partition) {
        List<String> values = new ArrayList<>();
        RecordCursor cursor = new RecordCursor();
        long at = log.offsets(partition).start();
        while (at < log.offsets(partition).end()) {
            log.fetch(partition, at, 10_000, cursor);
            while (cursor.next()) {
                values.add(cursor.offset() + "="
                        + new String(cursor.array(), cursor.valueStart(), cursor.valueLength(), UTF_8));
            }
            at = cursor.nextOffset();
        }
        return values;
    }

    private static Commit record(TopicPartition partition, String key, String value) {
        return Commit.of(partition, 5, key.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    @Test
    void whatIsCommittedIsReadBackAlsoAfterReopening() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            BatchBuilder batch = new BatchBuilder();
            batch.add(7, "k".getBytes(UTF_8), "x".getBytes(UTF_8), List.of());
            batch.add(8, null, "y".getBytes(UTF_8), List.of());
            BatchBuilder other = new BatchBuilder();
            other.add(9, null, "z".getBytes(UTF_8), List.of());
            CommitResult result = log.commit(Commit.builder()
                    .append(A0, batch.build())
                    .append(A1, other.build())
                    .offset("g", A1, 42)
                    .build());
            assertThat(result.baseOffsets()).containsExactly(0L, 0L);
            assertThat(values(log, A0)).containsExactly("0=x", "1=y");
        }
        try (EmbeddedLog log = open()) {
            assertThat(values(log, A0)).containsExactly("0=x", "1=y");
            assertThat(values(log, A1)).containsExactly("0=z");
            assertThat(log.committed("g", A1)).hasValue(42);
            assertThat(log.commit(record(A0, "k", "again")).baseOffsets()).containsExactly(2L);
            assertThat(log.offsetAtOrAfter(A0, 8)).hasValue(1);
            assertThat(log.offsetAtOrAfter(A0, 9)).isEmpty();
        }
    }

    @Test
    void manyFilesReadBackWithAndWithoutTheirIndexes() throws IOException {
        List<String> expected = new ArrayList<>();
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            for (int i = 0; i < 2_000; i++) {
                String value = i + "x".repeat(i % 300);
                log.commit(record(A0, "k" + i, value));
                expected.add(i + "=" + value);
            }
            assertThat(values(log, A0)).isEqualTo(expected);
        }
        try (EmbeddedLog log = open()) {
            assertThat(values(log, A0)).isEqualTo(expected);
        }
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            for (Path index : files.filter(f -> f.toString().endsWith(".index")).toList()) {
                Files.delete(index);
            }
        }
        try (EmbeddedLog log = open()) {
            assertThat(values(log, A0)).isEqualTo(expected);
        }
    }

    @Test
    void retentionByTimeRemovesWhatIsOldAndGivesTheRoomBack() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2).retention(Duration.ofHours(1)));
            for (int i = 0; i < 1_000; i++) {
                log.commit(record(A0, "k", "v".repeat(1_000)));
                now.addAndGet(Duration.ofSeconds(10).toMillis());
            }
            log.maintain();
            OffsetRange range = log.offsets(A0);
            assertThat(range.end()).isEqualTo(1_000);
            assertThat(range.start()).isEqualTo(1_000 - 360);
            assertThat(log.sizeInBytes()).isLessThan(550_000);
            assertThat(values(log, A0)).hasSize(360);
            assertThatThrownBy(() -> log.fetch(A0, 0, 1, new RecordCursor()))
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.code()).isEqualTo(Code.OFFSET_OUT_OF_RANGE));
        }
        try (EmbeddedLog log = open()) {
            assertThat(values(log, A0)).hasSize(360);
        }
    }

    @Test
    void oldTimestampsAreNoReasonToRemoveARecord() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            log.commit(Commit.of(A0, 0, null, "from 1970".getBytes(UTF_8)));
            log.maintain();
            assertThat(values(log, A0)).containsExactly("0=from 1970");
        }
    }

    @Test
    void retentionBySizeKeepsTheNewest() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2).retentionBytes(100_000L));
            for (int i = 0; i < 1_000; i++) {
                log.commit(record(A0, "k", "v".repeat(900)));
            }
            log.maintain();
            assertThat(values(log, A0)).hasSizeBetween(80, 110);
            assertThat(log.sizeInBytes()).isLessThan(300_000);
        }
    }

    @Test
    void compactionKeepsTheNewestRecordPerKeyAndItsOffset() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.compacted(2));
            for (int i = 0; i < 5_000; i++) {
                log.commit(record(A0, "k" + (i % 10), "v".repeat(200) + i));
            }
            log.commit(Commit.of(A0, 5, "k3".getBytes(UTF_8), "last".getBytes(UTF_8)));
            long before = log.sizeInBytes();
            log.maintain();
            assertThat(log.sizeInBytes()).isLessThan(before / 5);
            List<String> values = values(log, A0);
            assertThat(values).last().isEqualTo("5000=last");
            assertThat(values).contains("4999=" + "v".repeat(200) + "4999");
            log.maintain();
            assertThat(values(log, A0)).isEqualTo(values);
        }
        try (EmbeddedLog log = open()) {
            assertThat(values(log, A0)).last().isEqualTo("5000=last");
        }
    }

    @Test
    void tombstonesGoWhenTheyAreOld() {
        try (EmbeddedLog log = EmbeddedLog.open(directory, options().tombstoneRetention(Duration.ofMinutes(1)))) {
            log.createTopic("a", TopicConfig.compacted(2));
            log.commit(record(A0, "gone", "value"));
            log.commit(Commit.of(A0, 5, "gone".getBytes(UTF_8), null));
            for (int i = 0; i < 200; i++) {
                log.commit(record(A0, "k", "v".repeat(500)));
            }
            now.addAndGet(Duration.ofMinutes(2).toMillis());
            log.maintain();
            RecordCursor cursor = new RecordCursor();
            log.fetch(A0, 0, 1 << 20, cursor);
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.key()).asString(UTF_8).isEqualTo("k");
        }
    }

    @Test
    void theLastBatchOfAPartitionStaysSoThatReadersReachTheEnd() {
        try (EmbeddedLog log = EmbeddedLog.open(directory, options().tombstoneRetention(Duration.ofMinutes(1)))) {
            log.createTopic("a", TopicConfig.compacted(2));
            TopicPartition quiet = new TopicPartition("a", 1);
            log.commit(record(quiet, "gone", "value"));
            log.commit(Commit.of(quiet, 5, "gone".getBytes(UTF_8), null));
            for (int i = 0; i < 200; i++) {
                log.commit(record(A0, "k", "v".repeat(500)));
            }
            now.addAndGet(Duration.ofMinutes(2).toMillis());
            log.maintain();
            FetchedBatches fetched = log.fetchBatches(quiet, 0, 1 << 20, true);
            BatchHeader only = BatchHeader.of(fetched.batches(), 0);
            assertThat(only.baseOffset())
                    .as("the record before the tombstone is gone")
                    .isEqualTo(1);
            assertThat(only.lastOffset() + 1).isEqualTo(fetched.partition().end());
        }
    }

    @Test
    void aDeletedTopicIsGoneAndItsRoomToo() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            log.createTopic("b", TopicConfig.of(1));
            for (int i = 0; i < 500; i++) {
                log.commit(record(A0, "k", "v".repeat(1_000)));
            }
            log.commit(record(new TopicPartition("b", 0), "k", "stays"));
            log.deleteTopic("a");
            log.maintain();
            assertThat(log.sizeInBytes()).isLessThan(150_000);
            assertThat(log.topic("a")).isEmpty();
            assertThat(values(log, new TopicPartition("b", 0))).containsExactly("0=stays");
            log.createTopic("a", TopicConfig.of(2));
            assertThat(log.offsets(A0)).isEqualTo(new OffsetRange(0, 0));
        }
    }

    @Test
    void aTooLargeRecordIsRefusedWithASentence() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2).recordBytesMax(2_000));
            assertThatThrownBy(() -> log.commit(record(A0, "k", "v".repeat(3_000))))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("record-bytes-max");
            assertThat(log.offsets(A0)).isEqualTo(new OffsetRange(0, 0));
        }
    }

    @Test
    void theDirectoryIsLockedAndTheHolderNamed() {
        try (EmbeddedLog log = EmbeddedLog.open(directory, options().holder("the first"))) {
            assertThat(log.topics()).isEmpty();
            assertThatThrownBy(this::open)
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("the first")
                    .hasMessageContaining("process=" + ProcessHandle.current().pid());
        }
        open().close();
    }

    @Test
    void aFlippedBitIsNamedAndNotServed() throws IOException {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            for (int i = 0; i < 200; i++) {
                log.commit(record(A0, "k", "needle" + i + "v".repeat(1_000)));
            }
        }
        Path first = directory.resolve("journal/000000000001.0.journal");
        byte[] bytes = Files.readAllBytes(first);
        int at = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("needle7");
        bytes[at] ^= 1;
        Files.write(first, bytes);
        try (EmbeddedLog log = open()) {
            assertThatThrownBy(() -> values(log, A0))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("000000000001.0.journal")
                    .hasMessageContaining("position");
        }
    }

    @Test
    void anInterruptedThreadDoesNotBreakTheLogForOthers() {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            Thread.currentThread().interrupt();
            log.commit(record(A0, "k", "v"));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(values(log, A0)).containsExactly("0=v");
        }
    }

    @Test
    void concurrentCommitsAreAllThereInOrder() throws InterruptedException {
        try (EmbeddedLog log = open()) {
            log.createTopic("a", TopicConfig.of(2));
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int id = t;
                Thread thread = new Thread(() -> {
                    for (int i = 0; i < 200; i++) {
                        log.commit(record(id % 2 == 0 ? A0 : A1, "t" + id, "t" + id + "-" + i));
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            List<String> all = new ArrayList<>(values(log, A0));
            all.addAll(values(log, A1));
            assertThat(all).hasSize(1_600);
            for (int t = 0; t < 8; t++) {
                String prefix = "t" + t + "-";
                List<String> mine = all.stream()
                        .map(value -> value.substring(value.indexOf('=') + 1))
                        .filter(value -> value.startsWith(prefix))
                        .toList();
                assertThat(mine).hasSize(200).first().isEqualTo(prefix + 0);
                assertThat(mine).last().isEqualTo(prefix + 199);
            }
        }
    }
}
