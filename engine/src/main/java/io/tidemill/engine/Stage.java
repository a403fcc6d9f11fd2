package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Early;
import io.tidemill.api.Window;
import io.tidemill.log.Commit;
import io.tidemill.log.LogException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * An operator that keeps state, at work: its lanes, and what is known of its windows over all keys. Used by the task's
 * thread; in a step, its lanes by other threads.
 */
final class Stage {
    /** What one step emits and closes of windows; it must fit the memory and a commit. */
    private static final long STEP_OUTPUT_BYTES_MAX = 32 << 20;

    /** The same where memory is short, as it is where the state does not fit it. */
    private static final long STORED_STEP_OUTPUT_BYTES_MAX = 8 << 20;
    /** What one part of a correction changes behind it is told in its commit. */
    private static final long CORRECTION_BYTES_MAX = 128L << 20;

    /** How many windows' counts a step writes again at least, when the changelog is too long. */
    private static final int WINDOWS_AGAIN_MIN = 500;

    final PipelineTask task;
    final StagePlan plan;
    Cursor.Stage at = new Cursor.Stage();
    final List<Lane> lanes = new ArrayList<>();

    /** All lanes, or none. */
    final List<WindowLane> windowLanes = new ArrayList<>();

    /** The others, if any. */
    final List<SessionLane> sessionLanes = new ArrayList<>();

    /** The others, if any. */
    final List<ProcessLane> processLanes = new ArrayList<>();

    /** Of sessions: the places of those that have closed. */
    final TreeMap<Window, WindowInfo> windows = new TreeMap<>(Lane.BY_END);

    /** Windows whose counts this step changes. */
    private final Set<Window> changedWindows = new TreeSet<>(Lane.BY_END);

    /** Windows in the order in which they were last written to the changelog. */
    private final LinkedHashMap<Window, WindowInfo> windowsByStep = new LinkedHashMap<>();

    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();
    private boolean windowsForgotten;
    private long windowBytes;

    /** Late records that wait for their window to close. */
    long deferredRecords;

    /** Up to where, by what feeds it, all had come in this step. */
    private long workedUpTo = Long.MIN_VALUE;

    private long outUpTo = Long.MIN_VALUE;

    /** When, by the clock, early results are due again. */
    private long nextEarlyAt = Long.MIN_VALUE;

    private boolean hasMoreEarly;
    private boolean isCorrecting;

    /** Whether this step has left it as it was. */
    private boolean isWaiting;

    /** @param downstream stages behind it */
    Stage(PipelineTask task, StagePlan plan, Collection<Stage> downstream) {
        this.task = task;
        this.plan = plan;
        for (int i = 0; i < task.options.lanes(); i++) {
            ResultWriter writer = new ResultWriter(
                    task.pipeline, plan, task.topics, task.deadLetters, downstream, task.options.lanes());
            if (plan.sessions != null) {
                SessionLane lane = new SessionLane(plan, plan.sessions, writer);
                sessionLanes.add(lane);
                lanes.add(lane);
            } else if (plan.process != null) {
                ProcessLane lane = new ProcessLane(
                        plan, plan.process, writer, writer.outputs(), task.deadLetters, task.options.clock());
                processLanes.add(lane);
                lanes.add(lane);
            } else {
                WindowLane lane = new WindowLane(plan, writer);
                windowLanes.add(lane);
                lanes.add(lane);
            }
        }
    }

    /** Takes up work where the last commit left it, when the lanes have been given their state. */
    void restored(Cursor.Stage known, Map<Window, WindowInfo> knownWindows) {
        at = known;
        lanes.forEach(lane -> lane.writer.restored(known));
        windows.putAll(knownWindows);
        windows.entrySet().stream()
                .sorted(Comparator.comparingLong(each -> each.getValue().step))
                .forEach(each -> {
                    windowsByStep.put(each.getKey(), each.getValue());
                    windowBytes += each.getValue().bytes;
                });
        if (at.latenessMillis >= 0 && at.closedUpTo != Long.MIN_VALUE) {
            // What had closed under less allowed lateness has closed: what comes for it is joined to what is on the
            // disk.
            at.closedUpTo += Math.max(0, plan.latenessMillis - at.latenessMillis);
        }
        at.latenessMillis = plan.latenessMillis;
        Set<Window> closing = new TreeSet<>(Lane.BY_END);
        windows.forEach((window, info) -> {
            if (info.closing) {
                closing.add(window);
            }
        });
        lanes.forEach(lane -> lane.restored(at.closedUpTo, closing));
        deferredRecords = lanes.stream().mapToLong(Lane::deferredRecords).sum();
    }

    Lane laneOf(int hash) {
        return lanes.get(Murmur2.lane(hash, lanes.size()));
    }

    WindowLane windowLaneOf(int hash) {
        return windowLanes.get(Murmur2.lane(hash, lanes.size()));
    }

    SessionLane sessionLaneOf(int hash) {
        return sessionLanes.get(Murmur2.lane(hash, lanes.size()));
    }

    // ---- the step ----

    void beginStep(long changelogEnd) {
        for (Lane lane : lanes) {
            lane.beginStep(changelogEnd, at.closedUpTo);
            lane.writer.beginStep(task.stages);
        }
    }

    /** Where its results come into another stage, lane by lane. */
    List<StageInput> inputsOf(StagePlan other) {
        List<StageInput> inputs = new ArrayList<>();
        for (Lane lane : lanes) {
            StageInput input = lane.writer.input(other);
            if (input != null) {
                inputs.add(input);
            }
        }
        return inputs;
    }

    /** Counts what has come in this step. */
    void count(StageInput input) {
        at.windowOnTime += input.sessionOnTime;
        at.windowLate += input.sessionLate;
        at.lateBeforeHorizon += input.sessionLateBeforeHorizon;
        input.sliceCounts.forEach(
                (start, count) -> plan.requireAligned().windowsOf(start).forEach(window -> count(window, count[0], 0)));
        input.windowCounts.forEach((window, counts) -> count(window, counts[0], counts[1]));
    }

    private void count(Window window, long onTime, long late) {
        at.windowOnTime += onTime;
        at.windowLate += late;
        if (isBeyondCorrection(window) && !windows.containsKey(window)) {
            // Not kept by window: anybody can send records of any age, and memory has a bound.
            at.lateBeforeHorizon += late;
            return;
        }
        WindowInfo info = changing(window);
        info.onTime += onTime;
        info.late += late;
    }

    /** Counts what has come from another stage in this step. */
    void countResults(StageInput input) {
        task.cursor.operators.add(plan.place, input.arrived, 0);
        at.assignments += input.takeAssignments();
        at.counts.drop(OperatorCounts.REVISION, input.refused);
        at.counts.drop(OperatorCounts.FORGOTTEN, input.refusedForgotten);
        count(input);
    }

    /** Merges what has come, and closes what ends at or before {@code fireUpTo}. */
    void work(Collection<StageInput> inputs, long fireUpTo, boolean sideBySide) {
        isWaiting = false;
        workedUpTo = fireUpTo;
        if (sessionLanes.isEmpty()) {
            forEachLane(sideBySide, lane -> {
                merge(lane, inputs);
                fire(lane, fireUpTo);
            });
            closeReopened();
        } else {
            forEachLane(sideBySide, lane -> merge(lane, inputs));
            new SessionJoin(this).addParked();
            forEachLane(sideBySide, lane -> fire(lane, fireUpTo));
        }
    }

    /** Does nothing in this step: a stage behind it has to go on closing first. */
    void waitForClosing() {
        isWaiting = true;
    }

    /** Merges what has changed in the stages before it, also into windows that have closed, and tells the new answers. */
    void correctFrom(Collection<StageInput> inputs) {
        if (inputs.stream().allMatch(input -> input.folded == 0)) {
            return;
        }
        isCorrecting = true;
        windowLanes.forEach(lane -> lane.isCorrecting = true);
        work(inputs, at.closedUpTo, false);
        windowLanes.forEach(lane -> lane.isCorrecting = false);
        isCorrecting = false;
        if (hasMoreToClose()) {
            throw new LogException(
                    LogException.Code.COMMIT_TOO_LARGE,
                    "what a correction changes in '" + plan.statefulName() + "' takes more than " + CORRECTION_BYTES_MAX
                            + " bytes: take smaller steps (resultsPerStepMax)");
        }
    }

    /** Results that come later than now are not before it; it is the greatest time when all have closed. */
    long outWatermark() {
        if (isWaiting || hasMoreToClose()) {
            return outUpTo;
        }
        if (workedUpTo == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        if (plan.process != null) {
            outUpTo = processLanes.stream()
                    .mapToLong(ProcessLane::outputWatermark)
                    .min()
                    .orElse(Long.MIN_VALUE);
            return outUpTo;
        }
        long upTo = plan.isWindowed() ? at.closedUpTo : workedUpTo;
        outUpTo = upTo == Long.MIN_VALUE ? upTo : upTo - heldBackMillis();
        return outUpTo;
    }

    /** How long behind what has closed a result may still come that nobody has had to correct. */
    private long heldBackMillis() {
        return plan.latenessMillis + (plan.sessions == null ? 0 : plan.sessions.reach() + 1);
    }

    private void forEachLane(boolean sideBySide, Consumer<Lane> work) {
        task.executor.run(
                lanes.stream().<Runnable>map(lane -> () -> work.accept(lane)).toList(), sideBySide);
    }

    private void merge(Lane lane, Collection<StageInput> inputs) {
        int number = lanes.indexOf(lane);
        for (StageInput input : inputs) {
            lane.merge(input.partials[number]);
        }
    }

    private void fire(Lane lane, long fireUpTo) {
        // Also where time is unknown again, since a partition that was idle has none: what had begun to close goes on.
        if (plan.isWindowed() || plan.process != null) {
            // What a correction has changed is told in its commit: nobody would come back for it.
            int results = isCorrecting ? Integer.MAX_VALUE : resultsMax();
            long stepBytes = task.store == null ? STEP_OUTPUT_BYTES_MAX : STORED_STEP_OUTPUT_BYTES_MAX;
            long bytes = isCorrecting ? CORRECTION_BYTES_MAX : stepBytes / task.pipeline.stages.size();
            lane.fire(fireUpTo, results, bytes / lanes.size());
        }
    }

    private int resultsMax() {
        return Math.max(1, task.options.resultsPerStepMax() / lanes.size());
    }

    boolean hasMoreToClose() {
        return lanes.stream().anyMatch(lane -> lane.hasMoreToClose);
    }

    boolean hasMore() {
        return hasMoreEarly || hasMoreToClose();
    }

    private void closeReopened() {
        List<Entry> reopened = new ArrayList<>();
        windowLanes.forEach(lane -> reopened.addAll(lane.reopened));
        if (reopened.isEmpty()) {
            return;
        }
        ClosedWindows closed = new ClosedWindows(task.settledLog(), task.pipeline, plan);
        closed.find(reopened, windows);
        for (Entry entry : reopened) {
            windowLaneOf(entry.hash).closeAgain(entry, closed.get(entry));
        }
    }

    // ---- windows ----

    /** A window's counts, to be changed in this step. */
    WindowInfo changing(Window window) {
        changedWindows.add(window);
        return windows.computeIfAbsent(window, w -> new WindowInfo());
    }

    /** For elements, where what had closed is no longer known. */
    boolean isForgottenForElements(Window window) {
        return plan.sessions == null ? isForgotten(window) : isBeyondCorrection(window);
    }

    /** What had closed in the window is no longer known. */
    private boolean isForgotten(Window window) {
        return isOver(window) && !windows.containsKey(window);
    }

    /** Of an element of sessions, the window is its own millisecond: there is no other to judge it by. */
    boolean isBeyondCorrection(Window window) {
        return at.closedUpTo != Long.MIN_VALUE && at.closedUpTo - plan.correctableMillis >= plan.closesAt(window);
    }

    /** Nothing that can still be corrected needs what is known of a window or, of sessions, lies in the place. */
    private boolean isOver(Window window) {
        SessionRules rules = plan.sessions;
        if (rules == null) {
            return isBeyondCorrection(window);
        }
        // A session that begins in the place may reach as far behind it as the place is long.
        long needed = window.endMillis() + (window.endMillis() - window.startMillis()) + rules.gap;
        return isBeyondCorrection(Cell.millisecond(needed))
                && sessionLanes.stream().allMatch(lane -> needed < lane.oldestDeferred());
    }

    /**
     * @param closingAll everything that is known of has closed; what comes later may still be on time
     * @param sources what feeds it
     */
    void advanceClosed(boolean closingAll, long firedUpTo, List<SourcePartition> sources) {
        if (!plan.hasLateness()) {
            return;
        }
        long closed = firedUpTo;
        if (closingAll) {
            closed = at.closedUpTo;
            for (SourcePartition source : sources) {
                closed = Math.max(closed, source.watermark());
                if (source.at.timed) {
                    // Late elements too can be corrected now, which may only be next to what has closed.
                    closed = Math.max(closed, source.watermark() + lateReachMillis());
                }
            }
            closed = Math.max(closed, closedByUpstreams());
            for (SessionLane lane : sessionLanes) {
                closed = Math.max(closed, lane.closedDue);
            }
            for (ProcessLane lane : processLanes) {
                closed = Math.max(closed, lane.closedDue);
            }
            for (Map.Entry<Window, WindowInfo> each : windows.entrySet()) {
                if (each.getValue().onTime > 0) {
                    closed = Math.max(closed, plan.closesAt(each.getKey()));
                }
            }
        }
        at.closedUpTo = Math.max(at.closedUpTo, closed);
        forgetClosedSlices();
        forgetOldWindows();
    }

    /** How long after a late element what it becomes may still be open: nobody may come back to close it. */
    private long lateReachMillis() {
        if (plan.sessions != null) {
            return plan.sessions.reach();
        }
        return processLanes.isEmpty() ? 0 : processLanes.get(0).lateReachMillis();
    }

    /** Corrections of the stages before it may have results as new as what has closed there: their windows have closed, too. */
    private long closedByUpstreams() {
        long closed = Long.MIN_VALUE;
        for (int upstream : plan.upstreams) {
            long upTo = task.stages.get(upstream).at.closedUpTo;
            if (plan.aligned != null && upTo != Long.MIN_VALUE) {
                closed = Math.max(closed, plan.aligned.lastEnd(upTo - 1) + plan.latenessMillis);
            }
        }
        return closed;
    }

    /** What lanes hold of a window of slices goes when all of them have closed it; until then it is known as closing. */
    private void forgetClosedSlices() {
        if (!plan.isSliced) {
            return;
        }
        Set<Window> closing = new TreeSet<>(Lane.BY_END);
        for (WindowLane lane : windowLanes) {
            for (KeyTable table : lane.windows.values()) {
                if (plan.closesAt(table.window) > at.closedUpTo) {
                    break;
                }
                if (!table.isReopened) {
                    closing.add(table.window);
                }
            }
        }
        for (Window window : closing) {
            boolean unfinished = windowLanes.stream().anyMatch(lane -> lane.isUnfinished(window));
            WindowInfo info = windows.get(window);
            if (info != null && info.closing != unfinished) {
                changing(window).closing = unfinished;
            }
            if (!unfinished) {
                windowLanes.forEach(lane -> lane.forget(window));
            }
        }
    }

    private void forgetOldWindows() {
        while (!windows.isEmpty() && isOver(windows.firstKey()) && !isOpen(windows.firstKey())) {
            Window window = windows.firstKey();
            WindowInfo forgotten = windows.remove(window);
            windowBytes -= forgotten == null ? 0 : forgotten.bytes;
            changedWindows.remove(window);
            windowsByStep.remove(window);
            windowsForgotten = true;
            keySink.reset();
            StateFormat.writeKey(StateFormat.WINDOW, plan.operatorId, window, new byte[0], keySink);
            lanes.get(0)
                    .state
                    .changelog
                    .add(0, -1, ByteBuffer.wrap(keySink.array(), 0, keySink.size()), null, List.of());
        }
    }

    private boolean isOpen(Window window) {
        return lanes.stream().anyMatch(lane -> lane.closedWindows.contains(window))
                || windowLanes.stream().anyMatch(lane -> lane.holds(window));
    }

    // ---- early results ----

    /** Results before a window's end, by the clock or by count. */
    void emitEarly() {
        if (plan.early == null) {
            return;
        }
        boolean tick = false;
        if (plan.early instanceof Early.Every every) {
            long now = task.options.clock().millis();
            long period = every.period().toMillis();
            tick = now >= nextEarlyAt;
            if (tick) {
                nextEarlyAt = (Math.floorDiv(now, period) + 1) * period;
            }
        }
        hasMoreEarly = false;
        for (Lane lane : lanes) {
            hasMoreEarly |= lane.emitEarly(tick, resultsMax());
        }
    }

    /** When, by the clock, there is something to do although nothing has come; {@link Long#MAX_VALUE} if never. */
    long nextTimerAt() {
        long timer =
                processLanes.stream().mapToLong(ProcessLane::nextTimerAt).min().orElse(Long.MAX_VALUE);
        return Math.min(timer, plan.early instanceof Early.Every ? nextEarlyAt : Long.MAX_VALUE);
    }

    // ---- the commit ----

    /** Moves what the lanes have for topics; returns how many results that were. */
    long moveOutput(Commit.Builder commit) {
        long results = 0;
        for (Lane lane : lanes) {
            ResultWriter writer = lane.writer();
            results += writer.moveTo(commit);
            task.cursor.failedResults += writer.takeFailed();
            writer.moveCountsTo(task.cursor.operators, task.pipeline);
            if (writer.rows != null) {
                at.counts.take(writer.rows.counts);
            }
            moveClosed(lane, commit);
        }
        processLanes.forEach(lane -> at.counts.take(lane.counts));
        for (SessionLane lane : sessionLanes) {
            at.closedElements += lane.closedElements;
            lane.closedElements = 0;
        }
        return results;
    }

    private void moveClosed(Lane lane, Commit.Builder commit) {
        int count = lane.closed.count();
        long from = task.nextClosed(count);
        for (Window window : lane.closedWindows) {
            if (!isForgotten(window)) {
                // A window forgotten in this very step must not be known again, by what it closed last alone.
                changing(window).addRange(from, from + count);
            }
        }
        lane.closedWindows.clear();
        lane.closed.moveTo(commit);
    }

    /** The bytes that the state takes in the changelog. */
    long stateBytes() {
        return windowBytes
                + lanes.stream().mapToLong(lane -> lane.state.bytes()).sum();
    }

    /** Of those, the bytes that can be found in the changelog alone. */
    long loggedBytes() {
        return windowBytes
                + lanes.stream().mapToLong(lane -> lane.state.loggedBytes()).sum();
    }

    int stateRecords() {
        return lanes.stream().mapToInt(lane -> lane.state.changelog.count()).sum();
    }

    /** The changelog's offset before which nothing of this stage is needed, unless that is {@code known} already. */
    long oldestStep(long known) {
        long oldest = known;
        for (Lane lane : lanes) {
            oldest = Math.min(oldest, lane.state.oldestStep());
        }
        return windowsByStep.isEmpty()
                ? oldest
                : Math.min(oldest, windowsByStep.values().iterator().next().step);
    }

    /** @param again whether some that have not changed are written again, since the changelog is too long */
    void writeWindows(Output own, long changelogEnd, boolean again) {
        if (again) {
            int left = Math.max(WINDOWS_AGAIN_MIN, changedWindows.size());
            for (Map.Entry<Window, WindowInfo> each : windowsByStep.entrySet()) {
                if (left-- == 0 || each.getValue().step >= changelogEnd) {
                    break;
                }
                changedWindows.add(each.getKey());
            }
        }
        for (Window window : changedWindows) {
            WindowInfo info = windows.get(window);
            if (info != null) {
                keySink.reset();
                StateFormat.writeKey(StateFormat.WINDOW, plan.operatorId, window, new byte[0], keySink);
                valueSink.reset();
                info.write(valueSink);
                own.add(
                        0,
                        -1,
                        ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                        ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                        List.of());
                windowBytes += keySink.size() + valueSink.size() + 10 - info.bytes;
                info.bytes = keySink.size() + valueSink.size() + 10;
                info.step = changelogEnd;
                windowsByStep.remove(window);
                windowsByStep.put(window, info);
            }
        }
        changedWindows.clear();
    }

    /** Whether something has been forgotten since the last call, so that what has closed may be cut off. */
    boolean takeWindowsForgotten() {
        boolean forgotten = windowsForgotten;
        windowsForgotten = false;
        return forgotten;
    }

    /** The least offset of what has closed that may be needed, unless {@code known} is less. */
    long oldestClosed(long known) {
        long needed = known;
        for (WindowInfo info : windows.values()) {
            if (!info.ranges.isEmpty()) {
                needed = Math.min(needed, info.ranges.get(0));
            }
        }
        return needed;
    }

    /** What does not add up, a sentence each. */
    void checkBalance(List<String> imbalances) {
        long waiting = processLanes.stream().mapToLong(lane -> lane.waitingRows).sum();
        if (plan.process != null && at.counts.in != at.counts.done + waiting) {
            imbalances.add("'" + plan.statefulName() + "' was given " + at.counts.in + " elements, but "
                    + at.counts.done + " had their turn and " + waiting + " wait");
        }
        if (sessionLanes.isEmpty()) {
            return;
        }
        long open = sessionLanes.stream().mapToLong(lane -> lane.openElements).sum();
        if (open + at.closedElements != at.windowOnTime + at.correctedElements) {
            imbalances.add("open sessions of '" + plan.statefulName() + "' have " + open + " elements and closed ones "
                    + at.closedElements + ", but " + at.windowOnTime + " were on time and " + at.correctedElements
                    + " corrected");
        }
    }
}
