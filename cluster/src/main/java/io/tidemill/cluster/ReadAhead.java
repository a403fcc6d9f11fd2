package io.tidemill.cluster;

import io.tidemill.log.LogException;
import io.tidemill.log.LogException.Code;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** Reads partitions on a thread of its own, ahead of those who ask. Thread-safe. */
final class ReadAhead implements AutoCloseable {
    /*
     * One consumer has all partitions that were read lately, and waits at their ends. Who fetches takes what has come; who
     * asks for another offset than the next makes the consumer seek. A partition that nobody asks for any more is dropped, so
     * that what a pipeline itself writes is not read back.
     */
    private static final long DROP_AFTER_NANOS = Duration.ofSeconds(2).toNanos();

    private static final Duration POLL_MAX = Duration.ofMillis(500);
    private static final Duration WAIT_MAX = Duration.ofMillis(200);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(100);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
    private static final long PARTITION_BYTES_MIN = 256 << 10;

    /** How long a reader waits for as much as it wants, where there is that much. */
    private static final long FILL_NANOS_MAX = Duration.ofMillis(100).toNanos();

    /** Where that was in vain, the cluster is the slower one: so long nobody waits again. */
    private static final long FILL_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

    private final Consumer<ByteBuffer, ByteBuffer> consumer;
    private final Duration fetchMax;
    private final long bytesMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition wanted = lock.newCondition();
    private final Map<TopicPartition, Ahead> all = new HashMap<>();
    private final Map<TopicPartition, Object> turns = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "tidemill-kafka-reader");
    private long changes;
    private boolean closed;
    private @Nullable RuntimeException failure;

    /** What has ended the reading thread. */
    private @Nullable Error death;

    private long fillAgainAt = System.nanoTime();

    /** One partition. */
    private static final class Ahead {
        final ArrayDeque<Stretch> stretches = new ArrayDeque<>();
        long bytes;

        /** What was handed out last: who stopped in its midst goes on there. */
        private List<Stretch> last = List.of();

        /** The records above are all that there are from here on... */
        long from;

        /** ... up to here, where the consumer goes on. */
        long position;

        /** The consumer has not been told yet. */
        boolean seeking = true;

        boolean isPaused;
        boolean outOfRange;
        long usedAt = System.nanoTime();

        Ahead(long position) {
            this.from = position;
            this.position = position;
        }

        void seek(long offset) {
            stretches.clear();
            last = List.of();
            bytes = 0;
            from = offset;
            position = offset;
            seeking = true;
            outOfRange = false;
        }

        /** False if what is at {@code offset} is not here. */
        boolean skipTo(long offset) {
            giveBack(offset);
            if (outOfRange || offset < from || offset > position) {
                return false;
            }
            for (Stretch first = stretches.peek(); first != null && first.next() <= offset; first = stretches.peek()) {
                bytes -= stretches.remove().bytes();
            }
            from = offset;
            return true;
        }

        private void giveBack(long offset) {
            if (offset < from && !last.isEmpty() && offset >= last.get(0).from()) {
                for (int i = last.size() - 1; i >= 0 && last.get(i).next() > offset; i--) {
                    stretches.addFirst(last.get(i));
                    bytes += last.get(i).bytes();
                }
                from = offset;
            }
            last = List.of();
        }

        /** So that a small step is small. */
        void splitFirst(int bytesMost) {
            Stretch first = stretches.peek();
            if (first == null || first.bytes() <= bytesMost) {
                return;
            }
            stretches.remove();
            bytes -= first.bytes();
            List<Stretch> parts = first.split(from, bytesMost);
            for (int i = parts.size() - 1; i >= 0; i--) {
                stretches.addFirst(parts.get(i));
                bytes += parts.get(i).bytes();
            }
        }

        void receive(List<Stretch> received) {
            for (Stretch each : received) {
                if (each.next() > position) {
                    stretches.add(each);
                    bytes += each.bytes();
                    position = each.next();
                }
            }
        }
    }

    private record Taken(List<Stretch> stretches, long next) {}

    ReadAhead(Consumer<ByteBuffer, ByteBuffer> consumer, Duration fetchMax, long bytesMax) {
        this.consumer = consumer;
        this.fetchMax = fetchMax;
        this.bytesMax = bytesMax;
        this.thread.setDaemon(true);
        this.thread.start();
    }

    // ---- for those who read ----

    /** Fills {@code into} from {@code offset} on; waits for records if it is before {@code end}. Returns where to go on. */
    long fetch(TopicPartition partition, long offset, long end, int bytesMost, RecordCursor into) {
        Taken taken;
        // One at a time: while one waits, nobody makes the partition seek to where he himself wants to read.
        synchronized (turns.computeIfAbsent(partition, p -> new Object())) {
            taken = take(partition, offset, end, bytesMost);
        }
        into.reset(offset);
        taken.stretches.forEach(each -> each.addTo(into));
        into.skipTo(taken.next);
        return taken.next;
    }

    private Taken take(TopicPartition partition, long offset, long end, int bytesMost) {
        lock.lock();
        try {
            Ahead ahead = find(partition, offset);
            await(partition, ahead, offset, end);
            fill(ahead, end, bytesMost);
            List<Stretch> stretches = take(ahead, bytesMost);
            Stretch next = ahead.stretches.peek();
            ahead.from = next == null ? ahead.position : next.from();
            if (ahead.isPaused && ahead.bytes < share() / 2) {
                wake();
            }
            return new Taken(stretches, ahead.from);
        } finally {
            lock.unlock();
        }
    }

    private Ahead find(TopicPartition partition, long offset) {
        Ahead ahead = all.get(partition);
        if (ahead == null) {
            ahead = new Ahead(offset);
            all.put(partition, ahead);
            wake();
        } else if (!ahead.skipTo(offset)) {
            ahead.seek(offset);
            wake();
        }
        ahead.usedAt = System.nanoTime();
        return ahead;
    }

    private void await(TopicPartition partition, Ahead ahead, long offset, long end) {
        long deadline = System.nanoTime() + fetchMax.toNanos();
        while (ahead.stretches.isEmpty() && ahead.position < end) {
            requireOpen();
            if (ahead.outOfRange) {
                all.remove(partition);
                throw new LogException(
                        Code.OFFSET_OUT_OF_RANGE, partition + " no longer holds offset " + offset + ", or not yet");
            }
            if (failure != null) {
                throw Failures.of("read " + partition, failure);
            }
            if (System.nanoTime() > deadline) {
                throw new LogException(
                        Code.UNAVAILABLE, "cannot read " + partition + " at offset " + offset + " within " + fetchMax);
            }
            ahead.usedAt = System.nanoTime();
            awaitNanos(arrived, WAIT_MAX.toNanos());
        }
    }

    /** To be called in a loop that looks at what is awaited. */
    @SuppressWarnings({"WaitNotInLoop", "ReturnValueIgnored"})
    private static void awaitNanos(Condition condition, long nanos) {
        try {
            condition.awaitNanos(nanos);
        } catch (InterruptedException e) {
            throw Failures.of("read", e);
        }
    }

    /** A transaction costs the same for few records and for many: where there are many, it waits until they have come. */
    private void fill(Ahead ahead, long end, int bytesMost) {
        long begun = System.nanoTime();
        if (begun - fillAgainAt < 0) {
            return;
        }
        while (!closed && !ahead.outOfRange && ahead.bytes < Math.min(bytesMost, share()) && ahead.position < end) {
            long left = begun + FILL_NANOS_MAX - System.nanoTime();
            if (left <= 0) {
                fillAgainAt = System.nanoTime() + FILL_AGAIN_NANOS;
                return;
            }
            if (ahead.isPaused) {
                wake();
            }
            awaitNanos(arrived, left);
        }
    }

    private static List<Stretch> take(Ahead ahead, int bytesMost) {
        ahead.splitFirst(bytesMost);
        List<Stretch> taken = new ArrayList<>();
        long bytes = 0;
        for (Stretch next = ahead.stretches.peek(); next != null; next = ahead.stretches.peek()) {
            if (bytes + next.bytes() > bytesMost && !taken.isEmpty()) {
                break;
            }
            bytes += next.bytes();
            taken.add(ahead.stretches.remove());
        }
        ahead.bytes -= bytes;
        ahead.last = taken;
        return taken;
    }

    /** Somebody has asked where the partition ends, and may want to know when it no longer does. */
    void touch(TopicPartition partition) {
        lock.lock();
        try {
            Ahead ahead = all.get(partition);
            if (ahead != null) {
                ahead.usedAt = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    long changes() {
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    long awaitChange(long seen, Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (changes <= seen && left > 0 && !closed) {
                left = arrived.awaitNanos(left);
            }
            return changes;
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (death != null) {
            throw new LogException(Code.IO, "the thread that reads from the cluster has ended: " + death, death);
        }
        if (closed) {
            throw new LogException(Code.CLOSED, "the log is closed");
        }
    }

    private void wake() {
        wanted.signalAll();
        consumer.wakeup();
    }

    private long share() {
        return Math.max(PARTITION_BYTES_MIN, bytesMax / Math.max(1, all.size()));
    }

    // ---- the reading thread ----

    private void run() {
        try {
            while (true) {
                try {
                    if (!prepare()) {
                        return;
                    }
                    receive(consumer.poll(POLL_MAX));
                } catch (WakeupException e) {
                    // Something else is wanted.
                } catch (OffsetOutOfRangeException e) {
                    outOfRange(e.partitions());
                } catch (TimeoutException e) {
                    // The cluster is busy: who waits has a deadline.
                } catch (RuntimeException e) {
                    fail(e);
                }
            }
        } catch (Error e) {
            die(e);
            throw e;
        } finally {
            consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(CLOSE_MAX));
        }
    }

    /** Tells the consumer what is wanted; false when nothing will be. */
    private boolean prepare() {
        lock.lock();
        try {
            drop();
            while (all.isEmpty() && !closed) {
                awaitNanos(wanted, POLL_MAX.toNanos());
            }
            if (closed) {
                return false;
            }
            assign();
            long share = share();
            all.forEach((partition, ahead) -> {
                org.apache.kafka.common.TopicPartition kafka = Cluster.kafka(partition);
                if (ahead.seeking) {
                    consumer.seek(kafka, ahead.position);
                    ahead.seeking = false;
                }
                ahead.isPaused = ahead.bytes >= share || ahead.outOfRange;
                if (ahead.isPaused) {
                    consumer.pause(Set.of(kafka));
                } else {
                    consumer.resume(Set.of(kafka));
                }
            });
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void drop() {
        long now = System.nanoTime();
        all.values().removeIf(ahead -> now - ahead.usedAt > DROP_AFTER_NANOS);
    }

    private void assign() {
        Set<org.apache.kafka.common.TopicPartition> assigned = new HashSet<>();
        all.keySet().forEach(each -> assigned.add(Cluster.kafka(each)));
        if (!assigned.equals(consumer.assignment())) {
            Set<org.apache.kafka.common.TopicPartition> before = consumer.assignment();
            all.forEach((partition, ahead) -> ahead.seeking |= !before.contains(Cluster.kafka(partition)));
            consumer.assign(assigned);
        }
    }

    private void receive(ConsumerRecords<ByteBuffer, ByteBuffer> records) {
        Map<TopicPartition, List<Stretch>> stretches = new HashMap<>();
        records.partitions().forEach(each -> stretches.put(Cluster.ours(each), Stretch.of(records.records(each))));
        lock.lock();
        try {
            failure = null;
            boolean moved = false;
            for (Map.Entry<TopicPartition, Ahead> each : all.entrySet()) {
                if (!each.getValue().seeking) {
                    moved |= receive(
                            each.getValue(),
                            stretches.getOrDefault(each.getKey(), List.of()),
                            records.nextOffsets().get(Cluster.kafka(each.getKey())));
                }
            }
            if (moved) {
                changes++;
                arrived.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean receive(Ahead ahead, List<Stretch> stretches, @Nullable OffsetAndMetadata next) {
        long before = ahead.position;
        ahead.receive(stretches);
        // Markers of transactions, and what was aborted, are not records, but the consumer is past them.
        if (next != null) {
            ahead.position = Math.max(ahead.position, next.offset());
        }
        return ahead.position > before;
    }

    private void outOfRange(Set<org.apache.kafka.common.TopicPartition> partitions) {
        lock.lock();
        try {
            for (org.apache.kafka.common.TopicPartition partition : partitions) {
                Ahead ahead = all.get(Cluster.ours(partition));
                if (ahead != null && !ahead.seeking) {
                    ahead.outOfRange = true;
                }
            }
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void die(Error e) {
        lock.lock();
        try {
            death = e;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(RuntimeException e) {
        lock.lock();
        try {
            failure = e;
            // The consumer may have gone on over records that were not kept.
            all.values().forEach(ahead -> ahead.seeking = true);
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        LockSupport.parkNanos(AFTER_FAILURE.toNanos());
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            arrived.signalAll();
            wake();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
