package io.tidemill.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.tidemill.log.batch.BatchHeader;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.log.disk.LocalDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What readers see of transactions. */
class TransactionVisibilityTest {
    private static final TopicPartition A0 = new TopicPartition("a", 0);
    private static final TopicPartition A1 = new TopicPartition("a", 1);
    private static final TopicPartition KEYED = new TopicPartition("keyed", 0);

    @TempDir
    Path directory;

    private final AtomicLong now = new AtomicLong(1_000_000);
    private EmbeddedLog log;

    @BeforeEach
    void open() {
        log = EmbeddedLog.open(
                new LocalDisk(directory), // no chores run
                LogOptions.defaults()
                        .segmentBytes(64 << 10)
                        .preallocateBytes(0)
                        .clock(() -> Instant.ofEpochMilli(now.get())));
        if (log.topic("a").isEmpty()) {
            log.createTopic("a", TopicConfig.of(2).retention(null));
            log.createTopic("keyed", TopicConfig.compacted(1));
        }
    }

    @AfterEach
    void close() {
        log.close();
    }

    private void reopen() {
        log.close();
        open();
    }

    private TestProducer producer(String id) {
        return TestProducer.transactional(log, id);
    }

    private List<String> values(TopicPartition partition) {
        return EmbeddedLogTest.values(log, partition);
    }

    private void plain(TopicPartition partition, String value) {
        plain(partition, 5, value);
    }

    private void plain(TopicPartition partition, long time, String value) {
        int colon = value.indexOf(':');
        byte[] key = colon < 0 ? null : value.substring(0, colon).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        log.commit(Commit.of(
                partition, time, key, value.substring(colon + 1).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    private static List<Long> offsets(FetchedBatches fetched) {
        List<Long> offsets = new ArrayList<>();
        ByteBuffer bytes = fetched.batches();
        for (int at = 0; at < bytes.limit(); at += 12 + bytes.getInt(at + 8)) {
            offsets.add(BatchHeader.of(bytes, at).baseOffset());
        }
        return offsets;
    }

    @Test
    void committedReadersWaitAtTheFirstOpenTransaction() {
        TestProducer one = producer("1").begin(A0);
        TestProducer two = producer("2").begin(A0);
        plain(A0, "before"); // 0
        one.send(A0, "one"); // 1
        plain(A0, "between"); // 2
        two.send(A0, "two"); // 3
        for (int i = 0; i < 2; i++) {
            assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 1, 4));
            assertThat(log.offsets(A0)).isEqualTo(new OffsetRange(0, 1));
            assertThat(values(A0)).containsExactly("0=before");
            assertThat(offsets(log.fetchBatches(A0, 0, 1 << 20, true))).containsExactly(0L);
            assertThat(offsets(log.fetchBatches(A0, 0, 1 << 20, false))).containsExactly(0L, 1L, 2L, 3L);
            assertThat(log.fetchBatches(A0, 2, 1 << 20, true).batches().hasRemaining())
                    .isFalse();
            reopen();
        }
        two.on(log).commit(); // 4
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 1, 5));
        one.on(log).abort(); // 5
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 6, 6));
        for (int i = 0; i < 2; i++) {
            assertThat(values(A0)).containsExactly("0=before", "2=between", "3=two");
            assertThat(log.fetchBatches(A0, 0, 1 << 20, true).aborted())
                    .containsExactly(new AbortedTransaction(one.identity.id(), 1));
            assertThat(log.fetchBatches(A0, 0, 1 << 20, false).aborted()).isEmpty();
            reopen();
        }
    }

    @Test
    void abortedTransactionsAreToldWhereTheyMatter() {
        TestProducer one = producer("1");
        TestProducer two = producer("2");
        one.begin(A0).send(A0, "a"); // 0
        two.begin(A0).send(A0, "b"); // 1
        one.send(A0, "a"); // 2
        two.abort(); // 3
        one.abort(); // 4
        plain(A0, "kept"); // 5
        one.begin(A0).send(A0, "a"); // 6
        one.abort(); // 7
        AbortedTransaction first = new AbortedTransaction(one.identity.id(), 0);
        AbortedTransaction second = new AbortedTransaction(two.identity.id(), 1);
        AbortedTransaction third = new AbortedTransaction(one.identity.id(), 6);
        for (int i = 0; i < 2; i++) {
            assertThat(log.fetchBatches(A0, 0, 1 << 20, true).aborted()).containsExactly(first, second, third);
            assertThat(log.fetchBatches(A0, 3, 1 << 20, true).aborted()).containsExactly(first, second, third);
            assertThat(log.fetchBatches(A0, 4, 1 << 20, true).aborted()).containsExactly(first, third);
            assertThat(log.fetchBatches(A0, 5, 1 << 20, true).aborted()).containsExactly(third);
            assertThat(log.fetchBatches(A0, 0, 1, true).aborted()).containsExactly(first);
            assertThat(log.fetchBatches(A0, 5, 1, true).aborted()).isEmpty();
            assertThat(values(A0)).containsExactly("5=kept");
            reopen();
        }
    }

    @Test
    void aFetchOfNothingButAbortedRecordsGoesOn() {
        TestProducer producer = producer("1").begin(A0);
        for (int i = 0; i < 10; i++) {
            producer.send(A0, "lost");
        }
        producer.abort();
        plain(A0, "kept");
        RecordCursor cursor = new RecordCursor();
        log.fetch(A0, 0, 1, cursor);
        assertThat(cursor.next()).isFalse();
        assertThat(cursor.nextOffset()).isPositive();
        assertThat(values(A0)).containsExactly("11=kept");
        assertThat(log.fetchBatches(A0, 0, 1, true).aborted()).hasSize(1);
    }

    @Test
    void timestampsAreThoseOfRecords() {
        plain(A0, 10, "early");
        TestProducer producer = producer("1").begin(A0);
        producer.sendAt(30, A0, "lost"); // 1
        assertThat(log.recordAtOrAfter(A0, 20, true)).isEmpty();
        assertThat(log.recordAtOrAfter(A0, 20, false)).hasValue(new TimestampedOffset(1, 30));
        producer.abort(); // 2, whose marker is newer than all records
        plain(A0, 25, "late"); // 3
        assertThat(log.recordAtOrAfter(A0, 20, true)).hasValue(new TimestampedOffset(3, 25));
        assertThat(log.recordAtOrAfter(A0, 31, true)).isEmpty();
        assertThat(log.recordAtOrAfter(A0, 31, false)).isEmpty();
        assertThat(log.newestRecord(A0)).hasValue(new TimestampedOffset(1, 30));
        assertThat(log.newestRecord(A1)).isEmpty();
        reopen();
        assertThat(log.newestRecord(A0)).hasValue(new TimestampedOffset(1, 30));
        producer("2").begin(A1).commit();
        assertThat(log.newestRecord(A1)).isEmpty();
    }

    /** As many markers as a busy producer leaves in a minute must not keep a thread busy for another. */
    @Test
    void manyMarkersAreNotLookedAtOneByOne() {
        plain(A0, 10, "early");
        TestProducer producer = producer("1");
        for (int i = 0; i < 4_000; i++) {
            now.incrementAndGet();
            log.transactions().addPartitions("1", producer.identity, Set.of(A0));
            log.transactions().end("1", producer.identity, true);
        }
        producer.commit();
        assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThat(log.newestRecord(A0)).hasValue(new TimestampedOffset(0, 10)));
    }

    @Test
    void trimmingBeyondAnOpenTransaction() {
        TestProducer producer = producer("1").begin(A0);
        plain(A0, "x"); // 0
        producer.send(A0, "open"); // 1
        plain(A0, "y"); // 2
        log.commit(Commit.builder().trim(A0, 3).build());
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(3, 3, 3));
        producer.send(A0, "more"); // 3
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(3, 3, 4));
        reopen();
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(3, 3, 4));
        producer.on(log).abort(); // 4
        plain(A0, "z"); // 5
        for (int i = 0; i < 2; i++) {
            assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(3, 6, 6));
            assertThat(values(A0)).containsExactly("5=z");
            assertThat(log.fetchBatches(A0, 3, 1 << 20, true).aborted())
                    .containsExactly(new AbortedTransaction(producer.identity.id(), 1));
            reopen();
        }
        log.commit(Commit.builder().trim(A0, 5).build());
        assertThat(log.fetchBatches(A0, 5, 1 << 20, true).aborted()).isEmpty();
    }

    @Test
    void trimmingIntoABatchOfAnOpenTransaction() {
        TestProducer producer = producer("1").begin(A0);
        producer.send(A0, "a", "b", "c"); // 0 to 2
        log.commit(Commit.builder().trim(A0, 1).build());
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(1, 1, 3));
        RecordCursor cursor = new RecordCursor();
        log.fetch(A0, 1, 1_000, cursor);
        assertThat(cursor.next()).isFalse();
        assertThat(log.fetchBatches(A0, 1, 1_000, true).batches().hasRemaining())
                .isFalse();
        assertThat(offsets(log.fetchBatches(A0, 1, 1_000, false))).containsExactly(0L);
        assertThat(log.recordAtOrAfter(A0, 0, true)).isEmpty();
        producer.commit();
        assertThat(values(A0)).containsExactly("1=b", "2=c");
    }

    @Test
    void retentionDoesNotReachIntoAnOpenTransaction() {
        log.alterTopic("a", TopicConfig.of(2).retention(Duration.ofSeconds(1)));
        plain(A0, "old"); // 0
        TestProducer producer = producer("1").begin(A0);
        producer.send(A0, "open"); // 1
        plain(A0, "after"); // 2
        now.addAndGet(10_000);
        log.maintain();
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(1, 1, 3));
        producer.commit();
        log.maintain();
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(3, 4, 4));
    }

    @Test
    void compactionTakesAbortedRecordsForNothing() {
        TestProducer producer = producer("1");
        plain(KEYED, "k:committed"); // 0
        producer.begin(KEYED).send(KEYED, "k:aborted"); // 1
        producer.abort(); // 2
        plain(KEYED, "j:old"); // 3
        producer.begin(KEYED).send(KEYED, "j:new"); // 4
        producer.commit(); // 5
        fill(100);
        log.maintain();
        log.maintain();
        List<String> kept = values(KEYED);
        assertThat(kept).contains("0=committed", "4=new").doesNotContain("3=old", "1=aborted");
        reopen();
        assertThat(values(KEYED)).isEqualTo(kept);
    }

    @Test
    void compactionStopsAtAnOpenTransaction() {
        TestProducer open = producer("open").begin(KEYED);
        plain(KEYED, "k:one"); // 0
        plain(KEYED, "k:two"); // 1
        open.send(KEYED, "k:undecided"); // 2
        plain(KEYED, "k:three"); // 3
        fill(100);
        log.maintain();
        assertThat(values(KEYED)).containsExactly("1=two");
        assertThat(log.fetchBatches(KEYED, 2, 1, false).batches().hasRemaining())
                .isTrue();
        long size = log.sizeInBytes();
        Path journal = directory.resolve("journal");
        String[] before = journal.toFile().list();
        log.maintain(); // nothing new to compact before the open transaction: no file is written again
        assertThat(log.sizeInBytes()).isGreaterThanOrEqualTo(size);
        assertThat(journal.toFile().list()).containsExactlyInAnyOrder(before == null ? new String[0] : before);
        open.abort();
        fill(100);
        log.maintain();
        assertThat(values(KEYED)).contains("3=three").doesNotContain("1=two", "2=undecided");
    }

    private void fill(int count) {
        for (int i = 0; i < count; i++) {
            plain(KEYED, "filler" + i % 3 + ":" + "v".repeat(1_000));
        }
    }

    @Test
    void listenersHearOfWhatBecomesVisibleInItsOrder() {
        List<String> heard = new ArrayList<>();
        TestProducer producer = producer("1");
        log.onVisible((partitions, topicsChanged) ->
                heard.add(partitions.stream().sorted().toList() + (topicsChanged ? "+topics" : "")));
        producer.begin(A0, A1);
        producer.addOffset("g", A0, CommittedOffset.of(1));
        assertThat(heard).isEmpty();
        producer.send(A0, "x");
        producer.commit();
        log.commit(Commit.builder().offset("g", A0, 3).build());
        log.createTopic("b", TopicConfig.of(1));
        log.createPartitions("b", 2);
        log.deleteTopic("b");
        assertThat(heard).containsExactly("[a-0]", "[a-0, a-1]", "[]+topics", "[]+topics", "[]+topics");
    }

    @Test
    void aListenerHearsOnlyWhatCanBeRead() {
        WrittenAppends written = log.append(List.of(
                new Commit.Append(A0, TestProducer.batch(new ProducerIdentity(5, (short) 0), 0, false, 5, "x"))));
        List<Set<TopicPartition>> heard = new ArrayList<>();
        log.onVisible((partitions, topicsChanged) -> heard.add(partitions));
        assertThat(log.partitionStatus(A0).end()).isZero();
        log.awaitDurable(written.sequence());
        assertThat(heard).containsExactly(Set.of(A0));
        log.awaitDurable(written.sequence());
        assertThat(heard).hasSize(1);
    }
}
