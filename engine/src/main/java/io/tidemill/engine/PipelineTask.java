package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Early;
import io.tidemill.api.Window;
import io.tidemill.engine.Cursor.Source;
import io.tidemill.engine.lateness.LatenessSketches;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Commit;
import io.tidemill.log.CommitResult;
import io.tidemill.log.Log;
import io.tidemill.log.LogWriter;
import io.tidemill.log.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline in work: its state, and the steps that change it. Used by one thread.
 *
 * <p>A step reads what has come, judges and folds it by partition, merges and emits it by lane, and commits everything it
 * did at once: results, late records, dead letters, offsets, state changes, the ledger. If it throws, the task is of no
 * further use: what was committed is found again by a new one.
 */
final class PipelineTask implements AutoCloseable {
    /** Fewer records than this are not worth waking other threads for. */
    private static final int SIDE_BY_SIDE_MIN = 2_000;

    /** What one step emits and closes of windows; it must fit the memory and a commit. */
    private static final long STEP_OUTPUT_BYTES_MAX = 32 << 20;

    /** The same where memory is short, as it is where the state does not fit it. */
    private static final long STORED_STEP_OUTPUT_BYTES_MAX = 8 << 20;

    /** How many windows' counts a step writes again at least, when the changelog is too long. */
    private static final int WINDOWS_AGAIN_MIN = 500;

    final CompiledPipeline pipeline;
    final Log log;

    /** Opened before the state is read, so that nobody else changes it afterwards. */
    private final LogWriter writer;

    final EngineOptions options;
    final PipelineTopics topics;
    final DeadLetters deadLetters;
    final List<Lane> lanes = new ArrayList<>();

    /** All lanes, or none. */
    final List<WindowLane> windowLanes = new ArrayList<>();

    /** The others, if any. */
    final List<SessionLane> sessionLanes = new ArrayList<>();

    /** Of sessions: the places of those that have closed. */
    final TreeMap<Window, WindowInfo> windows;

    final Cursor cursor;
    private final LaneExecutor executor;

    /** Null where the state is in memory. */
    private final @Nullable TaskStore store;

    private final List<SourcePartition> sources = new ArrayList<>();
    private final TopicPartition changelog;
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();
    private final ArrayDeque<long[]> changelogParts = new ArrayDeque<>();
    private final LatenessSketches lateness;
    private long changelogEnd;
    private long changelogStart;
    private long changelogBytes;
    private long closedEnd;

    /** Of this step; they are counted in {@link #closedEnd} already. */
    private long closedRecords;

    private long deferredRecords;
    private boolean idlenessChanged;

    /** When, by the clock, early results are due again. */
    private long nextEarlyAt = Long.MIN_VALUE;

    private boolean hasMoreEarly;

    /** Windows whose counts this step changes. */
    private final Set<Window> changedWindows = new TreeSet<>(Lane.BY_END);

    /** Windows in the order in which they were last written to the changelog. */
    private final LinkedHashMap<Window, WindowInfo> windowsByStep = new LinkedHashMap<>();

    private boolean windowsForgotten;
    private long windowBytes;

    /** What the lanes' state took when it was last committed. */
    private long stateBytes;

    /** What a step did. */
    record Step(int records, boolean committed, boolean hasMore) {}

    /** Opens the pipeline where it was; what was opened before under its name can no longer commit. */
    static PipelineTask open(CompiledPipeline pipeline, Log log, EngineOptions options) {
        PipelineTopics topics = PipelineTopics.create(log, pipeline);
        LogWriter writer = log.writer(pipeline.name(), topics.read(), topics.written());
        TaskStore store = null;
        try {
            store = openStore(pipeline, log, options);
            return new PipelineTask(pipeline, log, writer, topics, options, store);
        } catch (RuntimeException | Error e) {
            if (store != null) {
                store.close();
            }
            writer.close();
            throw e;
        }
    }

    private PipelineTask(
            CompiledPipeline pipeline,
            Log log,
            LogWriter writer,
            PipelineTopics topics,
            EngineOptions options,
            @Nullable TaskStore store) {
        this.pipeline = pipeline;
        this.log = log;
        this.writer = writer;
        this.options = options;
        this.store = store;
        this.topics = topics;
        this.deadLetters = new DeadLetters(pipeline.name(), options.codeVersion(), options.clock());
        this.changelog = new TopicPartition(pipeline.changelogTopic(), 0);
        for (int i = 0; i < options.lanes(); i++) {
            addLane();
        }
        CommittedState state = readState();
        this.windows = state.windows;
        windows.entrySet().stream()
                .sorted(Comparator.comparingLong(each -> each.getValue().step))
                .forEach(each -> {
                    windowsByStep.put(each.getKey(), each.getValue());
                    windowBytes += each.getValue().bytes;
                });
        this.changelogStart = state.changelogStart;
        this.changelogEnd = state.changelogEnd;
        addPart(state.changelogStart, state.changelogBytes);
        this.lateness = state.lateness;
        this.cursor = state.cursor == null ? new Cursor() : state.cursor;
        if (topics.closed() != null) {
            closedEnd =
                    log.offsets(new TopicPartition(pipeline.closedTopic(), 0)).end();
        }
        resume(state.cursor != null);
        Set<Window> closing = new TreeSet<>(Lane.BY_END);
        windows.forEach((window, info) -> {
            if (info.closing) {
                closing.add(window);
            }
        });
        lanes.forEach(lane -> lane.restored(cursor.closedUpTo, closing));
        this.stateBytes = windowBytes
                + lanes.stream().mapToLong(lane -> lane.state.bytes()).sum();
        deferredRecords = lanes.stream().mapToLong(Lane::deferredRecords).sum();
        this.executor = new LaneExecutor(pipeline.name(), options.lanes());
    }

    private static @Nullable TaskStore openStore(CompiledPipeline pipeline, Log log, EngineOptions options) {
        if (!(options.stateBackend() instanceof StateBackend.Stored backend) || !pipeline.isAggregating()) {
            return null;
        }
        if (pipeline.sessions != null) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' keeps sessions, which must be in memory:"
                    + " state stores do not hold them yet. Run it with its state in memory");
        }
        return TaskStore.open(backend, pipeline, log, options);
    }

    private CommittedState readState() {
        if (store == null) {
            CommittedState state = CommittedState.read(log, pipeline, this::restore);
            if (state.link != null && state.link.needed()) {
                throw new PipelineException("the state of pipeline '" + pipeline.name() + "' is in a state store:"
                        + " run it with that. To have it in memory, take a savepoint and restore it with --replace");
            }
            return state;
        }
        CommittedState state = CommittedState.read(log, pipeline, store::take);
        store.taken(state.changelogEnd);
        for (int i = 0; i < lanes.size(); i++) {
            store.keep(lanes.get(i), i, lanes.size());
        }
        return state;
    }

    private void addLane() {
        if (pipeline.sessions != null) {
            SessionLane lane =
                    new SessionLane(pipeline, pipeline.sessions, topics.results(), topics.dead(), deadLetters);
            sessionLanes.add(lane);
            lanes.add(lane);
        } else {
            WindowLane lane = new WindowLane(pipeline, topics.results(), topics.dead(), deadLetters);
            windowLanes.add(lane);
            lanes.add(lane);
        }
    }

    private void restore(byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        Lane lane = laneOf(Murmur2.hash(key, 0, key.length));
        lane.restore(kind, window, key, entry, offset, bytes);
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

    private void resume(boolean known) {
        String shape = pipeline.shape();
        if (known) {
            pipeline.requireContinues(cursor.shape);
        }
        UUID sourceId = topics.source().id();
        if (known && !cursor.source.equals(sourceId)) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' has read a topic '"
                    + topics.source().name() + "' that was deleted; the one of that name is another. Run the pipeline"
                    + " under another name, or delete its topic '" + pipeline.changelogTopic() + "' to start again");
        }
        int partitions = topics.source().config().partitions();
        if (known && cursor.sources.size() != partitions) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' has read topic '"
                    + topics.source().name() + "' when it had " + cursor.sources.size() + " partitions; now it has "
                    + partitions + ", and keys may have moved between them, so that what is late would depend on when"
                    + " that was. Run the pipeline under another name, from the start of the topic");
        }
        if (known && cursor.latenessMillis >= 0 && cursor.closedUpTo != Long.MIN_VALUE) {
            // What had closed under less allowed lateness has closed: what comes for it is joined to what is on the
            // disk.
            cursor.closedUpTo += Math.max(0, pipeline.latenessMillis - cursor.latenessMillis);
        }
        cursor.latenessMillis = pipeline.latenessMillis;
        cursor.shape = shape;
        cursor.source = sourceId;
        while (cursor.sources.size() < partitions) {
            Source source = new Source();
            source.position =
                    log.offsets(sourcePartition(cursor.sources.size())).start();
            cursor.sources.add(source);
            cursor.lateOffsets.add(0L);
        }
        List<String> chain = new ArrayList<>();
        pipeline.chain.forEach(operator -> chain.add(operator.name()));
        if (!chain.equals(cursor.chainNames)) {
            cursor.chainNames.clear();
            cursor.chainNames.addAll(chain);
            cursor.chainCounts = new long[chain.size() * 2];
            cursor.chainBaselineIn = processed(cursor);
            cursor.chainBaselineOut = elements(cursor);
        }
        int resultBytesMax = topics.results().config().recordBytesMax();
        for (int i = 0; i < partitions; i++) {
            sources.add(new SourcePartition(
                    pipeline,
                    log,
                    sourcePartition(i),
                    cursor.sources.get(i),
                    lateness.of(i),
                    options,
                    deadLetters,
                    pipeline.sessions == null ? this::isForgotten : this::isBeyondCorrection,
                    partitions,
                    topics.results().config().partitions(),
                    resultBytesMax));
        }
    }

    TopicPartition sourcePartition(int number) {
        return new TopicPartition(topics.source().name(), number);
    }

    private static long processed(Cursor cursor) {
        return cursor.sources.stream()
                .mapToLong(source -> source.read - source.deadLettered)
                .sum();
    }

    private static long elements(Cursor cursor) {
        return cursor.sources.stream()
                .mapToLong(source -> source.onTimeElements + source.lateElements)
                .sum();
    }

    private long assignments() {
        return cursor.sources.stream().mapToLong(source -> source.assignments).sum();
    }

    // ---- the step ----

    /** Takes what is there and commits it. */
    Step step() {
        return step(false);
    }

    /** Closes every window, whatever the watermark; to be called again while there is more. */
    Step closeAll() {
        return step(true);
    }

    private Step step(boolean closingAll) {
        // What must close already takes memory: more may wait on the disk.
        boolean taking = lanes.stream().noneMatch(lane -> lane.hasMoreToClose);
        beginStep();
        boolean busy = sources.stream().anyMatch(source -> !source.isCaughtUp());
        executor.run(
                sources.stream()
                        .<Runnable>map(source -> () -> source.read(taking, cursor.closedUpTo))
                        .toList(),
                busy || isBehind());
        int records = 0;
        for (SourcePartition source : sources) {
            records += source.stepRecords;
            source.moveCountsTo(cursor.chainCounts);
            countWindows(source);
        }
        updateIdleness();
        long fireUpTo = closingAll ? Long.MAX_VALUE : watermark();
        if (pipeline.isAggregating()) {
            work(fireUpTo, records >= SIDE_BY_SIDE_MIN);
            advanceClosed(closingAll, fireUpTo);
            emitEarly();
        }
        boolean hasMore = hasMoreEarly
                || lanes.stream().anyMatch(lane -> lane.hasMoreToClose)
                || sources.stream().anyMatch(source -> !source.isCaughtUp());
        boolean committed = finishStep(records > 0, null);
        return new Step(records, committed, hasMore);
    }

    private boolean isBehind() {
        for (int i = 0; i < sources.size(); i++) {
            if (log.offsets(sourcePartition(i)).end() - cursor.sources.get(i).position > SIDE_BY_SIDE_MIN) {
                return true;
            }
        }
        return false;
    }

    void beginStep() {
        for (Lane lane : lanes) {
            lane.beginStep(changelogEnd, cursor.closedUpTo);
        }
    }

    private void work(long fireUpTo, boolean sideBySide) {
        if (sessionLanes.isEmpty()) {
            forEachLane(sideBySide, lane -> {
                merge(lane);
                fire(lane, fireUpTo);
            });
            closeReopened();
        } else {
            forEachLane(sideBySide, this::merge);
            new SessionJoin(this).addParked();
            forEachLane(sideBySide, lane -> fire(lane, fireUpTo));
        }
    }

    private void forEachLane(boolean sideBySide, Consumer<Lane> work) {
        executor.run(
                lanes.stream().<Runnable>map(lane -> () -> work.accept(lane)).toList(), sideBySide);
    }

    private void merge(Lane lane) {
        int number = lanes.indexOf(lane);
        for (SourcePartition source : sources) {
            lane.merge(source.partials[number]);
        }
    }

    private void fire(Lane lane, long fireUpTo) {
        // Also where time is unknown again, since a partition that was idle has none: what had begun to close goes on.
        if (pipeline.isWindowed()) {
            lane.fire(
                    fireUpTo,
                    Math.max(1, options.resultsPerStepMax() / lanes.size()),
                    (store == null ? STEP_OUTPUT_BYTES_MAX : STORED_STEP_OUTPUT_BYTES_MAX) / lanes.size());
        }
    }

    /** A window's counts, to be changed in this step. */
    WindowInfo changing(Window window) {
        changedWindows.add(window);
        return windows.computeIfAbsent(window, w -> new WindowInfo());
    }

    private void countWindows(SourcePartition source) {
        cursor.windowOnTime += source.sessionOnTime;
        cursor.windowLate += source.sessionLate;
        cursor.lateBeforeHorizon += source.sessionLateBeforeHorizon;
        source.sliceCounts.forEach((start, count) ->
                pipeline.requireAligned().windowsOf(start).forEach(window -> count(window, count[0], 0)));
        source.windowCounts.forEach((window, counts) -> count(window, counts[0], counts[1]));
    }

    private void count(Window window, long onTime, long late) {
        cursor.windowOnTime += onTime;
        cursor.windowLate += late;
        if (isBeyondCorrection(window) && !windows.containsKey(window)) {
            // Not kept by window: anybody can send records of any age, and memory has a bound.
            cursor.lateBeforeHorizon += late;
            return;
        }
        WindowInfo info = changing(window);
        info.onTime += onTime;
        info.late += late;
    }

    /** What had closed in the window is no longer known. */
    private boolean isForgotten(Window window) {
        return isOver(window) && !windows.containsKey(window);
    }

    /** Of an element of sessions, the window is its own millisecond: there is no other to judge it by. */
    boolean isBeyondCorrection(Window window) {
        return cursor.closedUpTo != Long.MIN_VALUE
                && cursor.closedUpTo - pipeline.correctableMillis >= pipeline.closesAt(window);
    }

    /** Nothing that can still be corrected needs what is known of a window or, of sessions, lies in the place. */
    private boolean isOver(Window window) {
        SessionRules rules = pipeline.sessions;
        if (rules == null) {
            return isBeyondCorrection(window);
        }
        // A session that begins in the place may reach as far behind it as the place is long.
        long needed = window.endMillis() + (window.endMillis() - window.startMillis()) + rules.gap;
        return isBeyondCorrection(Cell.millisecond(needed))
                && sessionLanes.stream().allMatch(lane -> needed < lane.oldestDeferred());
    }

    // ---- time ----

    private void updateIdleness() {
        if (pipeline.watermark == null) {
            return;
        }
        long now = options.clock().millis();
        long idleAfter = pipeline.watermark.idleAfter().toMillis();
        idlenessChanged = false;
        for (SourcePartition source : sources) {
            if (source.stepRecords > 0 || !source.isCaughtUp()) {
                source.caughtUpSince = -1;
            } else if (source.caughtUpSince < 0) {
                source.caughtUpSince = now;
            }
            boolean idle = source.caughtUpSince >= 0 && now - source.caughtUpSince >= idleAfter;
            idlenessChanged |= idle != source.at.idle;
            source.at.idle = idle;
        }
    }

    /** When, by the clock, there is something to do although nothing has come; {@link Long#MAX_VALUE} if never. */
    long nextTimerAt() {
        return Math.min(nextIdleAt(), pipeline.early instanceof Early.Every ? nextEarlyAt : Long.MAX_VALUE);
    }

    private long nextIdleAt() {
        long next = Long.MAX_VALUE;
        if (pipeline.watermark != null) {
            for (SourcePartition source : sources) {
                if (source.caughtUpSince >= 0 && !source.at.idle) {
                    next = Math.min(
                            next,
                            source.caughtUpSince
                                    + pipeline.watermark.idleAfter().toMillis());
                }
            }
        }
        return next;
    }

    /** The minimum over the partitions that are not idle; the maximum if all are. */
    private long watermark() {
        long least = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (SourcePartition source : sources) {
            long watermark = source.watermark();
            greatest = Math.max(greatest, watermark);
            if (!source.at.idle) {
                least = Math.min(least, watermark);
            }
        }
        return least == Long.MAX_VALUE ? greatest : least;
    }

    private void advanceClosed(boolean closingAll, long firedUpTo) {
        if (!pipeline.isWindowed()) {
            return;
        }
        long closed = firedUpTo;
        if (closingAll) {
            // Everything that is known of has closed; what comes later may still be on time.
            closed = cursor.closedUpTo;
            for (SourcePartition source : sources) {
                closed = Math.max(closed, source.watermark());
                if (pipeline.sessions != null && source.at.timed) {
                    // Late elements too can be corrected now, which may only be next to what has closed.
                    closed = Math.max(closed, source.watermark() + pipeline.sessions.reach());
                }
            }
            for (SessionLane lane : sessionLanes) {
                closed = Math.max(closed, lane.closedDue);
            }
            for (Map.Entry<Window, WindowInfo> each : windows.entrySet()) {
                if (each.getValue().onTime > 0) {
                    closed = Math.max(closed, pipeline.closesAt(each.getKey()));
                }
            }
        }
        cursor.closedUpTo = Math.max(cursor.closedUpTo, closed);
        forgetClosedSlices();
        forgetOldWindows();
    }

    /** What lanes hold of a window of slices goes when all of them have closed it; until then it is known as closing. */
    private void forgetClosedSlices() {
        if (!pipeline.isSliced) {
            return;
        }
        Set<Window> closing = new TreeSet<>(Lane.BY_END);
        for (WindowLane lane : windowLanes) {
            for (KeyTable table : lane.windows.values()) {
                if (pipeline.closesAt(table.window) > cursor.closedUpTo) {
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

    /** Results before a window's end, by the clock or by count. */
    private void emitEarly() {
        if (pipeline.early == null) {
            return;
        }
        boolean tick = false;
        if (pipeline.early instanceof Early.Every every) {
            long now = options.clock().millis();
            long period = every.period().toMillis();
            tick = now >= nextEarlyAt;
            if (tick) {
                nextEarlyAt = (Math.floorDiv(now, period) + 1) * period;
            }
        }
        hasMoreEarly = false;
        for (Lane lane : lanes) {
            hasMoreEarly |= lane.emitEarly(tick, Math.max(1, options.resultsPerStepMax() / lanes.size()));
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
            StateFormat.writeKey(StateFormat.WINDOW, pipeline.operatorId, window, new byte[0], keySink);
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

    private void closeReopened() {
        List<Entry> reopened = new ArrayList<>();
        windowLanes.forEach(lane -> reopened.addAll(lane.reopened));
        if (reopened.isEmpty()) {
            return;
        }
        ClosedWindows closed = new ClosedWindows(log, pipeline);
        closed.find(reopened, windows);
        for (Entry entry : reopened) {
            windowLaneOf(entry.hash).closeAgain(entry, closed.get(entry));
        }
    }

    // ---- the commit ----

    /** Commits what the lanes, the sources and {@code more} hold, if there is anything; true if there was. */
    boolean finishStep(boolean progressed, @Nullable Output more) {
        long again = againBytes() / lanes.size();
        executor.run(
                lanes.stream()
                        .<Runnable>map(lane -> () -> lane.state.write(again))
                        .toList(),
                false);
        requireBudget();
        Commit.Builder commit = Commit.builder();
        long results = 0;
        for (SourcePartition source : sources) {
            results += source.results.count();
            source.results.moveTo(commit);
            source.late.moveTo(commit);
            source.dead.moveTo(commit);
        }
        for (Lane lane : lanes) {
            ResultWriter writer = lane.writer();
            results += writer.written;
            cursor.failedResults += writer.failed;
            writer.written = 0;
            writer.failed = 0;
            writer.results.moveTo(commit);
            writer.dead.moveTo(commit);
            moveClosed(lane, commit);
        }
        for (SessionLane lane : sessionLanes) {
            cursor.closedElements += lane.closedElements;
            lane.closedElements = 0;
        }
        if (more != null) {
            more.moveTo(commit);
        }
        cursor.results += results;
        int stateRecords =
                lanes.stream().mapToInt(lane -> lane.state.changelog.count()).sum();
        if (!progressed && !idlenessChanged && stateRecords == 0 && commit.isEmpty()) {
            return false;
        }
        commitState(commit, stateRecords);
        return true;
    }

    /** Told before anything is committed: what was committed before fits, and is found again under a larger budget. */
    private void requireBudget() {
        long bytes = windowBytes
                + lanes.stream().mapToLong(lane -> lane.state.bytes()).sum();
        // A budget that was made smaller than the state must not keep it from shrinking.
        if (bytes > options.stateBytesMax() && bytes > stateBytes) {
            throw StateBudget.exceeded(pipeline, lanes, bytes, options.stateBytesMax());
        }
        stateBytes = bytes;
    }

    private void moveClosed(Lane lane, Commit.Builder commit) {
        int count = lane.closed.count();
        for (Window window : lane.closedWindows) {
            if (!isForgotten(window)) {
                // A window forgotten in this very step must not be known again, by what it closed last alone.
                changing(window).addRange(closedEnd, closedEnd + count);
            }
        }
        lane.closedWindows.clear();
        closedEnd += count;
        closedRecords += count;
        lane.closed.moveTo(commit);
    }

    private void commitState(Commit.Builder commit, int laneRecords) {
        List<String> imbalances = new ArrayList<>(ledger(new TreeMap<>()).imbalances());
        if (pipeline.isWindowed() && cursor.windowOnTime + cursor.windowLate != assignments()) {
            imbalances.add("the windows have " + (cursor.windowOnTime + cursor.windowLate) + " elements, but "
                    + assignments() + " were judged");
        }
        if (!sessionLanes.isEmpty()) {
            long open =
                    sessionLanes.stream().mapToLong(lane -> lane.openElements).sum();
            if (open + cursor.closedElements != cursor.windowOnTime + cursor.correctedElements) {
                imbalances.add("open sessions have " + open + " elements and closed ones " + cursor.closedElements
                        + ", but " + cursor.windowOnTime + " were on time and " + cursor.correctedElements
                        + " corrected");
            }
        }
        if (!imbalances.isEmpty()) {
            throw new IllegalStateException("pipeline '" + pipeline.name() + "' does not balance: " + imbalances);
        }
        int records = laneRecords;
        long bytes = 0;
        for (Lane lane : lanes) {
            bytes += lane.state.changelog.moveTo(commit);
        }
        Output own = new Output(pipeline.changelogTopic(), 1);
        writeWindows(own);
        writeLateness(own);
        long needed = neededFrom();
        writeLink(own, needed > changelogStart);
        keySink.reset();
        keySink.write(StateFormat.CURSOR);
        valueSink.reset();
        cursor.write(valueSink);
        addState(own);
        records += own.count();
        bytes += own.moveTo(commit);
        for (int i = 0; i < sources.size(); i++) {
            commit.offset(pipeline.name(), sourcePartition(i), cursor.sources.get(i).position);
        }
        trim(commit, bytes, needed);
        commit.expectEnd(changelog, changelogEnd);
        if (closedRecords > 0) {
            // The windows' counts say already where these records will be.
            commit.expectEnd(new TopicPartition(pipeline.closedTopic(), 0), closedEnd - closedRecords);
        }
        CommitResult result = writer.commit(commit.build());
        changelogEnd += records + result.markerOffsets();
        if (closedRecords > 0) {
            closedEnd += result.markerOffsets();
            closedRecords = 0;
        }
        if (store != null) {
            store.apply(lanes, changelogEnd, bytes);
        }
    }

    private void writeLink(Output own, boolean trims) {
        StoreLink link = store == null ? null : store.link(trims, deferredRecords);
        if (link != null) {
            keySink.reset();
            keySink.write(StateFormat.STORE);
            valueSink.reset();
            link.write(valueSink);
            addState(own);
        }
    }

    private void writeWindows(Output own) {
        if (changelogBytes > stateLogBytesMax()) {
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
                StateFormat.writeKey(StateFormat.WINDOW, pipeline.operatorId, window, new byte[0], keySink);
                valueSink.reset();
                info.write(valueSink);
                addState(own);
                windowBytes += keySink.size() + valueSink.size() + 10 - info.bytes;
                info.bytes = keySink.size() + valueSink.size() + 10;
                info.step = changelogEnd;
                windowsByStep.remove(window);
                windowsByStep.put(window, info);
            }
        }
        changedWindows.clear();
    }

    private void writeLateness(Output own) {
        for (int partition : lateness.due(changelogBytes > stateLogBytesMax())) {
            keySink.reset();
            StateFormat.writeLatenessKey(partition, keySink);
            valueSink.reset();
            lateness.of(partition).write(valueSink);
            addState(own);
            lateness.wrote(partition, changelogEnd, keySink.size() + valueSink.size() + 10);
        }
    }

    private void addState(Output own) {
        own.add(
                0,
                -1,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                List.of());
    }

    // ---- the length of the changelog ----

    private long stateLogBytesMax() {
        long state = windowBytes + lateness.bytes();
        for (Lane lane : lanes) {
            state += lane.state.loggedBytes();
        }
        long least = store == null ? options.stateLogBytesMin() : store.changelogBytesMin();
        return Math.max(least, 3 * state);
    }

    /** How much of the oldest state the lanes are to write again in this step. */
    private long againBytes() {
        return changelogBytes > stateLogBytesMax() ? Math.max(256 << 10, options.stateLogBytesMin() / 16) : 0;
    }

    private long oldestLaneStep() {
        long oldest = changelogEnd;
        for (Lane lane : lanes) {
            oldest = Math.min(oldest, lane.state.oldestStep());
        }
        return oldest;
    }

    private void addPart(long start, long bytes) {
        changelogParts.add(new long[] {start, bytes});
        changelogBytes += bytes;
    }

    /** Where the changelog is to begin. */
    private long neededFrom() {
        long needed = Math.min(oldestLaneStep(), lateness.oldestPlace());
        if (!windowsByStep.isEmpty()) {
            needed = Math.min(needed, windowsByStep.values().iterator().next().step);
        }
        return store == null ? needed : Math.min(needed, store.durableMark());
    }

    private void trim(Commit.Builder commit, long bytes, long needed) {
        addPart(changelogEnd, bytes);
        long[] part = changelogParts.peek();
        while (part != null && part[0] < needed && changelogParts.size() > 1) {
            changelogParts.remove();
            long[] next = changelogParts.peek();
            if (next == null || next[0] > needed) {
                // Some of it is still needed.
                changelogParts.addFirst(part);
                break;
            }
            changelogBytes -= part[1];
            part = next;
        }
        if (needed > changelogStart) {
            changelogStart = needed;
            commit.trim(changelog, needed);
        }
        trimClosed(commit);
    }

    private void trimClosed(Commit.Builder commit) {
        if (topics.closed() == null || !windowsForgotten) {
            return;
        }
        windowsForgotten = false;
        TopicPartition closed = new TopicPartition(pipeline.closedTopic(), 0);
        // What this commit adds cannot be trimmed by it.
        long needed = log.offsets(closed).end();
        for (WindowInfo info : windows.values()) {
            if (!info.ranges.isEmpty()) {
                needed = Math.min(needed, info.ranges.get(0));
            }
        }
        if (needed > log.offsets(closed).start()) {
            commit.trim(closed, needed);
        }
    }

    // ---- the ledger ----

    void defer(long records) {
        deferredRecords += records;
    }

    /** Late records that no correction has read. */
    long lateUnaccounted() {
        long late = cursor.sources.stream().mapToLong(source -> source.late).sum();
        return late - cursor.correctedRecords - deferredRecords - cursor.uncorrectableRecords;
    }

    Ledger ledger() {
        return ledger(windows);
    }

    private Ledger ledger(SortedMap<Window, WindowInfo> of) {
        return ledger(pipeline, topics.source().name(), cursor, of, deferredRecords);
    }

    static Ledger ledger(
            CompiledPipeline pipeline,
            String sourceTopic,
            Cursor cursor,
            SortedMap<Window, WindowInfo> windows,
            long deferredRecords) {
        SortedMap<TopicPartition, Ledger.Records> sources = new TreeMap<>();
        for (int i = 0; i < cursor.sources.size(); i++) {
            Source source = cursor.sources.get(i);
            sources.put(
                    new TopicPartition(sourceTopic, i),
                    new Ledger.Records(
                            source.read,
                            source.onTime,
                            source.late,
                            source.filtered,
                            source.deadLettered,
                            source.onTimeElements,
                            source.lateElements));
        }
        List<Ledger.Elements> operators = new ArrayList<>();
        int chain = cursor.chainNames.size();
        long entering = processed(cursor) - cursor.chainBaselineIn;
        operators.add(new Ledger.Elements(pipeline.from.name(), entering, entering));
        for (int i = 0; i < chain; i++) {
            operators.add(new Ledger.Elements(
                    cursor.chainNames.get(i), cursor.chainCounts[i], cursor.chainCounts[chain + i]));
        }
        long leaving = elements(cursor) - cursor.chainBaselineOut;
        operators.add(new Ledger.Elements(pipeline.lastName(), leaving, leaving));
        SortedMap<Window, Ledger.WindowCounts> counts = new TreeMap<>();
        if (pipeline.sessions == null) {
            windows.forEach((window, info) ->
                    counts.put(window, new Ledger.WindowCounts(info.onTime, info.late, info.corrected)));
        }
        return new Ledger(
                sources,
                operators,
                counts,
                cursor.results,
                cursor.failedResults,
                cursor.correctedRecords,
                deferredRecords,
                cursor.uncorrectableRecords);
    }

    @Override
    public void close() {
        executor.close();
        if (store != null) {
            store.close();
        }
        writer.close();
    }
}
