package io.tidemill.log;

import static io.tidemill.log.TestProducer.append;
import static io.tidemill.log.TestProducer.assertRefused;
import static io.tidemill.log.TestProducer.batch;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.log.LogException.Code;
import io.tidemill.log.disk.LocalDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what when, as in KIP-98 and KIP-360. */
class TransactionsTest {
    private static final TopicPartition A0 = new TopicPartition("a", 0);
    private static final TopicPartition A1 = new TopicPartition("a", 1);
    private static final TopicPartition B0 = new TopicPartition("b", 0);

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
                        .commitBytesMax(64 << 10)
                        .preallocateBytes(0)
                        .clock(() -> Instant.ofEpochMilli(now.get())));
        if (log.topic("a").isEmpty()) {
            log.createTopic("a", TopicConfig.of(2));
            log.createTopic("b", TopicConfig.of(1));
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

    private TestProducer producer() {
        return TestProducer.transactional(log, "t");
    }

    private TransactionDescription described() {
        return log.transactions().describe("t").orElseThrow();
    }

    private List<String> values(TopicPartition partition) {
        return EmbeddedLogTest.values(log, partition);
    }

    // ---- beginning ----

    @Test
    void aBatchNeedsATransactionThatReachesItsPartition() {
        TestProducer producer = producer();
        assertRefused(producer.trySend(A0, 0, "x"), Code.INVALID_TRANSACTION_STATE);
        producer.begin(A1);
        assertRefused(producer.trySend(A0, 0, "x"), Code.INVALID_TRANSACTION_STATE);
        producer.begin(A0);
        producer.send(A0, "x");
        producer.commit();
        assertRefused(producer.trySend(A0, 1, "y"), Code.INVALID_TRANSACTION_STATE);
        assertThat(values(A0)).containsExactly("0=x");
    }

    @Test
    void onlyProducersWithATransactionalIdHaveTransactions() {
        ProducerIdentity idempotent = TestProducer.idempotent(log).identity;
        assertRefused(append(log, A0, batch(idempotent, 0, true, 5, "x")), Code.UNKNOWN_PRODUCER);
        ProducerIdentity unknown = new ProducerIdentity(99, (short) 0);
        assertRefused(append(log, A0, batch(unknown, 0, true, 5, "x")), Code.UNKNOWN_PRODUCER);
        assertRefused(() -> log.transactions().addPartitions("t", idempotent, Set.of(A0)), Code.UNKNOWN_PRODUCER);
        TestProducer producer = producer();
        assertRefused(() -> log.transactions().end("t", idempotent, true), Code.UNKNOWN_PRODUCER);
        assertRefused(
                () -> log.transactions().addPartitions("other", producer.identity, Set.of(A0)), Code.UNKNOWN_PRODUCER);
    }

    @Test
    void aBatchOutsideOfTheOpenTransactionIsRefused() {
        TestProducer producer = producer().begin(A0);
        producer.send(A0, "x");
        assertRefused(append(log, A0, batch(producer.identity, 1, false, 5, "y")), Code.INVALID_TRANSACTION_STATE);
        producer.commit();
        assertThat(append(log, A0, batch(producer.identity, 1, false, 5, "y")))
                .isEqualTo(new AppendResult.Appended(2, -1, 0));
    }

    @Test
    void aTransactionReachesAllPartitionsOrNone() {
        TestProducer producer = producer();
        assertRefused(() -> producer.begin(A0, new TopicPartition("none", 0)), Code.UNKNOWN_TOPIC);
        assertRefused(() -> producer.begin(A0, new TopicPartition("a", 2)), Code.UNKNOWN_TOPIC);
        assertThat(described().state()).isEqualTo(TransactionState.EMPTY);
    }

    @Test
    void timeoutsHaveBounds() {
        for (Duration bad : List.of(
                Duration.ZERO, Duration.ofMillis(-1), Transactions.TIMEOUT_MAX.plusMillis(1), Duration.ofNanos(1))) {
            assertRefused(
                    () -> log.transactions().initProducer("t", bad, -1, (short) -1), Code.TRANSACTION_TIMEOUT_INVALID);
        }
        assertThat(log.transactions().initProducer("t", Transactions.TIMEOUT_MAX, -1, (short) -1))
                .isNotNull();
    }

    // ---- incarnations ----

    @Test
    void aNewIncarnationFencesTheOldAndAbortsWhatItHasOpen() {
        TestProducer old = producer().begin(A0, A1);
        old.send(A0, "lost");
        TestProducer fresh = producer();
        assertThat(fresh.identity.id()).isEqualTo(old.identity.id());
        assertThat(fresh.identity.epoch()).isGreaterThan(old.identity.epoch());
        assertRefused(old.trySend(A0, 1, "x"), Code.INVALID_PRODUCER_EPOCH);
        assertRefused(() -> old.begin(A0), Code.PRODUCER_FENCED);
        assertRefused(old::commit, Code.PRODUCER_FENCED);
        assertRefused(() -> log.transactions().addGroup("t", old.identity, "g"), Code.PRODUCER_FENCED);
        assertRefused(() -> log.transactions().addOffsets("t", old.identity, "g", Map.of()), Code.PRODUCER_FENCED);
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 2, 2));
        assertThat(log.partitionStatus(A1)).isEqualTo(new PartitionStatus(0, 1, 1));
        fresh.begin(A0);
        assertRefused(fresh.trySend(A0, 1, "x"), Code.OUT_OF_ORDER_SEQUENCE);
        fresh.send(A0, "kept");
        fresh.commit();
        assertThat(values(A0)).containsExactly("2=kept");
        reopen();
        assertThat(values(A0)).containsExactly("2=kept");
        TestProducer reopened = old.on(log);
        assertRefused(reopened::commit, Code.PRODUCER_FENCED);
    }

    @Test
    void aProducerThatKnowsItselfGetsTheNextEpoch() {
        ProducerIdentity first = producer().identity;
        ProducerIdentity second = TestProducer.init(log, "t", first.id(), first.epoch());
        assertThat(second).isEqualTo(new ProducerIdentity(first.id(), (short) (first.epoch() + 1)));
        // The answer was lost.
        assertThat(TestProducer.init(log, "t", first.id(), first.epoch())).isEqualTo(second);
        reopen();
        assertThat(TestProducer.init(log, "t", first.id(), first.epoch())).isEqualTo(second);
        ProducerIdentity third = TestProducer.init(log, "t", second.id(), second.epoch());
        assertRefused(() -> TestProducer.init(log, "t", first.id(), first.epoch()), Code.PRODUCER_FENCED);
        assertRefused(() -> TestProducer.init(log, "t", first.id() + 1, third.epoch()), Code.PRODUCER_FENCED);
    }

    @Test
    void whoBeginsAnewFencesThoseWhoKnowThemselves() {
        ProducerIdentity first = producer().identity;
        producer();
        assertRefused(() -> TestProducer.init(log, "t", first.id(), first.epoch()), Code.PRODUCER_FENCED);
    }

    @Test
    void aProducerThatKnowsItselfAbortsWhatItHasOpen() {
        TestProducer producer = producer().begin(A0);
        producer.send(A0, "lost");
        ProducerIdentity next = TestProducer.init(log, "t", producer.identity.id(), producer.identity.epoch());
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 2, 2));
        assertThat(values(A0)).isEmpty();
        TestProducer same = producer.with(log, next).begin(A0);
        same.send(A0, "kept");
        same.commit();
        assertThat(values(A0)).containsExactly("2=kept");
    }

    @Test
    void whoTimedOutIsFencedEvenWithAnOlderEpoch() {
        ProducerIdentity first = producer().identity;
        ProducerIdentity second = TestProducer.init(log, "t", first.id(), first.epoch());
        producer().with(log, second);
        TestProducer third = producer();
        ProducerIdentity fourth = TestProducer.init(log, "t", third.identity.id(), third.identity.epoch());
        third.with(log, fourth).begin(A0);
        now.addAndGet(TestProducer.TIMEOUT.toMillis() + 1);
        log.transactions().abortExpired();
        assertRefused(() -> TestProducer.init(log, "t", fourth.id(), fourth.epoch()), Code.PRODUCER_FENCED);
        assertRefused(
                () -> TestProducer.init(log, "t", third.identity.id(), third.identity.epoch()), Code.PRODUCER_FENCED);
    }

    @Test
    void anExhaustedEpochTakesANewId() {
        TestProducer producer = producer();
        ProducerIdentity last = producer.identity;
        for (int i = 0; i < 40_000 && last.id() == producer.identity.id(); i++) {
            ProducerIdentity next = log.transactions()
                    .initProducer("t", TestProducer.TIMEOUT, -1, (short) -1)
                    .value();
            if (next.id() != producer.identity.id()) {
                assertThat(last.epoch()).isEqualTo((short) (Short.MAX_VALUE - 1));
                assertThat(next.epoch()).isZero();
            }
            last = next;
        }
        assertThat(last.id()).isNotEqualTo(producer.identity.id());
        reopen();
        TestProducer fresh = producer.with(log, last).begin(A0);
        fresh.send(A0, "x");
        fresh.commit();
        assertThat(values(A0)).containsExactly("0=x");
        assertThat(log.transactions().list()).hasSize(1);
    }

    @Test
    void theLastEpochMayHaveATransactionThatIsAborted() {
        TestProducer producer = producer();
        ProducerIdentity last = producer.identity;
        while (last.epoch() < Short.MAX_VALUE - 1) {
            last = log.transactions()
                    .initProducer("t", TestProducer.TIMEOUT, -1, (short) -1)
                    .value();
        }
        producer = producer.with(log, last).begin(A0);
        producer.send(A0, "lost");
        ProducerIdentity fresh = TestProducer.init(log, "t", last.id(), last.epoch());
        assertThat(fresh.id()).isNotEqualTo(last.id());
        // Unlike Kafka, which remembers the old id for the case that the answer was lost, once in 32,766 times.
        ProducerIdentity exhausted = last;
        assertRefused(() -> TestProducer.init(log, "t", exhausted.id(), exhausted.epoch()), Code.PRODUCER_FENCED);
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 2, 2));
        assertThat(values(A0)).isEmpty();
        assertRefused(producer.trySend(A0, 1, "x"), Code.UNKNOWN_PRODUCER);
    }

    // ---- ending ----

    @Test
    void endingAgainIsDoneAlreadyAndTheOppositeRefused() {
        TestProducer producer = producer();
        assertRefused(producer::commit, Code.INVALID_TRANSACTION_STATE);
        assertRefused(producer::abort, Code.INVALID_TRANSACTION_STATE);
        producer.begin(A0);
        producer.send(A0, "x");
        producer.commit();
        producer.commit();
        assertRefused(producer::abort, Code.INVALID_TRANSACTION_STATE);
        assertThat(described().state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
        producer.begin(A0).abort();
        producer.abort();
        assertRefused(producer::commit, Code.INVALID_TRANSACTION_STATE);
        reopen();
        producer.on(log).abort();
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 3, 3));
    }

    @Test
    void aTransactionWithoutRecordsLeavesItsMarker() {
        TestProducer producer = producer().begin(A0);
        producer.commit();
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 1, 1));
        assertThat(values(A0)).isEmpty();
    }

    @Test
    void sequencesGoOnAfterATransaction() {
        TestProducer producer = producer().begin(A0);
        producer.send(A0, "x", "y");
        producer.commit();
        assertThat(producer.trySend(A0, 0, "x", "y")).isEqualTo(new AppendResult.Duplicate(0, 0));
        producer.begin(A0);
        assertRefused(producer.trySend(A0, 0, "z"), Code.OUT_OF_ORDER_SEQUENCE);
        assertThat(producer.send(A0, "z")).isEqualTo(3);
        producer.abort();
        reopen();
        producer = producer.on(log).begin(A0);
        assertThat(producer.trySend(A0, 2, "z")).isEqualTo(new AppendResult.Duplicate(3, 0));
        assertThat(producer.trySend(A0, 3, "w")).isEqualTo(new AppendResult.Appended(5, -1, 0));
    }

    @Test
    void aTransactionLargerThanACommitStillEnds() {
        log.createTopic("wide", TopicConfig.of(1_000));
        TopicPartition[] partitions = new TopicPartition[1_000];
        for (int i = 0; i < partitions.length; i++) {
            partitions[i] = new TopicPartition("wide", i);
        }
        TestProducer producer = producer().begin(partitions);
        producer.send(partitions[7], "x");
        producer.commit();
        assertThat(values(partitions[7])).containsExactly("0=x");
        producer.begin(partitions);
        now.addAndGet(TestProducer.TIMEOUT.toMillis() + 1);
        log.transactions().abortExpired();
        assertThat(log.partitionStatus(partitions[7])).isEqualTo(new PartitionStatus(0, 3, 3));
    }

    // ---- time ----

    @Test
    void whatIsOpenForTooLongIsAbortedAndItsProducerFenced() {
        TestProducer producer = producer().begin(A0);
        producer.send(A0, "lost");
        producer.addOffset("g", B0, CommittedOffset.of(7));
        now.addAndGet(TestProducer.TIMEOUT.toMillis());
        log.transactions().abortExpired();
        assertThat(described().state()).isEqualTo(TransactionState.ONGOING);
        reopen();
        now.addAndGet(1);
        log.transactions().abortExpired();
        assertThat(described().state()).isEqualTo(TransactionState.COMPLETE_ABORT);
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 2, 2));
        assertThat(values(A0)).isEmpty();
        assertThat(log.committed("g", B0)).isEmpty();
        assertThat(log.pendingOffsets("g")).isEmpty();
        TestProducer fenced = producer.on(log);
        assertRefused(fenced.trySend(A0, 1, "x"), Code.INVALID_PRODUCER_EPOCH);
        assertRefused(fenced::commit, Code.PRODUCER_FENCED);
        assertRefused(fenced::abort, Code.PRODUCER_FENCED);
        TestProducer fresh = producer().begin(A0);
        fresh.send(A0, "kept");
        fresh.commit();
        assertThat(values(A0)).containsExactly("2=kept");
    }

    @Test
    void theTimeCountsFromTheFirstPartition() {
        TestProducer producer = producer();
        now.addAndGet(TestProducer.TIMEOUT.toMillis() - 5);
        producer.begin(A0);
        now.addAndGet(10);
        producer.begin(A1);
        log.transactions().abortExpired();
        producer.commit();
        now.addAndGet(TestProducer.TIMEOUT.toMillis() * 2);
        log.transactions().abortExpired();
        producer.begin(A0).commit();
    }

    @Test
    void whoIsSilentForLongIsForgottenUnlessItsTransactionIsOpen() {
        TestProducer silent = producer();
        now.addAndGet(Transactions.IDLE_MAX.toMillis());
        log.transactions().abortExpired();
        assertThat(log.transactions().list()).hasSize(1);
        now.addAndGet(1);
        log.transactions().abortExpired();
        assertThat(log.transactions().list()).isEmpty();
        assertRefused(() -> silent.begin(A0), Code.UNKNOWN_PRODUCER);
        reopen();
        assertThat(log.transactions().list()).isEmpty();
        assertThat(producer().identity.id()).isNotEqualTo(silent.identity.id());
    }

    // ---- offsets ----

    @Test
    void offsetsAreThereWithTheRecordsOrNotAtAll() {
        TestProducer producer = producer().begin(A0);
        producer.send(A0, "x");
        CommittedOffset offset = new CommittedOffset(17, 3, "note", -1);
        assertRefused(
                () -> log.transactions().addOffsets("t", producer.identity, "g", Map.of(B0, offset)),
                Code.INVALID_TRANSACTION_STATE);
        producer.addOffset("g", B0, offset);
        assertThat(log.committed("g", B0)).isEmpty();
        assertThat(log.pendingOffsets("g")).containsExactly(B0);
        assertThat(log.pendingOffsets("other")).isEmpty();
        reopen();
        assertThat(log.committed("g", B0)).isEmpty();
        assertThat(log.pendingOffsets("g")).containsExactly(B0);
        List<String> seen = new ArrayList<>();
        now.set(2_000_000);
        log.onVisible((partitions, topicsChanged) -> seen.add(partitions + "" + topicsChanged));
        producer.on(log).commit();
        assertThat(seen).containsExactly("[a-0]false");
        assertThat(log.pendingOffsets("g")).isEmpty();
        assertThat(log.committedOffsets("g")).isEqualTo(Map.of(B0, new CommittedOffset(17, 3, "note", 1_000_000)));
        reopen();
        assertThat(log.committedOffsets("g")).isEqualTo(Map.of(B0, new CommittedOffset(17, 3, "note", 1_000_000)));
        assertThat(values(A0)).containsExactly("0=x");
    }

    @Test
    void abortedOffsetsNeverCount() {
        log.commit(Commit.builder().offset("g", B0, 1).build());
        TestProducer producer = producer();
        producer.addOffset("g", B0, CommittedOffset.of(2));
        producer.abort();
        assertThat(log.committed("g", B0)).hasValue(1);
        assertThat(log.pendingOffsets("g")).isEmpty();
        reopen();
        assertThat(log.committed("g", B0)).hasValue(1);
    }

    @Test
    void theLastOffsetOfATransactionCounts() {
        TestProducer producer = producer();
        producer.addOffset("g", B0, CommittedOffset.of(2));
        producer.addOffset("g", B0, CommittedOffset.of(1));
        log.commit(Commit.builder().offset("g", B0, 9).build());
        producer.commit();
        assertThat(log.committed("g", B0)).hasValue(1);
    }

    @Test
    void offsetsThatAreSentAgainAndAgainTakeNoMoreRoom() {
        TestProducer producer = producer();
        for (int i = 0; i < 2_000; i++) {
            long sequence = log.transactions().addGroup("t", producer.identity, "g");
            log.transactions()
                    .addOffsets(
                            "t", producer.identity, "g", Map.of(B0, CommittedOffset.of(i), A0, CommittedOffset.of(i)));
            log.awaitDurable(sequence);
        }
        reopen();
        assertThat(log.sizeInBytes()).isLessThan(250_000);
        producer.on(log).commit();
        assertThat(log.groups()).isEqualTo(Map.of("g", Map.of(A0, 1_999L, B0, 1_999L)));
    }

    @Test
    void offsetsOfTopicsThatAreGoneAreDropped() {
        TestProducer producer = producer();
        producer.addOffset("g", B0, CommittedOffset.of(2));
        producer.addOffset("g", A0, CommittedOffset.of(3));
        producer.addOffset("only b", B0, CommittedOffset.of(4));
        log.deleteTopic("b");
        assertThat(log.pendingOffsets("g")).containsExactly(A0);
        log.createTopic("b", TopicConfig.of(1));
        producer.commit();
        assertThat(log.groups()).isEqualTo(Map.of("g", Map.of(A0, 3L)));
        reopen();
        assertThat(log.groups()).isEqualTo(Map.of("g", Map.of(A0, 3L)));
    }

    @Test
    void offsetsAndGroupsAreForgotten() {
        log.commit(Commit.builder()
                .offset("g", A0, 1)
                .offset("g", B0, 2)
                .offset("h", A0, 3)
                .build());
        log.commit(Commit.builder()
                .forgetOffset("g", A0)
                .forgetOffset("nobody", A0)
                .build());
        assertThat(log.groups()).isEqualTo(Map.of("g", Map.of(B0, 2L), "h", Map.of(A0, 3L)));
        log.commit(Commit.builder().forgetGroup("h").forgetOffset("g", B0).build());
        assertThat(log.groups()).isEmpty();
        reopen();
        assertThat(log.groups()).isEmpty();
    }

    @Test
    void whatAnOffsetCarriesHasABound() {
        TestProducer producer = producer();
        String note = "n".repeat(Decider.OFFSET_METADATA_LENGTH_MAX);
        producer.addOffset("g", B0, new CommittedOffset(1, -1, note, -1));
        assertRefused(() -> producer.addOffset("g", B0, new CommittedOffset(2, -1, note + "n", -1)), Code.INVALID);
        producer.commit();
        assertThat(log.committed("g", B0)).hasValue(1);
    }

    // ---- topics ----

    @Test
    void aTopicMayGoWhileATransactionIsOpen() {
        TestProducer producer = producer().begin(A0, B0);
        producer.send(A0, "x");
        producer.send(B0, "y");
        log.deleteTopic("a");
        assertThat(described().partitions()).containsExactly(B0);
        log.createTopic("a", TopicConfig.of(1));
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 0, 0));
        reopen();
        producer.on(log).commit();
        assertThat(values(A0)).isEmpty();
        assertThat(log.partitionStatus(A0)).isEqualTo(new PartitionStatus(0, 0, 0));
        assertThat(values(B0)).containsExactly("0=y");
    }

    @Test
    void alteredTopicsStayAltered() {
        TestProducer producer = producer().begin(A0);
        producer.send(A0, "x");
        TopicConfig other = TopicConfig.of(2).retention(Duration.ofHours(3)).recordBytesMax(2_000);
        log.alterTopic("a", other);
        log.createPartitions("a", 4);
        TopicPartition a3 = new TopicPartition("a", 3);
        producer.begin(a3).send(a3, "y");
        assertRefused(() -> log.createPartitions("a", 4), Code.INVALID);
        assertRefused(() -> log.alterTopic("a", other), Code.INVALID);
        assertRefused(() -> log.createPartitions("none", 4), Code.UNKNOWN_TOPIC);
        for (int i = 0; i < 2; i++) {
            assertThat(log.topic("a").orElseThrow().config()).isEqualTo(other.partitions(4));
            reopen();
        }
        producer.on(log).commit();
        assertThat(values(a3)).containsExactly("0=y");
        assertThat(values(A0)).containsExactly("0=x");
    }
}
