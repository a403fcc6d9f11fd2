package io.tidemill.consumer;

import java.util.ArrayDeque;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * How far one assignment of a partition has come. The offset that may be committed is the one of the first record that is not
 * done. Guarded by its {@link Flight}.
 */
final class Progress {
    final TopicPartition partition;

    /** What records of this assignment may store under; a later assignment has another. */
    final Claim claim;

    /** Polled and not committed, in the log's order; the first is not done, or waits for its transaction. */
    private final ArrayDeque<Task> tasks = new ArrayDeque<>();

    private @Nullable OffsetAndMetadata position;
    private Optional<Integer> doneLeaderEpoch = Optional.empty();
    private long committed = -1;
    private long firstPolled = -1;
    int running;

    /** No further record is handed out. */
    boolean halted;

    /** The assignment is over; what still runs for it counts no more. */
    boolean dropped;

    Progress(TopicPartition partition, Claim claim) {
        this.partition = partition;
        this.claim = claim;
    }

    void add(Task task) {
        if (firstPolled < 0) {
            firstPolled = task.offset;
        }
        tasks.add(task);
    }

    void polledUpTo(OffsetAndMetadata next) {
        position = next;
    }

    /** Forgets the records that are done at the beginning. */
    void forgetDone() {
        for (Task first = tasks.peek(); first != null && first.done; first = tasks.peek()) {
            remember(tasks.remove());
        }
    }

    private void remember(Task done) {
        doneLeaderEpoch = done.leaderEpoch;
    }

    @Nullable
    Task firstDone() {
        Task first = tasks.peek();
        return first != null && first.done ? first : null;
    }

    Task removeFirst() {
        Task first = tasks.remove();
        remember(first);
        return first;
    }

    /** What may be committed and was not; null if nothing. */
    @Nullable
    OffsetAndMetadata committable() {
        OffsetAndMetadata next = next();
        return next == null || next.offset() <= committed ? null : next;
    }

    private @Nullable OffsetAndMetadata next() {
        Task first = tasks.peek();
        return first == null ? position : new OffsetAndMetadata(first.offset, doneLeaderEpoch, "");
    }

    void committed(long offset) {
        committed = Math.max(committed, offset);
    }

    boolean isCommitted(long offset) {
        return offset < committed;
    }

    @Nullable
    OffsetAndMetadata position() {
        return position;
    }

    int ahead() {
        return tasks.size();
    }

    /** The first offset that this assignment polled; -1 if none. */
    long firstPolled() {
        return firstPolled;
    }

    ArrayDeque<Task> tasks() {
        return tasks;
    }

    PartitionStatus status(long lagBeyondPosition) {
        Task first = tasks.peek();
        long next = position == null ? -1 : position.offset();
        return new PartitionStatus(
                next,
                committed,
                lagBeyondPosition + (first == null ? 0 : next - first.offset),
                tasks.size(),
                Optional.ofNullable(first)
                        .map(task -> new PartitionStatus.Oldest(task.offset, task.polledAt, task.attempts)));
    }
}
