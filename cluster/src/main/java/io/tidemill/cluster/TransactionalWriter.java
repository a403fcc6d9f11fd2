package io.tidemill.cluster;

import io.tidemill.api.Header;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.CommittedOffset;
import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.LogWriter;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.Batch;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Commits by Kafka transactions of one transactional id. Thread-safe; commits follow one another. */
final class TransactionalWriter implements LogWriter {
    /*
     * Opening the producer fences every earlier one of its id and ends the transaction that it may have left, one way or the
     * other; so what is read afterwards does not change behind the reader's back. A commit is: begin, send, wait for all
     * acknowledgements, compare where the records are with where they were expected, end the transaction, wait until its
     * markers are visible. Up to the end of the transaction any failure aborts it. If the end itself is not answered in time,
     * nobody here knows what became of it: the writer is of no further use, and the next one makes the cluster decide.
     */
    /** Each partition's part of a transaction is followed by one marker. */
    private static final int MARKER_OFFSETS = 1;

    private static final long COMMIT_BYTES_MAX = 256 << 20;

    private final KafkaLog log;
    private final String id;
    private final KafkaLogOptions options;
    private final Producer<byte[], byte[]> producer;
    private boolean isUsable = true;

    private TransactionalWriter(KafkaLog log, String id, KafkaLogOptions options, Producer<byte[], byte[]> producer) {
        this.log = log;
        this.id = id;
        this.options = options;
        this.producer = producer;
    }

    static TransactionalWriter open(KafkaLog log, String id, KafkaLogOptions options) {
        Producer<byte[], byte[]> producer;
        try {
            producer = new KafkaProducer<>(ClientProperties.producer(options, options.transactionalIdPrefix() + id));
        } catch (KafkaException e) {
            throw new LogException(
                    Code.INVALID, "cannot make a client: " + Failures.unwrap(e).getMessage(), e);
        }
        try {
            producer.initTransactions();
            return new TransactionalWriter(log, id, options, producer);
        } catch (RuntimeException e) {
            producer.close(Duration.ZERO);
            throw Failures.of("open the writer '" + id + "'", e);
        }
    }

    synchronized boolean isUsable() {
        return isUsable;
    }

    @Override
    public synchronized CommitResult commit(Commit commit) {
        if (!isUsable) {
            throw new LogException(
                    Code.CONFLICT,
                    "the writer '" + id + "' has failed before; open another to learn what was committed");
        }
        check(commit);
        if (commit.appends().isEmpty() && commit.offsets().isEmpty()) {
            log.trim(commit.trims());
            return new CommitResult(log.nextSequence(), List.of(), MARKER_OFFSETS);
        }
        long start = System.nanoTime();
        Sent sent = send(commit, start);
        end(start);
        log.awaitVisible(sent.ends);
        log.trim(commit.trims());
        return new CommitResult(log.nextSequence(), sent.baseOffsets, MARKER_OFFSETS);
    }

    @Override
    public int markerOffsets() {
        return MARKER_OFFSETS;
    }

    private void check(Commit commit) {
        if (!commit.forgottenGroups().isEmpty() || !commit.forgottenOffsets().isEmpty()) {
            throw new LogException(
                    Code.INVALID,
                    "a cluster does not forget offsets in a transaction: use 'tidemill groups delete', or its Admin client");
        }
        long bytes = 0;
        for (Commit.Append append : commit.appends()) {
            log.requirePartition(append.partition());
            bytes += append.batch().sizeInBytes();
        }
        commit.offsets().values().forEach(each -> each.keySet().forEach(log::requirePartition));
        if (bytes > COMMIT_BYTES_MAX) {
            throw new LogException(
                    Code.COMMIT_TOO_LARGE,
                    "a commit of " + bytes + " bytes; at most " + COMMIT_BYTES_MAX + " go into one transaction");
        }
        commit.expectedEnds().forEach((partition, end) -> {
            if (commit.appends().stream().noneMatch(each -> each.partition().equals(partition))) {
                requireEnd(partition, end, log.endNow(partition));
            }
        });
    }

    private void requireEnd(TopicPartition partition, long expected, long found) {
        if (expected != found) {
            throw new LogException(
                    Code.CONFLICT,
                    partition + " was expected to end at " + expected + ", but ends at " + found
                            + ": someone else has appended to it. Run '" + id + "' in one place only");
        }
    }

    // ---- sending ----

    /** Records that are on their way, and the first failure among them. */
    private static final class Sent implements Callback {
        final List<Future<RecordMetadata>> firsts = new ArrayList<>();
        final Map<TopicPartition, Future<RecordMetadata>> lasts = new HashMap<>();
        final List<Long> baseOffsets = new ArrayList<>();

        /** What must be visible when all of it is. */
        final Map<TopicPartition, Long> ends = new HashMap<>();

        final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception exception) {
            if (exception != null) {
                failure.compareAndSet(null, exception);
            }
        }

        void await() throws ExecutionException, InterruptedException {
            Exception failed = failure.get();
            if (failed != null) {
                throw new ExecutionException(failed);
            }
            for (Future<RecordMetadata> first : firsts) {
                baseOffsets.add(first.get().offset());
            }
            for (Map.Entry<TopicPartition, Future<RecordMetadata>> last : lasts.entrySet()) {
                ends.put(last.getKey(), last.getValue().get().offset() + 1 + MARKER_OFFSETS);
            }
        }
    }

    private Sent send(Commit commit, long start) {
        Sent sent = new Sent();
        try {
            producer.beginTransaction();
            for (Commit.Append append : commit.appends()) {
                send(append, sent);
            }
            for (Map.Entry<String, Map<TopicPartition, CommittedOffset>> each :
                    commit.offsets().entrySet()) {
                producer.sendOffsetsToTransaction(kafka(each.getValue()), group(each.getKey()));
            }
            producer.flush();
            sent.await();
            requireExpected(commit, sent);
            return sent;
        } catch (RuntimeException | ExecutionException | InterruptedException e) {
            abort();
            throw failed(e, start);
        }
    }

    /** A group by its name alone: nobody is a member, the transactional id does the fencing. */
    @SuppressWarnings("removal") // the other way to one is a consumer of that group, for nothing but this
    private static ConsumerGroupMetadata group(String name) {
        return new ConsumerGroupMetadata(name);
    }

    private void send(Commit.Append append, Sent sent) {
        TopicPartition partition = append.partition();
        RecordCursor records = read(append.batch());
        boolean first = true;
        while (records.next()) {
            Future<RecordMetadata> future = producer.send(record(partition, records), sent);
            if (first) {
                sent.firsts.add(future);
                first = false;
            }
            sent.lasts.put(partition, future);
        }
    }

    private static RecordCursor read(Batch batch) {
        ByteBuffer bytes = batch.bytes().duplicate();
        int length = bytes.remaining();
        RecordCursor records = new RecordCursor();
        records.reset(Long.MIN_VALUE);
        int start = records.reserve(length);
        bytes.get(records.reserved(), start, length);
        records.addBatch(start, length, RecordCursor.APPENDED_AT_ITS_TIMESTAMP);
        return records;
    }

    private static ProducerRecord<byte[], byte[]> record(TopicPartition partition, RecordCursor record) {
        Long timestamp = record.timestampMillis() < 0 ? null : record.timestampMillis();
        ProducerRecord<byte[], byte[]> converted =
                new ProducerRecord<>(partition.topic(), partition.partition(), timestamp, record.key(), record.value());
        for (Header header : record.headers()) {
            converted.headers().add(header.name(), header.value());
        }
        return converted;
    }

    private static Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> kafka(
            Map<TopicPartition, CommittedOffset> offsets) {
        Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> converted = new HashMap<>();
        offsets.forEach((partition, offset) ->
                converted.put(Cluster.kafka(partition), new OffsetAndMetadata(offset.offset(), offset.metadata())));
        return converted;
    }

    private void requireExpected(Commit commit, Sent sent) {
        Map<TopicPartition, Long> unchecked = new HashMap<>(commit.expectedEnds());
        for (int i = 0; i < commit.appends().size(); i++) {
            TopicPartition partition = commit.appends().get(i).partition();
            Long expected = unchecked.remove(partition);
            if (expected != null) {
                requireEnd(partition, expected, sent.baseOffsets.get(i));
            }
        }
    }

    // ---- the end of a transaction ----

    private void end(long start) {
        long deadline = start + options.commitMax().plus(options.restartMax()).toNanos();
        while (true) {
            try {
                producer.commitTransaction();
                return;
            } catch (TimeoutException e) {
                if (System.nanoTime() > deadline) {
                    giveUp();
                    throw unknown(e);
                }
            } catch (InterruptException e) {
                giveUp();
                Thread.currentThread().interrupt();
                throw unknown(e);
            } catch (RuntimeException e) {
                abort();
                throw failed(e, start);
            }
        }
    }

    private LogException unknown(RuntimeException cause) {
        return new LogException(
                Code.UNAVAILABLE,
                "the cluster did not say within "
                        + options.commitMax().plus(options.restartMax())
                        + " whether it took the commit of '" + id + "'",
                cause);
    }

    private LogException failed(Exception failure, long start) {
        boolean outlasted =
                System.nanoTime() - start > options.transactionTimeout().toNanos();
        if (Failures.isFenced(failure)) {
            return outlasted
                    ? new LogException(
                            Code.UNAVAILABLE,
                            "the commit of '" + id + "' took longer than transactionTimeout ("
                                    + options.transactionTimeout() + "), and the cluster aborted it",
                            failure)
                    : new LogException(
                            Code.CONFLICT,
                            "another writer '" + id + "' was opened, and this one can no longer commit. Run '" + id
                                    + "' in one place only",
                            failure);
        }
        if (Failures.unwrap(failure) instanceof CommitFailedException) {
            return new LogException(
                    Code.CONFLICT,
                    "the group '" + id + "' has members, so its offsets are not the pipeline's to commit: stop the"
                            + " consumers of that group, or give them another group.id",
                    failure);
        }
        return Failures.of("commit as '" + id + "'", failure);
    }

    private void abort() {
        try {
            producer.abortTransaction();
        } catch (RuntimeException e) {
            giveUp();
        }
    }

    private void giveUp() {
        isUsable = false;
        producer.close(Duration.ZERO);
    }

    @Override
    public synchronized void close() {
        isUsable = false;
        producer.close(Duration.ZERO);
    }
}
