package io.tidemill.log;

import static io.tidemill.log.TestProducer.append;
import static io.tidemill.log.TestProducer.assertRefused;
import static io.tidemill.log.TestProducer.batch;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.LogException.Code;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.disk.LocalDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sequences of idempotent producers (KIP-98): each batch is there once, and in its order. */
class IdempotentProducerTest {
    private static final TopicPartition A0 = new TopicPartition("a", 0);
    private static final TopicPartition A1 = new TopicPartition("a", 1);
    private static final ProducerIdentity SOMEBODY = new ProducerIdentity(7, (short) 3);

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
            log.createTopic("a", TopicConfig.of(2));
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

    private AppendResult send(ProducerIdentity producer, int sequence, String... values) {
        return append(log, A0, batch(producer, sequence, false, 5, values));
    }

    private static AppendResult appendedAt(long offset) {
        return new AppendResult.Appended(offset, -1, 0);
    }

    private static ProducerIdentity epoch(int epoch) {
        return new ProducerIdentity(SOMEBODY.id(), (short) epoch);
    }

    @Test
    void everyProducerGetsAnotherIdAlsoAfterReopening() {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(TestProducer.idempotent(log).identity.id());
            ids.add(TestProducer.transactional(log, "t" + i).identity.id());
            reopen();
        }
        assertThat(ids).doesNotHaveDuplicates();
    }

    @Test
    void theLastFiveBatchesAreKnownAgain() {
        for (int i = 0; i < 7; i++) {
            assertThat(send(SOMEBODY, i * 2, "x" + i, "y" + i)).isEqualTo(appendedAt(i * 2L));
        }
        for (int i = 2; i < 7; i++) {
            assertThat(send(SOMEBODY, i * 2, "x" + i, "y" + i)).isEqualTo(new AppendResult.Duplicate(i * 2L, 0));
        }
        assertRefused(send(SOMEBODY, 2, "x1", "y1"), Code.OUT_OF_ORDER_SEQUENCE);
        reopen();
        assertThat(send(SOMEBODY, 4, "x2", "y2")).isEqualTo(new AppendResult.Duplicate(4, 0));
        assertRefused(send(SOMEBODY, 2, "x1", "y1"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(SOMEBODY, 14, "z")).isEqualTo(appendedAt(14));
        assertThat(log.offsets(A0).end()).isEqualTo(15);
    }

    @Test
    void aBatchIsADuplicateOnlyAsAWhole() {
        send(SOMEBODY, 0, "x", "y", "z");
        assertRefused(send(SOMEBODY, 0, "x", "y"), Code.OUT_OF_ORDER_SEQUENCE);
        assertRefused(send(SOMEBODY, 1, "y", "z"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(SOMEBODY, 3, "next")).isEqualTo(appendedAt(3));
    }

    @Test
    void gapsAreRefused() {
        send(SOMEBODY, 0, "x");
        assertRefused(send(SOMEBODY, 2, "z"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(SOMEBODY, 1, "y")).isEqualTo(appendedAt(1));
    }

    @Test
    void anUnknownProducerMayGoOnWhereItWas() {
        // As in Kafka: its earlier batches may have been removed, and its state with them.
        assertThat(send(SOMEBODY, 100, "x")).isEqualTo(appendedAt(0));
        assertRefused(send(SOMEBODY, 100, "x", "y"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(SOMEBODY, 101, "y")).isEqualTo(appendedAt(1));
    }

    @Test
    void sequencesGoRound() {
        assertThat(send(SOMEBODY, Integer.MAX_VALUE - 1, "a", "b", "c")).isEqualTo(appendedAt(0));
        assertRefused(send(SOMEBODY, 0, "d"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(SOMEBODY, 1, "d")).isEqualTo(appendedAt(3));
        assertThat(send(SOMEBODY, Integer.MAX_VALUE - 1, "a", "b", "c")).isEqualTo(new AppendResult.Duplicate(0, 0));
        reopen();
        assertThat(send(SOMEBODY, 1, "d")).isEqualTo(new AppendResult.Duplicate(3, 0));
    }

    @Test
    void theSequenceAfterTheLargestIsZero() {
        send(SOMEBODY, Integer.MAX_VALUE, "a");
        assertRefused(send(SOMEBODY, 1, "b"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(SOMEBODY, 0, "b")).isEqualTo(appendedAt(1));
    }

    @Test
    void aNewEpochBeginsWithZeroAndFencesTheOld() {
        send(SOMEBODY, 0, "x");
        assertRefused(send(epoch(4), 1, "y"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(epoch(4), 0, "y")).isEqualTo(appendedAt(1));
        assertRefused(send(SOMEBODY, 1, "z"), Code.INVALID_PRODUCER_EPOCH);
        assertRefused(send(SOMEBODY, 0, "x"), Code.INVALID_PRODUCER_EPOCH);
        reopen();
        assertRefused(send(SOMEBODY, 1, "z"), Code.INVALID_PRODUCER_EPOCH);
        assertThat(send(epoch(4), 0, "y")).isEqualTo(new AppendResult.Duplicate(1, 0));
    }

    @Test
    void eachPartitionHasItsOwnSequences() {
        send(SOMEBODY, 0, "x");
        assertThat(append(log, A1, batch(SOMEBODY, 0, false, 5, "x"))).isEqualTo(appendedAt(0));
        send(SOMEBODY, 1, "y");
        assertRefused(append(log, A1, batch(SOMEBODY, 2, false, 5, "z")), Code.OUT_OF_ORDER_SEQUENCE);
    }

    @Test
    void oneRequestIsTakenBatchByBatch() {
        send(SOMEBODY, 0, "x");
        WrittenAppends written = log.append(List.of(
                new Commit.Append(A0, batch(SOMEBODY, 0, false, 5, "x")),
                new Commit.Append(A1, batch(SOMEBODY, 0, false, 5, "y")),
                new Commit.Append(A1, batch(SOMEBODY, 1, false, 5, "z")),
                new Commit.Append(new TopicPartition("none", 0), batch(SOMEBODY, 0, false, 5, "x"))));
        log.awaitDurable(written.sequence());
        assertThat(written.results().get(0)).isEqualTo(new AppendResult.Duplicate(0, 0));
        assertThat(written.results().get(1)).isEqualTo(appendedAt(0));
        assertRefused(written.results().get(2), Code.INVALID_RECORD);
        assertRefused(written.results().get(3), Code.UNKNOWN_TOPIC);
    }

    @Test
    void aDuplicateOfWhatIsNotDurableYetIsAwaitedToo() {
        WrittenAppends first = log.append(List.of(new Commit.Append(A0, batch(SOMEBODY, 0, false, 5, "x"))));
        WrittenAppends again = log.append(List.of(new Commit.Append(A0, batch(SOMEBODY, 0, false, 5, "x"))));
        assertThat(again.results()).containsExactly(new AppendResult.Duplicate(0, 0));
        assertThat(again.sequence()).isGreaterThanOrEqualTo(first.sequence());
        assertThat(log.offsets(A0).end()).isZero();
        log.awaitDurable(again.sequence());
        assertThat(log.offsets(A0).end()).isOne();
    }

    /** Each file begins with a snapshot that holds them all. */
    @Test
    void moreProducersThanAFileIsLargeDoNotMakeAFileOfEveryBatch() {
        int producers = 2_000;
        for (int i = 0; i < producers; i++) {
            log.append(List.of(new Commit.Append(
                    A0, batch(new ProducerIdentity(1_000_000_000L + i, (short) 0), 0, false, 5, "x"))));
        }
        for (int reopened = 0; reopened < 2; reopened++) {
            long before = files();
            for (int i = 0; i < 100; i++) {
                log.awaitDurable(log.append(
                                List.of(new Commit.Append(A0, batch(SOMEBODY, reopened * 100 + i, false, 5, "x"))))
                        .sequence());
            }
            assertThat(files() - before).isLessThan(5);
            reopen();
        }
        assertThat(log.transactions().producers(A0)).hasSize(producers + 1);
    }

    private long files() {
        String[] names = directory.resolve("journal").toFile().list((dir, name) -> name.endsWith(".journal"));
        return names == null ? 0 : names.length;
    }

    @Test
    void aDeletedTopicForgetsItsProducers() {
        send(SOMEBODY, 0, "x");
        log.deleteTopic("a");
        log.createTopic("a", TopicConfig.of(2));
        assertThat(send(SOMEBODY, 40, "x")).isEqualTo(appendedAt(0));
    }

    @Test
    void describesWhatAPartitionKnows() {
        now.set(2_000_000);
        send(SOMEBODY, 0, "x", "y");
        assertThat(log.transactions().producers(A0))
                .containsExactly(new ProducerDescription(SOMEBODY, 1, 2_000_000, -1));
        assertThat(log.transactions().producers(A1)).isEmpty();
    }

    /** A transactional batch of which kafka-clients would refuse to build one. */
    private static Batch forged(long producerId, int epoch, int sequence) {
        ByteBuffer bytes = batch(SOMEBODY, 0, true, 5, "x").bytes();
        int start = bytes.position();
        bytes.putLong(start + 43, producerId)
                .putShort(start + 51, (short) epoch)
                .putInt(start + 53, sequence);
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(start + 21));
        bytes.putInt(start + 17, (int) crc.getValue());
        return Batch.validated(bytes);
    }

    @Test
    void whatNoProducerSendsIsRefused() {
        assertRefused(append(log, A0, forged(-1, -1, -1)), Code.INVALID_RECORD);
        assertRefused(append(log, A0, forged(7, 0, -1)), Code.INVALID_RECORD);
        assertRefused(append(log, A0, forged(7, -1, 0)), Code.INVALID_RECORD);
        Batch marker = Batch.endOfTransaction(SOMEBODY.id(), SOMEBODY.epoch(), true, 5);
        assertRefused(append(log, A0, marker), Code.INVALID_RECORD);
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 0, 0));
    }

    private static TopicConfig stamped() {
        return new TopicConfig(1, null, null, false, TopicConfig.RECORD_BYTES_MAX_DEFAULT, true, Map.of());
    }

    @Test
    void stampingAtAppendKeepsTheChecksumSound() {
        log.createTopic("stamped", stamped());
        TopicPartition stamped = new TopicPartition("stamped", 0);
        now.set(3_000_000);
        assertThat(append(log, stamped, batch(SOMEBODY, 0, false, 5, "x", "y")))
                .isEqualTo(new AppendResult.Appended(0, 3_000_000, 0));
        now.set(3_000_001);
        log.commit(Commit.of(stamped, 5, null, new byte[1]));
        reopen();
        ByteBuffer bytes = log.fetchBatches(stamped, 0, 1 << 20, false).batches();
        List<Long> timestamps = new ArrayList<>();
        for (RecordBatch each : MemoryRecords.readableRecords(bytes).batches()) {
            assertThat(each.isValid()).isTrue();
            each.forEach(record -> timestamps.add(record.timestamp()));
        }
        assertThat(timestamps).containsExactly(3_000_000L, 3_000_000L, 3_000_001L);
        assertThat(append(log, stamped, batch(SOMEBODY, 0, false, 5, "x", "y")))
                .isEqualTo(new AppendResult.Duplicate(0, 0));
        assertThat(log.recordAtOrAfter(stamped, 3_000_000, true)).hasValue(new TimestampedOffset(0, 3_000_000));
    }
}
