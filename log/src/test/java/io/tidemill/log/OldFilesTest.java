package io.tidemill.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Header;
import io.tidemill.log.disk.LocalDisk;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Directories written by earlier versions, which this one must read. A new format gets a new directory beside them. */
class OldFilesTest {
    private static final TopicPartition KEPT = new TopicPartition("kept", 1);
    private static final TopicPartition COMPACTED = new TopicPartition("compacted", 0);

    @TempDir
    Path directory;

    @Test
    void readsVersion1() throws IOException, URISyntaxException {
        copy("/journal-v1");
        try (EmbeddedLog log = EmbeddedLog.open(directory, options(new AtomicLong(90_000_000)))) {
            assertThat(log.topics()).extracting(TopicDescription::name).containsExactly("compacted", "kept");
            assertThat(log.topic("kept").orElseThrow().config())
                    .isEqualTo(TopicConfig.of(2).retention(Duration.ofHours(2)).recordBytesMax(5_000));
            assertThat(log.committed("readers", KEPT)).hasValue(17);
            assertThat(log.offsets(KEPT)).isEqualTo(new OffsetRange(100, 300));
            List<String> kept = EmbeddedLogTest.values(log, KEPT);
            assertThat(kept).hasSize(200).first().asString().startsWith("100=value 100 ");
            List<String> compacted = EmbeddedLogTest.values(log, COMPACTED);
            assertThat(compacted).last().asString().startsWith("399=399 ");
            assertThat(compacted).hasSizeLessThan(200);
            log.commit(Commit.of(KEPT, 1, null, "new".getBytes(UTF_8)));
            assertThat(EmbeddedLogTest.values(log, KEPT)).last().isEqualTo("300=new");
        }
        assertThat(versionsOfFiles())
                .as("nothing new was written into an old file")
                .startsWith(1)
                .endsWith(2);
    }

    private List<Integer> versionsOfFiles() throws IOException {
        List<Integer> versions = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory.resolve("journal"))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".journal"))
                    .sorted()
                    .toList()) {
                versions.add(ByteBuffer.wrap(Files.readAllBytes(file)).getInt(8));
            }
        }
        return versions;
    }

    private void copy(String resource) throws IOException, URISyntaxException {
        Path from = Path.of(
                Objects.requireNonNull(OldFilesTest.class.getResource(resource)).toURI());
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = directory.resolve(from.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
    }

    private static LogOptions options(AtomicLong now) {
        return LogOptions.defaults()
                .segmentBytes(64 << 10)
                .preallocateBytes(0)
                .clock(() -> Instant.ofEpochMilli(now.getAndAdd(1_000)))
                .holder("the writer of the fixture");
    }

    // ---- version 2: transactions, idempotent producers, what consumers say of their offsets, altered topics ----

    private static final TopicPartition STAMPED = new TopicPartition("stamped", 0);
    private static final TopicPartition ADDED = new TopicPartition("kept", 2);
    private static final ProducerIdentity IDEMPOTENT = new ProducerIdentity(1_000_000, (short) 4);
    private static final CommittedOffset NOTED = new CommittedOffset(17, 3, "a nöte", 1_234_567);
    private static final TopicConfig STAMPED_CONFIG = new TopicConfig(
            1, null, 10_000_000L, false, 5_000, true, Map.of("min.insync.replicas", "1", "segment.bytes", "1000"));
    private static final TopicConfig ALTERED_CONFIG =
            TopicConfig.of(3).retention(Duration.ofHours(2)).recordBytesMax(5_000);

    /** No chores run, which would abort what is open. */
    private EmbeddedLog openQuietly(long now) {
        return EmbeddedLog.open(new LocalDisk(directory), options(new AtomicLong(now)));
    }

    @Test
    void readsVersion2() throws IOException, URISyntaxException {
        copy("/journal-v2");
        try (EmbeddedLog log = openQuietly(3_000_000)) {
            assertThat(log.topics()).extracting(TopicDescription::name).containsExactly("compacted", "kept", "stamped");
            assertThat(log.topic("kept").orElseThrow().config()).isEqualTo(ALTERED_CONFIG);
            assertThat(log.topic("stamped").orElseThrow().config()).isEqualTo(STAMPED_CONFIG);
            assertThat(log.committedOffsets("readers")).isEqualTo(Map.of(KEPT, NOTED));
            assertThat(log.groups()).containsOnlyKeys("readers", "transactional");
            assertThat(log.committed("transactional", KEPT)).hasValue(1);
            assertThat(log.pendingOffsets("transactional")).containsExactly(KEPT);
            assertVersion2Records(log);
            assertVersion2Transactions(log);
        }
        try (EmbeddedLog log = openQuietly(4_000_000)) {
            assertThat(log.committed("transactional", KEPT)).hasValue(2);
        }
    }

    private static void assertVersion2Records(EmbeddedLog log) {
        assertThat(log.partitionStatus(KEPT)).isEqualTo(new PartitionStatus(1, 305, 307));
        List<String> kept = EmbeddedLogTest.values(log, KEPT);
        assertThat(kept)
                .hasSize(301)
                .doesNotContain("2=aborted")
                .startsWith("1=committed")
                .last()
                .asString()
                .startsWith("304=value 299 ");
        FetchedBatches fetched = log.fetchBatches(KEPT, 1, 1 << 20, true);
        assertThat(fetched.aborted())
                .extracting(AbortedTransaction::firstOffset)
                .containsExactly(2L);
        List<String> compacted = EmbeddedLogTest.values(log, COMPACTED);
        assertThat(compacted)
                .hasSizeLessThan(300)
                .contains("0=unaborted")
                .last()
                .asString()
                .startsWith("404=399 ");
        assertThat(EmbeddedLogTest.values(log, ADDED)).containsExactly("0=in a new partition");
        assertThat(log.newestRecord(STAMPED))
                .hasValueSatisfying(
                        newest -> assertThat(newest.timestampMillis()).isBetween(1_000_000L, 3_000_000L));
    }

    private static void assertVersion2Transactions(EmbeddedLog log) {
        Transactions transactions = log.transactions();
        assertThat(transactions.list())
                .extracting(TransactionDescription::transactionalId)
                .containsExactly("aborted", "committed", "expired", "open");
        assertThat(transactions.list())
                .extracting(TransactionDescription::state)
                .containsExactly(
                        TransactionState.COMPLETE_ABORT,
                        TransactionState.COMPLETE_COMMIT,
                        TransactionState.COMPLETE_ABORT,
                        TransactionState.ONGOING);
        TransactionDescription open = transactions.describe("open").orElseThrow();
        assertThat(open.producer().epoch()).isEqualTo((short) 1);
        assertThat(open.partitions()).containsExactlyInAnyOrder(KEPT, COMPACTED);
        assertThat(TestProducer.append(log, KEPT, TestProducer.batch(open.producer(), 0, true, 5, "open")))
                .isEqualTo(new AppendResult.Duplicate(305, 1));
        assertThat(TestProducer.append(log, KEPT, TestProducer.batch(open.producer(), 1, true, 5, "more")))
                .isEqualTo(new AppendResult.Appended(307, -1, 1));
        assertThat(TestProducer.append(log, STAMPED, TestProducer.batch(IDEMPOTENT, 1, false, 5, "again")))
                .isEqualTo(new AppendResult.Duplicate(1, 0));
        TestProducer.assertRefused(
                TestProducer.append(log, STAMPED, TestProducer.batch(IDEMPOTENT, 4, false, 5, "gap")),
                LogException.Code.OUT_OF_ORDER_SEQUENCE);
        log.awaitDurable(transactions.end("open", open.producer(), true));
        assertThat(log.partitionStatus(KEPT)).isEqualTo(new PartitionStatus(1, 309, 309));
        assertThat(EmbeddedLogTest.values(log, KEPT)).contains("305=open", "306=after", "307=more");
        assertThat(log.pendingOffsets("transactional")).isEmpty();
        assertThat(TestProducer.transactional(log, "committed").identity.epoch())
                .isEqualTo((short) 1);
        assertThat(TestProducer.idempotent(log).identity.id()).isGreaterThanOrEqualTo(1_000);
    }

    /**
     * Writes the fixture of the current format to the directory that {@code -Dtidemill.fixture} names. It wrote
     * {@code journal-v2} and is never to write it again: it stays as the description of what is in there.
     */
    @Test
    @EnabledIfSystemProperty(named = "tidemill.fixture", matches = ".+")
    void writeTheFixtureOfTheCurrentFormat() {
        Path to = Path.of(System.getProperty("tidemill.fixture", ""));
        try (EmbeddedLog log = EmbeddedLog.open(new LocalDisk(to), options(new AtomicLong(1_000_000)))) {
            log.createTopic("gone", TopicConfig.of(1));
            log.createTopic("kept", TopicConfig.of(2));
            log.createTopic("compacted", TopicConfig.compacted(1));
            log.createTopic("stamped", STAMPED_CONFIG);
            writeEndedTransactions(log);
            TestProducer expired = TestProducer.transactional(log, "expired").begin(COMPACTED);
            expired.send(COMPACTED, "unaborted:expired"); // 3
            for (int i = 0; i < 300; i++) {
                String value = "value " + i + " " + "x".repeat(i);
                log.commit(Commit.of(
                        KEPT,
                        i,
                        ("key " + i).getBytes(UTF_8),
                        value.getBytes(UTF_8),
                        List.of(Header.text("h", String.valueOf(i))))); // 5 to 304
            }
            log.transactions().abortExpired(); // 4 of compacted
            for (int i = 0; i < 400; i++) {
                String value = i + " " + "y".repeat(i % 300);
                log.commit(Commit.of(COMPACTED, i, ("k" + i % 7).getBytes(UTF_8), value.getBytes(UTF_8)));
            }
            writeOtherChanges(log);
            writeOpenTransaction(log);
            log.maintain();
        }
    }

    private static void writeEndedTransactions(EmbeddedLog log) {
        log.commit(Commit.of(KEPT, 1, null, "trimmed".getBytes(UTF_8))); // 0
        TestProducer committed = TestProducer.transactional(log, "committed").begin(KEPT);
        committed.send(KEPT, "committed"); // 1
        TestProducer aborted = TestProducer.transactional(log, "aborted").begin(KEPT, COMPACTED);
        aborted.send(KEPT, "aborted"); // 2
        log.commit(Commit.of(COMPACTED, 1, "unaborted".getBytes(UTF_8), "unaborted".getBytes(UTF_8))); // 0
        aborted.send(COMPACTED, "unaborted:aborted"); // 1
        aborted.addOffset("transactional", KEPT, CommittedOffset.of(99));
        aborted.abort(); // 3; 2 of compacted
        committed.addOffset("transactional", KEPT, CommittedOffset.of(1));
        committed.commit(); // 4
    }

    private static void writeOtherChanges(EmbeddedLog log) {
        log.deleteTopic("gone");
        log.alterTopic("kept", ALTERED_CONFIG.partitions(2));
        log.createPartitions("kept", 3);
        log.commit(Commit.of(ADDED, 1, null, "in a new partition".getBytes(UTF_8)));
        for (int i = 0; i < 3; i++) {
            String value = i == 1 ? "again" : "stamped";
            TestProducer.append(log, STAMPED, TestProducer.batch(IDEMPOTENT, i, false, 5, value));
        }
        log.commit(Commit.builder()
                .offset("readers", KEPT, NOTED)
                .offset("readers", COMPACTED, 5)
                .offset("forgotten", KEPT, 5)
                .trim(KEPT, 1)
                .build());
        log.commit(Commit.builder()
                .forgetOffset("readers", COMPACTED)
                .forgetGroup("forgotten")
                .build());
    }

    private static void writeOpenTransaction(EmbeddedLog log) {
        TestProducer.transactional(log, "open");
        TestProducer open = TestProducer.transactional(log, "open").begin(KEPT, COMPACTED);
        open.send(KEPT, "open"); // 305
        open.addOffset("transactional", KEPT, CommittedOffset.of(2));
        log.commit(Commit.of(KEPT, 1, null, "after".getBytes(UTF_8))); // 306
    }
}
