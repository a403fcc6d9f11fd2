package io.tidemill.compat.consistency;

import io.tidemill.compat.consistency.History.Place;
import io.tidemill.groups.CoordinatorEnvironment;
import io.tidemill.groups.GroupCoordinator;
import io.tidemill.groups.GroupOptions;
import io.tidemill.groups.SubscriptionDecoder;
import io.tidemill.groups.TopicView;
import io.tidemill.log.EmbeddedLog;
import io.tidemill.log.LogException;
import io.tidemill.log.LogOptions;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.testkit.SimulatedDisk;
import io.tidemill.testkit.VirtualClock;
import io.tidemill.testkit.VirtualScheduler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Log and coordinator on a simulated disk, in virtual time, on one thread. What is written is answered when a sync has covered
 * it, as a server does it; an answer may still be lost on its way.
 */
final class SimulatedNode implements Verification.Contents {
    private static final int FETCH_BYTES = 64 << 10;

    private final SplittableRandom random;
    private final SimulatedDisk disk;
    private final VirtualClock clock = new VirtualClock();
    private final VirtualScheduler chores = new VirtualScheduler(clock);
    private final VirtualTimers timers = new VirtualTimers(clock);
    private final List<org.apache.kafka.common.TopicPartition> partitions;
    private final List<Waiting> waiting = new ArrayList<>();
    private final Deque<Waiting> answers = new ArrayDeque<>();
    private EmbeddedLog log;
    private GroupCoordinator coordinator;
    private long members;
    private long crashAt = Long.MAX_VALUE;
    private boolean armed;

    private record Waiting(long sequence, SimulatedClient client, int connection, Runnable then) {}

    SimulatedNode(SplittableRandom random, List<NewTopic> topics) {
        this.random = random;
        disk = new SimulatedDisk(random.nextLong());
        partitions = Topics.partitions(topics);
        log = openLog();
        topics.forEach(topic -> log.createTopic(
                topic.name(), TopicConfig.of(topic.numPartitions()).retention(null)));
        coordinator = openCoordinator();
    }

    private EmbeddedLog openLog() {
        return EmbeddedLog.open(
                disk,
                LogOptions.defaults()
                        .clock(clock)
                        .scheduler(chores)
                        .segmentBytes(64 << 10)
                        .preallocateBytes(8 << 10)
                        .maintenance(Duration.ofSeconds(20)));
    }

    private GroupCoordinator openCoordinator() {
        return GroupCoordinator.open(
                new CoordinatorEnvironment(
                        log, clock, timers, new View(), SubscriptionDecoder.NONE, () -> "member" + members++),
                GroupOptions.defaults());
    }

    private final class View implements TopicView {
        private Optional<TopicInfo> info(Optional<TopicDescription> topic) {
            return topic.map(
                    one -> new TopicInfo(one.name(), one.id(), one.config().partitions()));
        }

        @Override
        public Optional<TopicInfo> topic(String name) {
            return info(log.topic(name));
        }

        @Override
        public Optional<TopicInfo> topic(UUID id) {
            return info(log.topics().stream().filter(one -> one.id().equals(id)).findFirst());
        }

        @Override
        public Collection<String> names() {
            return Topics.SOURCE_NAMES;
        }
    }

    EmbeddedLog log() {
        return log;
    }

    GroupCoordinator coordinator() {
        return coordinator;
    }

    List<org.apache.kafka.common.TopicPartition> partitions() {
        return partitions;
    }

    static TopicPartition own(org.apache.kafka.common.TopicPartition partition) {
        return new TopicPartition(partition.topic(), partition.partition());
    }

    // ---- requests and answers

    /** {@code then} runs some time after all up to {@code sequence} is durable, unless the answer is lost. */
    void whenDurable(long sequence, SimulatedClient client, Runnable then) {
        waiting.add(new Waiting(sequence, client, client.connection(), then));
    }

    /** One sync for all that wait. */
    void sync() {
        if (!waiting.isEmpty()) {
            log.awaitDurable(waiting.stream().mapToLong(Waiting::sequence).max().orElseThrow());
            answers.addAll(waiting);
            waiting.clear();
        }
    }

    void deliver() {
        for (int i = random.nextInt(1 + answers.size()); i > 0; i--) {
            Waiting answer = answers.remove();
            answer.client.answered(answer.connection, answer.then);
        }
    }

    void pass(Duration time) {
        chores.advance(time);
        timers.runDue();
    }

    // ---- failures

    /** Sooner or later. */
    void armCrash() {
        armed = true;
        if (random.nextInt(4) == 0) {
            disk.failForceAt(1 + random.nextInt(2));
        } else {
            int operations = 1 + random.nextInt(8);
            crashAt = Math.min(crashAt, disk.operations() + operations);
            disk.crashAt(operations);
        }
    }

    /** Whether a failure is still to strike. */
    boolean isArmed() {
        return armed;
    }

    boolean isDown() {
        try {
            log.topics();
            return disk.operations() >= crashAt;
        } catch (LogException e) {
            return true;
        }
    }

    /** The machine, or the process only, begins anew; sometimes it fails again on the way. */
    void restart() {
        waiting.clear();
        answers.clear();
        down();
        if (random.nextInt(4) == 0) {
            disk.crashAt(1 + random.nextInt(8));
            try {
                openLog();
            } catch (LogException e) {
                // It did.
            }
            down();
        }
        log = openLog();
        coordinator = openCoordinator();
    }

    private void down() {
        timers.clear();
        chores.close();
        if (random.nextInt(3) == 0) {
            disk.processCrash();
        } else {
            disk.crash();
        }
        crashAt = Long.MAX_VALUE;
        armed = false;
    }

    // ---- reading

    /** Gives what can be read from {@code offset} on; returns where to go on. */
    long readCommitted(
            org.apache.kafka.common.TopicPartition partition, long offset, BiConsumer<Place, String> records) {
        RecordCursor cursor = new RecordCursor();
        log.fetch(own(partition), offset, FETCH_BYTES, cursor);
        while (cursor.next()) {
            byte[] value = cursor.value();
            if (value != null) {
                records.accept(new Place(partition, cursor.offset()), new String(value, StandardCharsets.UTF_8));
            }
        }
        return cursor.nextOffset();
    }

    private long readAny(
            org.apache.kafka.common.TopicPartition partition, long offset, BiConsumer<Place, String> records) {
        long next = offset;
        MemoryRecords read = MemoryRecords.readableRecords(
                log.fetchBatches(own(partition), offset, FETCH_BYTES, false).batches());
        for (RecordBatch batch : read.batches()) {
            next = batch.nextOffset();
            if (!batch.isControlBatch()) {
                batch.forEach(record -> records.accept(
                        new Place(partition, record.offset()),
                        StandardCharsets.UTF_8.decode(record.value()).toString()));
            }
        }
        return next;
    }

    @Override
    public Map<Place, String> read(boolean committedOnly) {
        Map<Place, String> all = new HashMap<>();
        for (org.apache.kafka.common.TopicPartition partition : partitions) {
            long before = -1;
            for (long next = 0; next > before; ) {
                before = next;
                next = committedOnly ? readCommitted(partition, next, all::put) : readAny(partition, next, all::put);
            }
        }
        return all;
    }

    void close() {
        coordinator.close();
        log.close();
    }
}
