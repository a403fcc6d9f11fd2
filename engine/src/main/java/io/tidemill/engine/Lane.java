package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Early;
import io.tidemill.api.Window;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The second half of a step, for a share of the keys: merge what the partitions folded, emit results, close windows. Owns
 * its keys' state. Used by one thread at a time.
 */
abstract sealed class Lane permits WindowLane, SessionLane, ProcessLane {
    /** Windows close in this order. */
    static final Comparator<Window> BY_END =
            Comparator.comparingLong(Window::endMillis).thenComparingLong(Window::startMillis);

    final StagePlan pipeline;
    final Aggregate<Object, Object, Object> aggregate;
    final @Nullable Early early;
    final ResultWriter writer;
    final StateLog state;
    final Output closed;

    /** Under which windows that were counted, or spans of time, this step's records of {@link #closed} are to be found. */
    final Set<Window> closedWindows = new TreeSet<>(BY_END);

    /**
     * Whether there were more windows to close than one step may emit. Until they have closed nothing may be added: it would be
     * lost with what is left of a window of slices. So it stays as {@link #fire} has left it.
     */
    boolean hasMoreToClose;

    /** Whether whoever takes the results must know what they were before: to take them back, or tell only what is new. */
    final boolean keepsFormer;

    long closedUpTo;
    long fireBytesMax;

    Lane(StagePlan pipeline, ResultWriter writer) {
        this.pipeline = pipeline;
        this.aggregate = pipeline.aggregate;
        this.early = pipeline.early;
        this.writer = writer;
        this.state = new StateLog(pipeline);
        this.keepsFormer = writer.needsFormer();
        this.closed = new Output(pipeline.closedTopic(), 1);
    }

    ResultWriter writer() {
        return writer;
    }

    /** Has entries in a store from now on; called once, before anything else. */
    abstract void keepIn(LaneStore store);

    /** @param changelogEnd where this step's changelog will begin */
    void beginStep(long changelogEnd, long closedBefore) {
        state.beginStep(changelogEnd);
        closedUpTo = closedBefore;
        closedWindows.clear();
    }

    /** Whose result is told now: remembers what it was made of, if that is to be known later. */
    void keepFormer(Entry entry) {
        entry.former = keepsFormer ? pipeline.copy(entry.accumulator) : null;
    }

    boolean isFull() {
        return writer.bytes() + closed.bytes() > fireBytesMax;
    }

    /** What must balance and is too much to be counted at a start: a store keeps the sum over all lanes beside the entries. */
    long measure() {
        return 0;
    }

    /** @param before that sum; one lane is told it, for all of them */
    void beginMeasure(long before) {}

    /** How many entries the state holds: by key, and by window, slice or session where there are any. */
    abstract long entries();

    /** Windows that have not closed; none where sessions are kept, which are as many as the entries. */
    abstract Set<Window> openWindows();

    abstract void merge(Partials partials);

    /**
     * Emits the results of the windows that end at or before {@code upTo}, and closes those whose allowed lateness is over.
     * Emits at most about {@code resultsMax} and {@code bytesMax}; {@link #hasMoreToClose} says whether there are more.
     */
    abstract void fire(long upTo, int resultsMax, long bytesMax);

    /**
     * Emits what is due before its window ends, at most about {@code resultsMax} results.
     *
     * @param tick whether the period of early results is over
     * @return whether there are more
     */
    abstract boolean emitEarly(boolean tick, int resultsMax);

    /** Takes an entry from the changelog; {@code entry} is null where it was removed. */
    abstract void restore(byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes);

    /**
     * Takes up work where the last commit left it.
     *
     * @param closing the windows that had begun to close, and not ended
     */
    abstract void restored(long closedBefore, Set<Window> closing);

    /** How many late records wait for their window to close. */
    abstract long deferredRecords();
}
