package io.tidemill.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.log.LogException.Code;
import io.tidemill.log.batch.Batch;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** A producer as a client would be one: it counts its sequences, and awaits every answer. */
final class TestProducer {
    static final Duration TIMEOUT = Duration.ofMinutes(1);

    final EmbeddedLog log;
    final @Nullable String transactionalId;
    final ProducerIdentity identity;
    final Map<TopicPartition, Integer> nextSequences = new HashMap<>();

    private TestProducer(EmbeddedLog log, @Nullable String transactionalId, ProducerIdentity identity) {
        this.log = log;
        this.transactionalId = transactionalId;
        this.identity = identity;
    }

    static TestProducer idempotent(EmbeddedLog log) {
        return new TestProducer(log, null, init(log, null, -1, -1));
    }

    /** A new incarnation of {@code transactionalId}. */
    static TestProducer transactional(EmbeddedLog log, String transactionalId) {
        return new TestProducer(log, transactionalId, init(log, transactionalId, -1, -1));
    }

    static ProducerIdentity init(EmbeddedLog log, @Nullable String transactionalId, long id, int epoch) {
        Written<ProducerIdentity> written =
                log.transactions().initProducer(transactionalId, TIMEOUT, id, (short) epoch);
        log.awaitDurable(written.sequence());
        return written.value();
    }

    /** The same producer after the log was opened again, or under another identity. */
    TestProducer with(EmbeddedLog other, ProducerIdentity newIdentity) {
        TestProducer same = new TestProducer(other, transactionalId, newIdentity);
        if (newIdentity.equals(identity)) {
            same.nextSequences.putAll(nextSequences);
        }
        return same;
    }

    TestProducer on(EmbeddedLog other) {
        return with(other, identity);
    }

    String transactionalId() {
        if (transactionalId == null) {
            throw new IllegalStateException("an idempotent producer");
        }
        return transactionalId;
    }

    private static SimpleRecord[] records(long timestamp, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            // "key:value", or a value alone
            int colon = values[i].indexOf(':');
            byte[] key = colon < 0 ? null : values[i].substring(0, colon).getBytes(UTF_8);
            records[i] = new SimpleRecord(
                    timestamp, key, values[i].substring(colon + 1).getBytes(UTF_8));
        }
        return records;
    }

    static Batch batch(ProducerIdentity identity, int sequence, boolean transactional, long time, String... values) {
        SimpleRecord[] records = records(time, values);
        MemoryRecords built = transactional
                ? MemoryRecords.withTransactionalRecords(
                        Compression.NONE, identity.id(), identity.epoch(), sequence, records)
                : MemoryRecords.withIdempotentRecords(
                        Compression.NONE, identity.id(), identity.epoch(), sequence, records);
        return Batch.validated(built.buffer());
    }

    static AppendResult append(EmbeddedLog log, TopicPartition partition, Batch batch) {
        WrittenAppends written = log.append(List.of(new Commit.Append(partition, batch)));
        log.awaitDurable(written.sequence());
        return written.results().get(0);
    }

    AppendResult trySend(TopicPartition partition, int sequence, String... values) {
        return append(log, partition, batch(identity, sequence, transactionalId != null, 5, values));
    }

    /** Appends the next batch; returns its offset. */
    long send(TopicPartition partition, String... values) {
        return sendAt(5, partition, values);
    }

    long sendAt(long time, TopicPartition partition, String... values) {
        int sequence = nextSequences.getOrDefault(partition, 0);
        AppendResult result = append(log, partition, batch(identity, sequence, transactionalId != null, time, values));
        assertThat(result).isInstanceOf(AppendResult.Appended.class);
        nextSequences.put(partition, sequence + values.length);
        return ((AppendResult.Appended) result).baseOffset();
    }

    TestProducer begin(TopicPartition... partitions) {
        log.awaitDurable(log.transactions().addPartitions(transactionalId(), identity, Set.of(partitions)));
        return this;
    }

    void addOffset(String group, TopicPartition partition, CommittedOffset offset) {
        log.awaitDurable(log.transactions().addGroup(transactionalId(), identity, group));
        log.awaitDurable(log.transactions().addOffsets(transactionalId(), identity, group, Map.of(partition, offset)));
    }

    void commit() {
        end(true);
    }

    void abort() {
        end(false);
    }

    private void end(boolean commit) {
        log.awaitDurable(log.transactions().end(transactionalId(), identity, commit));
    }

    static void assertRefused(AppendResult result, Code code) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        AppendResult.Refused.class,
                        refused -> assertThat(refused.cause().code()).isEqualTo(code));
    }

    static void assertRefused(ThrowingCallable call, Code code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
