package io.tidemill.compat.consistency;

import io.tidemill.log.AppendResult;
import io.tidemill.log.Commit;
import io.tidemill.log.LogException;
import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.WrittenAppends;
import io.tidemill.log.batch.Batch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Somebody far away, who outlives the node. */
abstract class SimulatedClient {
    final SimulatedNode node;
    final History history;
    final SplittableRandom random;
    private int asked;
    private int connection;

    SimulatedClient(SimulatedNode node, History history, SplittableRandom random) {
        this.node = node;
        this.history = history;
        this.random = random;
    }

    /** Does at most one thing. */
    abstract void step();

    final int connection() {
        return connection;
    }

    /** The connection breaks: what was asked may be done, but no answer comes. */
    void lost() {
        connection++;
        asked = 0;
    }

    /** The log did not do what it was asked. */
    abstract void refused(LogException refusal);

    final boolean isWaiting() {
        return asked > 0;
    }

    final void request(LongSupplier write, Runnable then) {
        asked++;
        try {
            node.whenDurable(write.getAsLong(), this, then);
        } catch (LogException e) {
            if (e.code() != LogException.Code.IO) {
                asked--;
                refused(e);
            }
            // Otherwise the node is down, and no answer will come.
        }
    }

    final void answered(int by, Runnable then) {
        if (by == connection) {
            asked--;
            then.run();
        }
    }

    /** A batch that may be sent again and again. */
    record Sent(TopicPartition partition, List<String> values, Batch batch) {}

    final Sent batch(
            ProducerIdentity producer,
            int sequence,
            boolean transactional,
            TopicPartition partition,
            List<String> values) {
        SimpleRecord[] records = values.stream()
                .map(value -> new SimpleRecord(0, null, value.getBytes(StandardCharsets.UTF_8)))
                .toArray(SimpleRecord[]::new);
        MemoryRecords batch = transactional
                ? MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producer.id(), producer.epoch(), sequence, records)
                : MemoryRecords.withIdempotentRecords(
                        Compression.NONE, producer.id(), producer.epoch(), sequence, records);
        return new Sent(partition, values, Batch.validated(batch.buffer()));
    }

    /** {@code then} is told the first offset. */
    final void append(Sent sent, LongConsumer then) {
        long[] base = {-1};
        request(
                () -> {
                    WrittenAppends written = node.log()
                            .append(List.of(new Commit.Append(SimulatedNode.own(sent.partition), sent.batch)));
                    AppendResult result = written.results().get(0);
                    if (result instanceof AppendResult.Refused refused) {
                        throw refused.cause();
                    }
                    base[0] = result instanceof AppendResult.Appended appended
                            ? appended.baseOffset()
                            : ((AppendResult.Duplicate) result).baseOffset();
                    return written.sequence();
                },
                () -> then.accept(base[0]));
    }

    boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    <T> T any(List<T> among) {
        return among.get(random.nextInt(among.size()));
    }
}
