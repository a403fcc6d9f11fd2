package io.tidemill.consumer;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedMemberEpochException;
import org.apache.kafka.common.errors.StaleMemberEpochException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kafka's consumer, as the polling thread uses it. No call but {@link #poll} is ended by a wake-up. */
final class Client {
    private static final Logger LOG = LoggerFactory.getLogger(Client.class);

    /** As long as joining may take where a group is busy. */
    private static final long GIVEN_UP_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);

    private static final long GIVEN_UP_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    final Consumer<byte[], byte[]> consumer;
    final Waker waker;

    private final LongSupplier nanoTime;

    /** Whether the last poll was told that the group had given the member up. */
    private boolean givenUp;

    private long givenUpSince;

    Client(Consumer<byte[], byte[]> consumer) {
        this(consumer, System::nanoTime);
    }

    Client(Consumer<byte[], byte[]> consumer, LongSupplier nanoTime) {
        this.consumer = consumer;
        this.waker = new Waker(consumer);
        this.nanoTime = nanoTime;
    }

    void subscribe(Settings<?, ?, ?> settings, ConsumerRebalanceListener listener) {
        if (settings.topicPattern().isPresent()) {
            consumer.subscribe(settings.topicPattern().get(), listener);
        } else {
            consumer.subscribe(settings.topics(), listener);
        }
    }

    ConsumerRecords<byte[], byte[]> poll(Duration wait) {
        boolean mayWait = waker.beginPoll();
        try {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(mayWait ? wait : Duration.ZERO);
            givenUp = false;
            return polled;
        } catch (WakeupException e) {
            return ConsumerRecords.empty();
        } catch (UnknownMemberIdException | StaleMemberEpochException | FencedMemberEpochException e) {
            // Under KIP-848, a member that the group gave up while it asked for its positions is told so here; it joins
            // again by itself.
            long now = nanoTime.getAsLong();
            if (!givenUp) {
                givenUp = true;
                givenUpSince = now;
            } else if (now - givenUpSince > GIVEN_UP_NANOS_MAX) {
                throw e;
            }
            LOG.debug("The group had given this member up, which joins again", e);
            LockSupport.parkNanos(GIVEN_UP_PAUSE_NANOS);
            return ConsumerRecords.empty();
        } finally {
            waker.endPoll();
        }
    }

    Set<TopicPartition> assignment() {
        return consumer.assignment();
    }

    /** Does not wait if the position is known. */
    long position(TopicPartition partition) {
        return undisturbed(() -> consumer.position(partition));
    }

    void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        undisturbed(() -> {
            consumer.commitSync(offsets);
            return true;
        });
    }

    /** Polls of exactly these partitions nothing. */
    void pauseOnly(Set<TopicPartition> toPause) {
        Set<TopicPartition> paused = consumer.paused();
        if (!paused.equals(toPause)) {
            consumer.resume(without(paused, toPause));
            consumer.pause(without(toPause, paused));
        }
    }

    private static Collection<TopicPartition> without(Set<TopicPartition> all, Set<TopicPartition> some) {
        return all.stream().filter(partition -> !some.contains(partition)).toList();
    }

    /** A wake-up that a poll no longer needed must not end other calls. */
    static <T> T undisturbed(Supplier<T> call) {
        while (true) {
            try {
                return call.get();
            } catch (WakeupException e) {
                // it was meant for a poll that had ended already; there is one at most
            }
        }
    }
}
