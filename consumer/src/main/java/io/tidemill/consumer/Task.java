package io.tidemill.consumer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A record from its poll to its commit. Guarded by its {@link Flight}; attempts by whoever holds its lane. */
final class Task {
    final Progress progress;
    final long offset;
    final long bytes;
    final Instant polledAt;
    final Optional<Integer> leaderEpoch;

    /** Given up when done: what is done early must not hold memory. */
    private @Nullable ConsumerRecord<byte[], byte[]> raw;

    boolean done;

    /** Its size is counted in flight. */
    boolean admitted;

    @Nullable
    Thread thread;

    volatile int attempts;

    @Nullable
    Instant firstFailure;

    List<ProducerRecord<byte[], byte[]>> output = List.of();
    long outputBytes;

    Task(Progress progress, ConsumerRecord<byte[], byte[]> raw, Instant polledAt) {
        this.progress = progress;
        this.raw = raw;
        this.offset = raw.offset();
        this.bytes = Sizes.of(raw);
        this.polledAt = polledAt;
        this.leaderEpoch = raw.leaderEpoch();
    }

    ConsumerRecord<byte[], byte[]> raw() {
        if (raw == null) {
            throw new IllegalStateException("offset " + offset + " of " + progress.partition + " is done");
        }
        return raw;
    }

    TopicPartition partition() {
        return progress.partition;
    }

    void done() {
        done = true;
        raw = null;
        thread = null;
    }
}
