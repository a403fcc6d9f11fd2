package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.engine.lateness.LatenessSketch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where elements come into a stage: from one partition of a source, by whose watermark they are judged, or from one lane of
 * another stage, whose results are never late. Folds them by key and window, for each lane of the stage apart. Used by one
 * thread at a time.
 */
final class StageInput {
    final StagePlan stage;

    /** How far the partition has come, and its counts; of another stage's lane nothing but the counts. */
    private final Cursor.Source at;

    private final long boundMillis;
    private final Predicate<Window> forgotten;
    final boolean hasLateness;

    /** By lane. */
    final Partials[] partials;

    /** The windows of the element at hand; null where there are none. */
    private final @Nullable CurrentSlice slice;

    /** Elements of this step that are on time for all windows of their slice, by its start. */
    final Map<Long, long[]> sliceCounts = new HashMap<>();

    private long countedSlice;
    private long @Nullable [] countOfSlice;

    /** On-time and late elements of this step that were judged window by window. */
    final Map<Window, long[]> windowCounts = new HashMap<>();

    /** Elements of this step, where windows are sessions. */
    long sessionOnTime;

    long sessionLate;

    /** Of those that are late, elements that can no longer be corrected. */
    long sessionLateBeforeHorizon;

    /** Elements of this step that have come here. */
    long arrived;

    /** Results of this step that the stage cannot take, since they change one that it has had. */
    long refused;

    /** Of this step: results for windows of which nobody knows any more what was in them. */
    long refusedForgotten;

    /** How often this step has folded one. */
    long folded;

    /** Of the window that {@link #windowsMissed} counted last. */
    @Nullable
    Window lastMissed;

    /** Which of the record's elements for this stage is at hand. */
    private int number;

    /** Windows that end at or before this have closed, if there is no allowed lateness. */
    private long closedUpTo = Long.MIN_VALUE;

    /** @param forgotten windows of which nobody knows any more what was in them */
    StageInput(StagePlan stage, Cursor.Source at, long boundMillis, int lanes, Predicate<Window> forgotten) {
        this.stage = stage;
        this.at = at;
        this.boundMillis = boundMillis;
        this.forgotten = forgotten;
        this.hasLateness = stage.hasLateness();
        this.partials = new Partials[lanes];
        for (int i = 0; i < lanes; i++) {
            partials[i] = new Partials(stage.aggregate, stage.isWindowed());
        }
        this.slice = stage.aligned == null ? null : new CurrentSlice(stage.aligned);
    }

    /** @param closedBefore up to where windows had closed before this step */
    void beginStep(long closedBefore) {
        closedUpTo = closedBefore;
        for (Partials each : partials) {
            each.clear();
        }
        windowCounts.clear();
        sliceCounts.clear();
        sessionOnTime = 0;
        sessionLate = 0;
        sessionLateBeforeHorizon = 0;
        arrived = 0;
        folded = 0;
        refused = 0;
        refusedForgotten = 0;
        countOfSlice = null;
    }

    /** Pairs of an element and a window of it, since the last call; of another stage's lane. */
    long takeAssignments() {
        long count = at.assignments;
        at.assignments = 0;
        return count;
    }

    private long watermark() {
        return at.timed ? at.newestTime - boundMillis : Long.MIN_VALUE;
    }

    // ---- lateness ----

    /** Notes how late an element is, by the watermark before it. */
    void observe(long time, LatenessSketch lateness) {
        if (hasLateness) {
            long behind = at.timed ? at.newestTime - time : 0;
            // One that is in order is before the end of its windows, and under no bound late for any.
            lateness.add(behind, behind <= 0 ? -1 : at.newestTime - firstClosesAt(time));
        }
    }

    /** When the first of the windows of an element of that time closes. */
    private long firstClosesAt(long time) {
        if (slice == null) {
            // An element is late for sessions, or for its turn, by its own millisecond.
            return time + 1 + stage.latenessMillis;
        }
        CurrentSlice of = requireSlice();
        of.moveTo(time);
        return of.leastEnd + stage.latenessMillis;
    }

    /** A window that the element is on time for, and that is forgotten; null if there is none. */
    @Nullable
    Window forgottenWindow(long time) {
        if (stage.sessions != null) {
            Window window = Cell.millisecond(time);
            return !isLateForSessions(time) && forgotten.test(window) ? window : null;
        }
        if (slice == null) {
            return null;
        }
        slice.moveTo(time);
        if (isOpen(slice)) {
            return null;
        }
        for (Window window : slice.windows) {
            if (lateBy(window) < 0 && forgotten.test(window)) {
                return window;
            }
        }
        return null;
    }

    /** Whether all windows of the slice take records in, by this input's time and by the pipeline's. */
    private boolean isOpen(CurrentSlice of) {
        return of.leastEnd + stage.latenessMillis > Math.max(watermark(), closedUpTo);
    }

    /** An element is late for any session by its own time alone. */
    private boolean isLateForSessions(long time) {
        return stage.sessions != null && at.timed && time < watermark() - stage.latenessMillis;
    }

    /** An element that has to wait for its turn is late when the watermark has passed it. */
    private boolean isLateForTurn(long time) {
        return stage.isOrdered() && at.timed && time < watermark();
    }

    private boolean isLateByItself(long time) {
        return isLateForSessions(time) || isLateForTurn(time);
    }

    /** How far the watermark is past the window and its allowed lateness; negative while the window takes records. */
    private long lateBy(Window window) {
        return at.timed ? watermark() - stage.closesAt(window) : -1;
    }

    /** How many notes of lateness the element makes; the window of the last of them is {@link #lastMissed}. */
    int windowsMissed(long time) {
        lastMissed = null;
        if (slice == null) {
            lastMissed = isLateByItself(time) ? Cell.millisecond(time) : null;
            return lastMissed == null ? 0 : 1;
        }
        slice.moveTo(time);
        int count = 0;
        for (int i = 0; !isOpen(slice) && i < slice.windows.size(); i++) {
            if (lateBy(slice.windows.get(i)) >= 0) {
                lastMissed = slice.windows.get(i);
                count++;
            }
        }
        return count;
    }

    // ---- folding ----

    /**
     * Folds the only element of a record, if all of its windows are open: most come to no more than this. False if nothing was
     * done.
     */
    boolean foldOpen(Elements elements) throws Exception {
        if (slice == null) {
            return false;
        }
        slice.moveTo(elements.times[0]);
        if (!isOpen(slice) || (!stage.isSliced && slice.count != 1)) {
            return false;
        }
        Partials lane = partials[Murmur2.lane(elements.hashes[0], partials.length)];
        if (stage.isSliced) {
            addTo(lane, elements, slice.start, Partials.SLICE);
        } else {
            addTo(lane, elements, slice.firstStart, slice.leastEnd);
        }
        at.assignments += slice.count;
        countSlice();
        arrived++;
        at.onTimeElements++;
        return true;
    }

    /** Folds the only element of a record; what it is late for is added to the list that is returned, null if nothing. */
    @Nullable
    List<LateRecord.Missed> foldOne(Elements elements) throws Exception {
        number = 0;
        if (slice == null) {
            return foldWithoutSlices(partials[Murmur2.lane(elements.hashes[0], partials.length)], elements);
        }
        if (foldOpen(elements)) {
            return null;
        }
        // Where it is late, it is folded to nowhere, so that whether it fails does not depend on when it came.
        Aggregate<Object, Object, Object> aggregate = stage.aggregate;
        elements.values[0] = aggregate.add(aggregate.create(), elements.values[0]);
        List<LateRecord.Missed> missed = new ArrayList<>();
        mergeByWindow(elements, 0, missed);
        return missed.isEmpty() ? null : missed;
    }

    private @Nullable List<LateRecord.Missed> foldWithoutSlices(Partials lane, Elements elements) throws Exception {
        long time = elements.times[0];
        if (isLateForTurn(time)) {
            List<LateRecord.Missed> missed = new ArrayList<>();
            missTurn(time, missed);
            return missed;
        } else if (stage.sessions == null) {
            addTo(lane, elements, Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (isLateForSessions(time)) {
            // To nowhere, as for other windows.
            elements.values[0] = stage.aggregate.add(stage.aggregate.create(), elements.values[0]);
            List<LateRecord.Missed> missed = new ArrayList<>();
            miss(time, missed);
            return missed;
        } else {
            addTo(lane, elements, time, time + 1);
            at.assignments++;
            sessionOnTime++;
        }
        arrived++;
        at.onTimeElements++;
        return null;
    }

    private void addTo(Partials lane, Elements elements, long from, long to) throws Exception {
        folded++;
        lane.add(
                elements.keys.array(),
                elements.keyStarts[0],
                elements.keyLengths[0],
                elements.hashes[0],
                from,
                to,
                elements.times[0],
                elements.values[0]);
    }

    /**
     * Folds an element whose value is an accumulator already; what it is late for is added to {@code missed}.
     *
     * @param numberHere which of the record's elements for this stage it is
     */
    void fold(Elements elements, int i, int numberHere, List<LateRecord.Missed> missed) {
        number = numberHere;
        if (slice == null) {
            foldWithoutSlices(elements, i, missed);
            return;
        }
        slice.moveTo(elements.times[i]);
        if (stage.isSliced && isOpen(slice)) {
            mergeInto(elements, i, slice.start, Partials.SLICE, elements.values[i]);
            at.assignments += slice.windows.size();
            countSlice();
            arrived++;
            at.onTimeElements++;
        } else {
            mergeByWindow(elements, i, missed);
        }
    }

    /** As {@link #fold}, of an element that takes back one that was counted. */
    void foldUncounted(Elements elements, int i) {
        fold(elements, i, 0, List.of());
        arrived--;
    }

    /** Counts a result that changes one which the stage has had, and cannot change. */
    void refuse() {
        arrived++;
        refused++;
    }

    /** Counts a result for a window that is forgotten. */
    void refuseForgotten() {
        arrived++;
        refusedForgotten++;
    }

    private void foldWithoutSlices(Elements elements, int i, List<LateRecord.Missed> missed) {
        long time = elements.times[i];
        if (isLateForTurn(time)) {
            missTurn(time, missed);
            return;
        } else if (stage.sessions == null) {
            mergeInto(elements, i, Long.MIN_VALUE, Long.MAX_VALUE, elements.values[i]);
        } else if (isLateForSessions(time)) {
            miss(time, missed);
            return;
        } else {
            mergeInto(elements, i, time, time + 1, elements.values[i]);
            at.assignments++;
            sessionOnTime++;
        }
        arrived++;
        at.onTimeElements++;
    }

    private void missTurn(long time, List<LateRecord.Missed> missed) {
        missed.add(new LateRecord.Missed(stage.lateName, number, Cell.millisecond(time), watermark() - time));
        arrived++;
        at.lateElements++;
    }

    private void miss(long time, List<LateRecord.Missed> missed) {
        Window window = Cell.millisecond(time);
        missed.add(new LateRecord.Missed(stage.lateName, number, window, watermark() - stage.latenessMillis - time));
        sessionLateBeforeHorizon += forgotten.test(window) ? 1 : 0;
        arrived++;
        at.assignments++;
        at.lateElements++;
        sessionLate++;
    }

    /** Merges an element, which is an accumulator already, into each of its windows that it is not late for. */
    private void mergeByWindow(Elements elements, int i, List<LateRecord.Missed> missed) {
        int missedBefore = missed.size();
        Object mine = elements.values[i];
        for (Window window : requireSlice().windows) {
            long lateBy = lateBy(window);
            long[] counts = windowCounts.computeIfAbsent(window, w -> new long[2]);
            at.assignments++;
            if (lateBy >= 0) {
                missed.add(new LateRecord.Missed(stage.lateName, number, window, lateBy));
                counts[1]++;
            } else {
                // Each needs its own: what is merged may be kept, and changed.
                Object folded = mine == null ? stage.copy(elements.values[i]) : mine;
                mine = null;
                mergeInto(elements, i, window.startMillis(), window.endMillis(), folded);
                counts[0]++;
            }
        }
        arrived++;
        if (missed.size() > missedBefore) {
            at.lateElements++;
        } else {
            at.onTimeElements++;
        }
    }

    private void mergeInto(Elements elements, int i, long from, long to, Object accumulator) {
        folded++;
        int hash = elements.hashes[i];
        partials[Murmur2.lane(hash, partials.length)].merge(
                elements.keys.array(),
                elements.keyStarts[i],
                elements.keyLengths[i],
                hash,
                from,
                to,
                elements.times[i],
                accumulator);
    }

    private void countSlice() {
        CurrentSlice of = requireSlice();
        long[] count = countOfSlice;
        if (count == null || of.start != countedSlice) {
            count = sliceCounts.computeIfAbsent(of.start, start -> new long[1]);
            countedSlice = of.start;
            countOfSlice = count;
        }
        count[0]++;
    }

    private CurrentSlice requireSlice() {
        if (slice == null) {
            throw new IllegalStateException("'" + stage.statefulName() + "' has no windows");
        }
        return slice;
    }
}
