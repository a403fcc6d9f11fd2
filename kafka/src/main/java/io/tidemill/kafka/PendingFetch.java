package io.tidemill.kafka;

import io.tidemill.kafka.TimerQueue.Timer;
import io.tidemill.kafka.protocol.ErrorCode;
import io.tidemill.kafka.protocol.RecordBytes;
import io.tidemill.log.FetchedBatches;
import io.tidemill.log.LogException;
import io.tidemill.log.PartitionStatus;
import io.tidemill.log.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.jspecify.annotations.Nullable;

/**
 * A fetch that is answered when it has what it wants, or has waited for long enough.
 *
 * <p>It first looks, which is cheap; if there is something it asks for memory, and reads when it has got it. All on the
 * network thread, but {@link #wake}.
 */
final class PendingFetch {
    private final Broker broker;
    private final Call call;
    private final NetworkThread thread;
    private final List<Wanted> wanted;
    private final boolean committedOnly;
    private final int bytesMin;
    private final int bytesMax;
    private final long deadlineNanos;

    private final AtomicBoolean wakePending = new AtomicBoolean();
    private @Nullable Timer timer;
    private boolean registered;
    private boolean awaitsBudget;
    private boolean done;

    /** What is asked of one partition. {@code refusal} is said without looking, unless it is none. */
    record Wanted(TopicPartition partition, long offset, int bytesMax, int leaderEpoch, short refusal) {}

    PendingFetch(
            Broker broker,
            Call call,
            List<Wanted> wanted,
            boolean committedOnly,
            int bytesMin,
            int bytesMax,
            int waitMillisMax) {
        this.broker = broker;
        this.call = call;
        this.thread = call.connection().thread();
        this.wanted = wanted;
        this.committedOnly = committedOnly;
        this.bytesMin = bytesMin;
        this.bytesMax = Math.max(0, Math.min(bytesMax, broker.options().responseBytesMax()));
        deadlineNanos = thread.nanos() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, waitMillisMax));
    }

    /** From any thread: there may be something new. */
    void wake() {
        if (wakePending.compareAndSet(false, true)) {
            thread.execute(() -> {
                wakePending.set(false);
                advance();
            });
        }
    }

    /** Answers, or waits for what is missing. */
    void advance() {
        if (done || awaitsBudget) {
            return;
        }
        if (call.connection().isClosed()) {
            finish();
            return;
        }
        try {
            Look look = look();
            if (look == Look.NOTHING && !isExpired()) {
                register();
                // What became visible in between would have told nobody.
                look = look();
            }
            if (look == Look.RECORDS) {
                reserve();
            } else if (look == Look.TO_BE_TOLD || isExpired()) {
                // Without records: for those there would have to be room first.
                answer(0);
            }
        } catch (RuntimeException e) {
            finish();
            call.fail(e);
        }
    }

    private boolean isExpired() {
        return thread.nanos() - deadlineNanos >= 0;
    }

    private enum Look {
        NOTHING,
        RECORDS,
        /** An error, or the client does not want to wait. */
        TO_BE_TOLD
    }

    private Look look() {
        boolean records = false;
        boolean failed = false;
        for (Wanted one : wanted) {
            if (error(one) != ErrorCode.NONE) {
                failed = true;
            } else {
                records |= one.offset() < end(status(one));
            }
        }
        if (records) {
            return Look.RECORDS;
        }
        // Consumers that close say goodbye with a fetch of nothing.
        return failed || bytesMin <= 0 || wanted.isEmpty() ? Look.TO_BE_TOLD : Look.NOTHING;
    }

    private short error(Wanted one) {
        if (one.refusal() != ErrorCode.NONE) {
            return one.refusal();
        }
        if (!broker.topics().has(one.partition().topic(), one.partition().partition())) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (one.leaderEpoch() >= 0 && one.leaderEpoch() != Broker.LEADER_EPOCH) {
            return ErrorCode.UNKNOWN_LEADER_EPOCH;
        }
        try {
            PartitionStatus status = status(one);
            boolean inside = one.offset() >= status.start() && one.offset() <= status.end();
            return inside ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE;
        } catch (LogException e) {
            return Broker.code(e);
        }
    }

    private PartitionStatus status(Wanted one) {
        return broker.log().partitionStatus(one.partition());
    }

    private long end(PartitionStatus status) {
        return committedOnly ? status.stableEnd() : status.end();
    }

    private void register() {
        if (registered) {
            return;
        }
        registered = true;
        broker.waitingFetches().add(this, partitions());
        timer = thread.timers().at(deadlineNanos, () -> {
            timer = null;
            advance();
        });
    }

    private List<TopicPartition> partitions() {
        return wanted.stream().map(Wanted::partition).toList();
    }

    private void reserve() {
        long wish = wish();
        awaitsBudget = !broker.budget()
                .reserve(
                        wish,
                        () -> thread.execute(() -> {
                            awaitsBudget = false;
                            granted(wish);
                        }));
        if (!awaitsBudget) {
            granted(wish);
        }
    }

    private long wish() {
        long sum = 0;
        for (Wanted one : wanted) {
            sum += Math.max(0, one.bytesMax());
        }
        return Math.min(sum, bytesMax);
    }

    private void granted(long bytes) {
        if (done || call.connection().isClosed()) {
            broker.budget().release(bytes);
            finish();
            return;
        }
        call.reserved(bytes);
        try {
            answer((int) bytes);
        } catch (RuntimeException e) {
            finish();
            call.fail(e);
        }
    }

    /** Answers with what there is, unless it is less than was asked for and there is time. */
    private void answer(int bytesMaxNow) {
        Map<String, FetchableTopicResponse> topics = new LinkedHashMap<>();
        long bytes = 0;
        boolean failed = false;
        for (Wanted one : wanted) {
            PartitionData data = read(one, bytesMaxNow - bytes, bytes == 0);
            bytes += RecordBytes.size(data);
            failed |= data.errorCode() != ErrorCode.NONE;
            topics.computeIfAbsent(one.partition().topic(), topic -> new FetchableTopicResponse().setTopic(topic))
                    .partitions()
                    .add(data);
        }
        if (bytes < bytesMin && !failed && !wanted.isEmpty() && !isExpired()) {
            broker.budget().release(call.takeReserved());
            register();
            return;
        }
        finish();
        broker.counters().fetchBytes.add(bytes);
        call.answer(new FetchResponseData().setResponses(new ArrayList<>(topics.values())));
    }

    private PartitionData read(Wanted one, long bytesLeft, boolean first) {
        short error = error(one);
        if (error != ErrorCode.NONE) {
            return failed(one, error);
        }
        try {
            PartitionStatus status = status(one);
            int bytes = (int) Math.min(bytesLeft, Math.max(0, one.bytesMax()));
            if (one.offset() >= end(status) || (bytes <= 0 && !first)) {
                return data(one, status, ByteBuffer.allocate(0));
            }
            // The first batch of an answer comes whatever its size, or a consumer would never get beyond it.
            FetchedBatches fetched = first
                    ? broker.log().fetchBatches(one.partition(), one.offset(), bytes, committedOnly)
                    : broker.log().fetchBatchesWithin(one.partition(), one.offset(), bytes, committedOnly);
            PartitionData data = data(one, fetched.partition(), fetched.batches());
            if (committedOnly) {
                data.setAbortedTransactions(fetched.aborted().stream()
                        .map(aborted -> new AbortedTransaction()
                                .setProducerId(aborted.producerId())
                                .setFirstOffset(aborted.firstOffset()))
                        .toList());
            }
            return data;
        } catch (LogException e) {
            return failed(one, Broker.code(e));
        }
    }

    private PartitionData data(Wanted one, PartitionStatus status, ByteBuffer batches) {
        PartitionData data = new PartitionData()
                .setPartitionIndex(one.partition().partition())
                .setHighWatermark(status.end())
                .setLastStableOffset(status.stableEnd())
                .setLogStartOffset(status.start())
                .setAbortedTransactions(committedOnly ? List.of() : null);
        RecordBytes.set(data, batches);
        return data;
    }

    private static PartitionData failed(Wanted one, short code) {
        PartitionData data = new PartitionData()
                .setPartitionIndex(one.partition().partition())
                .setErrorCode(code)
                .setHighWatermark(-1)
                .setAbortedTransactions(code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ? List.of() : null);
        RecordBytes.set(data, ByteBuffer.allocate(0));
        return data;
    }

    private void finish() {
        done = true;
        if (registered) {
            registered = false;
            broker.waitingFetches().remove(this, partitions());
        }
        Timer pending = timer;
        if (pending != null) {
            timer = null;
            thread.timers().cancel(pending);
        }
    }
}
