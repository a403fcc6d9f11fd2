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

    /** Records from this offset on are not handed out any more. */
    private long handOutBelow = Long.MAX_VALUE;

    private long begunBelow;

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
        return next == null || next.offset() <= Math.max(committed, firstPolled) ? null : next;
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

    void begun(Task task) {
        begunBelow = Math.max(begunBelow, task.offset + 1);
    }

    /** Hands out nothing more. */
    void halt() {
        handOutBelow = 0;
    }

    /** Hands out only what comes before records that were begun, so that what is done early need not be repeated. */
    void settle() {
        handOutBelow = Math.min(handOutBelow, begunBelow);
    }

    boolean isHandedOut() {
        return handOutBelow == Long.MAX_VALUE;
    }

    boolean mayBegin(Task task) {
        return !dropped && task.offset < handOutBelow;
    }

    /** Whether all is done that is still handed out. */
    boolean isSettled() {
        if (running > 0) {
            return false;
        }
        for (Task task : tasks) {
            if (task.offset >= handOutBelow) {
                return true;
            }
            if (!task.done) {
                return false;
            }
        }
        return true;
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

    PartitionStatus status(Observed observed) {
        Task first = tasks.peek();
        long next = position == null ? observed.position() : position.offset();
        return new PartitionStatus(
                next,
                committed,
                observed.lag() + (first == null ? 0 : next - first.offset),
                tasks.size(),
                Optional.ofNullable(first)
                        .map(task -> new PartitionStatus.Oldest(task.offset, task.polledAt, task.attempts)));
    }

    /** What Kafka's client says: where it polls next, and how many records the log has from there on. */
    record Observed(long position, long lag) {
        static final Observed NOTHING = new Observed(-1, 0);
    }
}
