package io.tidemill.testkit;

import io.tidemill.log.AppendResult;
import io.tidemill.log.Commit;
import io.tidemill.log.CommittedOffset;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.ProducerIdentity;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.TransactionState;
import io.tidemill.log.Written;
import io.tidemill.log.WrittenAppends;
import io.tidemill.log.batch.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/** What producers do in a {@link LogWorkload}: each step writes at most one frame that can be seen. */
final class ProducerSteps {
    private static final int TRANSACTIONAL = 3;
    private static final int IDEMPOTENT = 2;
    private static final long FIRST_IDEMPOTENT_ID = 1L << 40;
    private static final int MARKER_BYTES =
            Batch.endOfTransaction(0, (short) 0, true, 0).sizeInBytes();

    private final LogWorkload workload;
    private final SplittableRandom random;

    ProducerSteps(LogWorkload workload, SplittableRandom random) {
        this.workload = workload;
        this.random = random;
    }

    /** Each has its own, so that hardly ever two expire at once. */
    private static long timeoutMillis(String id) {
        return 70_000 + id.charAt(1) * 7_777L;
    }

    /** How long nothing expires; negative if something is overdue. */
    long quietMillis() {
        long quiet = Long.MAX_VALUE;
        for (ProducerModel producer : workload.model().producers()) {
            if (producer.isOpen() && producer.transactionalId != null) {
                quiet = Math.min(
                        quiet,
                        producer.startedMillis
                                + timeoutMillis(producer.transactionalId)
                                - workload.now().toEpochMilli());
            }
        }
        return quiet;
    }

    /** Moves the clock until a transaction has expired, and has it aborted. */
    LogWorkload.Step expire() {
        long wait = quietMillis() + 1;
        long then = workload.now().toEpochMilli() + Math.max(0, wait);
        LogModel after = workload.model().copy();
        List<ProducerModel> expired = new ArrayList<>();
        for (ProducerModel producer : after.producers()) {
            if (producer.isOpen()
                    && producer.transactionalId != null
                    && producer.startedMillis + timeoutMillis(producer.transactionalId) < then) {
                expired.add(producer);
            }
        }
        if (expired.size() > 1) {
            return end(expired.get(0), false); // one at a time
        }
        ProducerModel producer = expired.get(0);
        producer.epoch++;
        after.end(producer, false, then, MARKER_BYTES);
        return new LogWorkload.Step("expire " + producer.transactionalId, after, false, log -> {
            workload.advance(Duration.ofMillis(Math.max(0, then - workload.now().toEpochMilli())));
            log.transactions().abortExpired();
        });
    }

    LogWorkload.Step next() {
        if (random.nextInt(5) == 0) {
            return idempotent();
        }
        String id = "t" + random.nextInt(TRANSACTIONAL);
        ProducerModel producer = workload.model().producer(id);
        if (producer == null || random.nextInt(16) == 0) {
            return init(id, producer);
        }
        int kind = random.nextInt(100);
        if (!producer.isOpen()) {
            return kind < 85 ? reach(producer) : again(producer);
        } else if (kind < 45 && !producer.partitions.isEmpty()) {
            LogModel after = workload.model().copy();
            return append(after, same(after, producer), producer.partitions);
        } else if (kind < 60) {
            return reach(producer);
        } else if (kind < 70) {
            return offsets(producer);
        } else if (kind < 78) {
            return again(producer);
        }
        return end(producer, random.nextInt(3) > 0);
    }

    private LogWorkload.Step init(String id, @Nullable ProducerModel before) {
        LogModel after = workload.model().copy();
        ProducerModel producer = after.producer(id);
        if (producer == null) {
            producer = after.addProducer(id, new ProducerModel(id, -1, (short) 0));
        } else {
            producer.epoch++;
            if (producer.isOpen()) {
                after.end(producer, false, workload.now().toEpochMilli(), MARKER_BYTES);
            }
        }
        producer.clear(TransactionState.EMPTY);
        ProducerModel begun = producer;
        ProducerIdentity expected =
                before != null && random.nextBoolean() ? before.identity() : new ProducerIdentity(-1, (short) -1);
        return new LogWorkload.Step("init " + id, after, false, log -> {
            Written<ProducerIdentity> written = log.transactions()
                    .initProducer(id, Duration.ofMillis(timeoutMillis(id)), expected.id(), expected.epoch());
            log.awaitDurable(written.sequence());
            begun.id = written.value().id();
            if (begun.epoch != written.value().epoch()) {
                throw new AssertionError(written + ", not epoch " + begun.epoch);
            }
        });
    }

    private static String id(ProducerModel producer) {
        if (producer.transactionalId == null) {
            throw new IllegalStateException("not transactional");
        }
        return producer.transactionalId;
    }

    private static ProducerModel same(LogModel model, ProducerModel producer) {
        ProducerModel found = model.producer(id(producer));
        if (found == null) {
            throw new IllegalStateException("no producer " + producer.transactionalId);
        }
        return found;
    }

    private LogWorkload.Step reach(ProducerModel before) {
        LogModel after = workload.model().copy();
        ProducerModel producer = same(after, before);
        TreeSet<TopicPartition> partitions = new TreeSet<>();
        List<TopicPartition> all = after.partitions();
        for (int i = random.nextInt(3); i >= 0; i--) {
            partitions.add(all.get(random.nextInt(all.size())));
        }
        producer.begin(workload.now().toEpochMilli());
        producer.partitions.addAll(partitions);
        return new LogWorkload.Step(
                "reach " + partitions,
                after,
                false,
                log -> log.awaitDurable(log.transactions().addPartitions(id(before), before.identity(), partitions)));
    }

    private LogWorkload.Step offsets(ProducerModel before) {
        LogModel after = workload.model().copy();
        ProducerModel producer = same(after, before);
        String group = LogWorkload.GROUPS.get(random.nextInt(LogWorkload.GROUPS.size()));
        TopicPartition partition =
                after.partitions().get(random.nextInt(after.partitions().size()));
        long next = random.nextInt(100);
        boolean pendingAlready = false;
        for (ProducerModel each : after.producers()) {
            pendingAlready |= each.pending.getOrDefault(group, new TreeMap<>()).containsKey(partition);
        }
        if (pendingAlready) {
            // What is pending can be seen, but not whose it is: a crash could not be told from none.
            return reach(before);
        }
        producer.pending.computeIfAbsent(group, g -> new TreeMap<>()).put(partition, next);
        return new LogWorkload.Step("pending of " + group, after, false, log -> {
            // What it writes for the group alone cannot be seen; it is not written again.
            log.transactions().addGroup(id(before), before.identity(), group);
            log.awaitDurable(log.transactions()
                    .addOffsets(id(before), before.identity(), group, Map.of(partition, CommittedOffset.of(next))));
        });
    }

    private LogWorkload.Step end(ProducerModel before, boolean committed) {
        LogModel after = workload.model().copy();
        ProducerModel producer = same(after, before);
        after.end(producer, committed, workload.now().toEpochMilli(), MARKER_BYTES);
        boolean twice = random.nextInt(4) == 0;
        return new LogWorkload.Step((committed ? "commit " : "abort ") + before.transactionalId, after, false, log -> {
            log.awaitDurable(log.transactions().end(id(before), before.identity(), committed));
            if (twice) {
                log.awaitDurable(log.transactions().end(id(before), before.identity(), committed));
            }
        });
    }

    private LogWorkload.Step idempotent() {
        int number = random.nextInt(IDEMPOTENT);
        String name = "idempotent " + number;
        ProducerModel before = workload.model().producer(name);
        if (before != null && random.nextInt(5) == 0) {
            return again(before);
        }
        LogModel after = workload.model().copy();
        ProducerModel producer = after.producer(name);
        if (producer == null) {
            producer = after.addProducer(name, new ProducerModel(null, FIRST_IDEMPOTENT_ID + number, (short) 0));
        } else if (random.nextInt(20) == 0) {
            producer.epoch++;
        }
        return append(after, producer, after.partitions());
    }

    private LogWorkload.Step append(LogModel after, ProducerModel producer, Iterable<TopicPartition> among) {
        List<TopicPartition> candidates = new ArrayList<>();
        among.forEach(candidates::add);
        List<Commit.Append> appends = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0 && !candidates.isEmpty(); i--) {
            TopicPartition partition = candidates.remove(random.nextInt(candidates.size()));
            offsets.add(after.partition(partition).end());
            appends.add(new Commit.Append(partition, batch(after, producer, partition)));
        }
        return new LogWorkload.Step("append of " + producer.identity() + " to " + appends, after, false, log -> {
            WrittenAppends written = log.append(appends);
            log.awaitDurable(written.sequence());
            for (int i = 0; i < offsets.size(); i++) {
                if (!(written.results().get(i) instanceof AppendResult.Appended appended)
                        || appended.baseOffset() != offsets.get(i)) {
                    throw new AssertionError(written.results() + ", not at " + offsets);
                }
            }
        });
    }

    private Batch batch(LogModel model, ProducerModel producer, TopicPartition partition) {
        List<LogWorkload.Drawn> drawn = workload.draw();
        SimpleRecord[] records = new SimpleRecord[drawn.size()];
        for (int i = 0; i < records.length; i++) {
            LogWorkload.Drawn each = drawn.get(i);
            records[i] = new SimpleRecord(
                    each.timestamp(),
                    each.key(),
                    each.value(),
                    each.headers().stream()
                            .map(header -> new RecordHeader(header.name(), header.value()))
                            .toArray(org.apache.kafka.common.header.Header[]::new));
        }
        int sequence = producer.nextSequence(partition);
        Batch batch = Batch.validated((producer.transactionalId == null
                        ? MemoryRecords.withIdempotentRecords(
                                Compression.NONE, producer.id, producer.epoch, sequence, records)
                        : MemoryRecords.withTransactionalRecords(
                                Compression.NONE, producer.id, producer.epoch, sequence, records))
                .buffer());
        long base = model.partition(partition).end();
        workload.append(model, partition, drawn, batch, producer.id);
        producer.sent(partition, new ProducerModel.Sent(batch, sequence + records.length - 1, base));
        return batch;
    }

    /** The answer to a batch was lost, so it is sent again; or a batch was lost, and the one after it is refused. */
    private LogWorkload.Step again(ProducerModel producer) {
        boolean gap = random.nextBoolean();
        return new LogWorkload.Step("again of " + producer.identity(), workload.model(), false, log -> {
            for (Map.Entry<TopicPartition, ProducerModel.Sequences> each : producer.sequences.entrySet()) {
                ProducerModel.Sequences known = each.getValue();
                if (known.epoch() == producer.epoch && !known.known().isEmpty()) {
                    if (gap) {
                        sendBeyondAGap(log, producer, each.getKey());
                    } else {
                        sendAgain(
                                log,
                                each.getKey(),
                                known.known().get(known.known().size() - 1));
                    }
                }
            }
        });
    }

    private static void sendAgain(EmbeddedLog log, TopicPartition partition, ProducerModel.Sent sent) {
        WrittenAppends written = log.append(List.of(new Commit.Append(partition, sent.batch())));
        log.awaitDurable(written.sequence());
        if (!(written.results().get(0) instanceof AppendResult.Duplicate duplicate)
                || duplicate.baseOffset() != sent.baseOffset()) {
            throw new AssertionError(written.results() + ", not a duplicate of " + sent);
        }
    }

    private static void sendBeyondAGap(EmbeddedLog log, ProducerModel producer, TopicPartition partition) {
        SimpleRecord record = new SimpleRecord(0, new byte[1], new byte[1]);
        Batch batch = Batch.validated(MemoryRecords.withIdempotentRecords(
                        Compression.NONE, producer.id, producer.epoch, producer.nextSequence(partition) + 1, record)
                .buffer());
        AppendResult result = log.append(List.of(new Commit.Append(partition, batch)))
                .results()
                .get(0);
        if (!(result instanceof AppendResult.Refused refused)
                || refused.cause().code() != LogException.Code.OUT_OF_ORDER_SEQUENCE) {
            throw new AssertionError(result + ", not out of order");
        }
    }
}
