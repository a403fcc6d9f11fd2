package io.tidemill.consumer;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The records between poll and commit, and the only state that the polling thread and the workers share. Thread-safe.
 *
 * <p>A record waits until the bounds let it in, joins its lane, is taken by a worker, is done, and is forgotten when all
 * before it in its partition are done too (with transactions: when it is committed).
 */
final class Flight {
    private final Limits limits;
    private final Ordering ordering;

    /** Whether records that are done stay until {@link #takeDone}. */
    private final boolean keepDone;

    private final Map<TopicPartition, Progress> assigned = new HashMap<>();
    private final ArrayDeque<Task> waiting = new ArrayDeque<>();
    private final Map<Lane.Key, Lane> lanes = new HashMap<>();
    private int records;
    private long bytes;
    private int running;
    private int doneSinceCommit;
    private long outputBytes;
    private long handled;

    Flight(Limits limits, Ordering ordering, boolean keepDone) {
        this.limits = limits;
        this.ordering = ordering;
        this.keepDone = keepDone;
    }

    synchronized void assign(TopicPartition partition, Claim claim) {
        drop(partition);
        assigned.put(partition, new Progress(partition, claim));
    }

    synchronized void polled(ConsumerRecords<byte[], byte[]> polled, Instant now) {
        for (ConsumerRecord<byte[], byte[]> raw : polled) {
            Progress progress = assigned.get(new TopicPartition(raw.topic(), raw.partition()));
            if (progress != null) {
                Task task = new Task(progress, raw, now);
                progress.add(task);
                waiting.add(task);
            }
        }
        polled.nextOffsets().forEach((partition, next) -> {
            Progress progress = assigned.get(partition);
            if (progress != null) {
                progress.polledUpTo(next);
            }
        });
    }

    /** Lets in what the bounds allow; returns the lanes that are new and so held by the caller. */
    synchronized List<Lane> admit() {
        List<Lane> fresh = new ArrayList<>();
        for (Task task = waiting.peek(); task != null && fits(task); task = waiting.peek()) {
            waiting.remove();
            if (!task.progress.dropped) {
                admit(task, fresh);
            }
        }
        return fresh;
    }

    private boolean fits(Task task) {
        return task.progress.dropped
                || (task.progress.mayBegin(task)
                        && records < limits.recordsInFlightMax()
                        && (bytes + task.bytes <= limits.inFlightBytesMax() || records == 0));
    }

    private void admit(Task task, List<Lane> fresh) {
        task.admitted = true;
        records++;
        bytes += task.bytes;
        Lane lane = lanes.computeIfAbsent(Lane.Key.of(task, ordering), key -> {
            Lane made = new Lane(key);
            fresh.add(made);
            return made;
        });
        lane.queue.add(task);
    }

    /** The lane's next records, for the calling thread to handle; none if it has none left, and then the lane is gone. */
    synchronized List<Task> take(Lane lane, int recordsMax) {
        List<Task> taken = new ArrayList<>(1);
        Task next = lane.queue.peek();
        while (next != null && taken.size() < recordsMax) {
            lane.queue.remove();
            if (next.progress.mayBegin(next)) {
                run(next);
                taken.add(next);
            } else {
                release(next);
            }
            next = lane.queue.peek();
        }
        if (taken.isEmpty()) {
            lanes.remove(lane.key);
        }
        return taken;
    }

    private void run(Task task) {
        task.thread = Thread.currentThread();
        task.progress.running++;
        task.progress.begun(task);
        running++;
    }

    private void rest(Task task) {
        task.thread = null;
        task.progress.running--;
        running--;
        notifyAll();
    }

    private void release(Task task) {
        if (task.admitted) {
            task.admitted = false;
            records--;
            bytes -= task.bytes;
        }
    }

    /** Puts back at the lane's beginning what was taken and not done. */
    synchronized void putBack(Lane lane, List<Task> tasks) {
        for (int i = tasks.size() - 1; i >= 0; i--) {
            rest(tasks.get(i));
            lane.queue.addFirst(tasks.get(i));
        }
    }

    synchronized void done(Task task, List<ProducerRecord<byte[], byte[]>> output, boolean wasHandled) {
        rest(task);
        release(task);
        task.done();
        if (wasHandled) {
            handled++;
        }
        if (!task.progress.dropped) {
            keep(task, output);
        }
    }

    private void keep(Task task, List<ProducerRecord<byte[], byte[]>> output) {
        doneSinceCommit++;
        if (keepDone) {
            task.output = output;
            task.outputBytes = output.stream().mapToLong(Sizes::of).sum();
            outputBytes += task.outputBytes;
            bytes += task.outputBytes;
        } else {
            task.progress.forgetDone();
        }
    }

    /** Hands out nothing more of these partitions, whatever is left undone. */
    synchronized void halt(Collection<TopicPartition> partitions) {
        forEach(partitions, Progress::halt);
    }

    /** Hands out nothing more at all, of what was taken from a lane neither. */
    synchronized void stop(Lane lane, List<Task> taken) {
        haltAll();
        taken.forEach(task -> task.progress.halt());
        putBack(lane, taken);
    }

    private void haltAll() {
        assigned.values().forEach(Progress::halt);
    }

    /** Whether no handler runs. */
    synchronized boolean isIdle() {
        return running == 0;
    }

    /** Begins to end these partitions' work: hands out only what comes before records that were begun. */
    synchronized void settle(Collection<TopicPartition> partitions) {
        forEach(partitions, Progress::settle);
    }

    /** Waits until these partitions' work has ended. */
    synchronized boolean awaitSettled(Collection<TopicPartition> partitions, long nanosMax) {
        return await(() -> isSettled(partitions), nanosMax);
    }

    synchronized boolean isSettled(Collection<TopicPartition> partitions) {
        return partitions.stream().map(assigned::get).allMatch(progress -> progress == null || progress.isSettled());
    }

    /** Whether nothing is left to be handled. */
    synchronized boolean isEmpty() {
        return running == 0 && records == 0 && waiting.isEmpty();
    }

    private boolean await(java.util.function.BooleanSupplier condition, long nanosMax) {
        long deadline = System.nanoTime() + nanosMax;
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                break;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return condition.getAsBoolean();
    }

    /**
     * Ends these assignments. Their queued records are forgotten; what still runs is interrupted and counts no more, but its
     * lane is kept until then, so that a key's next record does not overtake it if the partition comes back.
     */
    synchronized void drop(Collection<TopicPartition> partitions) {
        List<Task> undone = new ArrayList<>();
        forEach(partitions, progress -> undone.addAll(progress.tasks()));
        partitions.forEach(this::drop);
        undone.forEach(Flight::interrupt);
    }

    private static void interrupt(Task task) {
        if (task.thread != null) {
            task.thread.interrupt();
        }
    }

    private void drop(TopicPartition partition) {
        Progress progress = assigned.remove(partition);
        if (progress == null) {
            return;
        }
        progress.dropped = true;
        waiting.removeIf(task -> task.progress == progress);
        for (Task task : progress.tasks()) {
            if (task.done) {
                releaseOutput(task);
            } else if (task.thread == null) {
                release(task);
            }
        }
        notifyAll();
    }

    private void releaseOutput(Task task) {
        outputBytes -= task.outputBytes;
        bytes -= task.outputBytes;
        task.outputBytes = 0;
        task.output = List.of();
    }

    /** Ends these assignments, but for the records whose offsets are committed: nobody else will handle them. */
    synchronized void dropUncommitted(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Progress progress = assigned.remove(partition);
            if (progress != null) {
                waiting.removeIf(task -> task.progress == progress && !progress.isCommitted(task.offset));
            }
        }
    }

    /** Where each partition of which something is not committed would be committed. */
    synchronized Map<TopicPartition, OffsetAndMetadata> committable(Collection<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        forEach(partitions, progress -> {
            OffsetAndMetadata next = progress.committable();
            if (next != null) {
                offsets.put(progress.partition, next);
            }
        });
        return offsets;
    }

    /** Where polling is in each partition in which that is not committed. */
    synchronized Map<TopicPartition, OffsetAndMetadata> uncommittedPositions() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (Progress progress : assigned.values()) {
            OffsetAndMetadata position = progress.position();
            if (position != null && !progress.isCommitted(position.offset() - 1)) {
                offsets.put(progress.partition, position);
            }
        }
        return offsets;
    }

    synchronized void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach((partition, offset) -> {
            Progress progress = assigned.get(partition);
            if (progress != null) {
                progress.committed(offset.offset());
            }
        });
    }

    /** Begins to count anew for {@link #doneSinceCommit}. */
    synchronized void commitBegins() {
        doneSinceCommit = 0;
    }

    synchronized int doneSinceCommit() {
        return doneSinceCommit;
    }

    synchronized long outputBytes() {
        return outputBytes;
    }

    /** Takes records that are done from the beginning of each partition, up to the bounds but at least one if there is one. */
    synchronized TransactionBatch takeDone(Collection<TopicPartition> partitions, int recordsMax, long bytesMax) {
        TransactionBatch batch = new TransactionBatch(recordsMax, bytesMax);
        forEach(partitions, progress -> takeDone(progress, batch));
        return batch;
    }

    private void takeDone(Progress progress, TransactionBatch batch) {
        for (Task first = progress.firstDone();
                first != null && batch.hasRoomFor(first);
                first = progress.firstDone()) {
            batch.add(progress.removeFirst());
            releaseOutputOnly(first);
        }
        OffsetAndMetadata next = progress.committable();
        if (next != null) {
            batch.offset(progress.partition, next);
        }
    }

    private void releaseOutputOnly(Task task) {
        outputBytes -= task.outputBytes;
        bytes -= task.outputBytes;
    }

    /** The first offset that was polled of each partition that anything was polled of. */
    synchronized Map<TopicPartition, Long> firstPolled() {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        assigned.forEach((partition, progress) -> {
            if (progress.firstPolled() >= 0) {
                offsets.put(partition, progress.firstPolled());
            }
        });
        return offsets;
    }

    synchronized boolean isCurrent(Progress progress) {
        return !progress.dropped;
    }

    synchronized boolean owns(Task task) {
        return !task.progress.dropped;
    }

    synchronized boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Whether records wait although half of what the bounds allow is free. */
    synchronized boolean hasRoom() {
        return !waiting.isEmpty()
                && records <= limits.recordsInFlightMax() / 2
                && bytes <= limits.inFlightBytesMax() / 2;
    }

    /** Partitions of which no more should be polled now. */
    synchronized Set<TopicPartition> toPause(Set<TopicPartition> owned) {
        if (!waiting.isEmpty()) {
            return owned;
        }
        Predicate<TopicPartition> full = partition -> {
            Progress progress = assigned.get(partition);
            return progress == null || !progress.isHandedOut() || progress.ahead() >= limits.aheadRecordsMax();
        };
        return owned.stream().filter(full).collect(java.util.stream.Collectors.toUnmodifiableSet());
    }

    synchronized int recordsInFlight() {
        return records;
    }

    synchronized long bytesInFlight() {
        return bytes;
    }

    synchronized long handled() {
        return handled;
    }

    synchronized Map<TopicPartition, PartitionStatus> status(Map<TopicPartition, Progress.Observed> observed) {
        Map<TopicPartition, PartitionStatus> all = new HashMap<>();
        for (Progress progress : assigned.values()) {
            all.put(
                    progress.partition,
                    progress.status(observed.getOrDefault(progress.partition, Progress.Observed.NOTHING)));
        }
        return Map.copyOf(all);
    }

    private void forEach(Collection<TopicPartition> partitions, java.util.function.Consumer<Progress> action) {
        for (TopicPartition partition : partitions) {
            @Nullable Progress progress = assigned.get(partition);
            if (progress != null) {
                action.accept(progress);
            }
        }
    }
}
