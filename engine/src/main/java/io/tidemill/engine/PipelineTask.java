package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Watermark;
import io.tidemill.api.Window;
import io.tidemill.engine.Cursor.Source;
import io.tidemill.engine.lateness.LatenessSketches;
import io.tidemill.engine.state.StateBackend;
import io.tidemill.log.Commit;
import io.tidemill.log.Log;
import io.tidemill.log.LogWriter;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline in work: its state, and the steps that change it. Used by one thread.
 *
 * <p>A step reads what has come, judges and folds it by partition, merges and emits it stage by stage, in lanes, and commits
 * everything it did at once: results, late records, dead letters, offsets, state changes, the ledger. If it throws, the task
 * is of no further use: what was committed is found again by a new one.
 */
final class PipelineTask implements AutoCloseable {
    /** Fewer records than this are not worth waking other threads for. */
    private static final int SIDE_BY_SIDE_MIN = 2_000;

    final CompiledPipeline pipeline;
    private final Log log;

    /** Their writer was opened before the state is read, so that nobody else changes it afterwards. */
    private final Commits commits;

    final EngineOptions options;
    final PipelineTopics topics;
    final DeadLetters deadLetters;
    final Cursor cursor;
    final LaneExecutor executor;

    /** Null where the state is in memory. */
    final @Nullable TaskStore store;

    /** In the pipeline's order. */
    final List<Stage> stages = new ArrayList<>();

    /** Of all topics. */
    private final List<SourcePartition> sources = new ArrayList<>();

    private final SourceAlignment alignment;
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

    private boolean idlenessChanged;

    /** The lanes have, or may have, what is not committed. */
    private boolean isInStep;

    private boolean isClosed;

    /** What the stages' state took when it was last committed. */
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
        this.commits = new Commits(writer, pipeline.name());
        this.options = options;
        this.store = store;
        this.topics = topics;
        this.deadLetters = new DeadLetters(pipeline, options.codeVersion(), options.clock());
        this.changelog = new TopicPartition(pipeline.changelogTopic(), 0);
        for (int i = pipeline.stages.size() - 1; i >= 0; i--) {
            stages.add(0, new Stage(this, pipeline.stages.get(i), List.copyOf(stages)));
        }
        CommittedState state = readState();
        this.changelogStart = state.changelogStart;
        this.changelogEnd = state.changelogEnd;
        addPart(state.changelogStart, state.changelogBytes);
        this.lateness = state.lateness;
        this.cursor = state.cursor == null ? new Cursor() : state.cursor;
        if (topics.closed() != null) {
            closedEnd =
                    log.offsets(new TopicPartition(pipeline.closedTopic(), 0)).end();
        }
        if (state.cursor != null) {
            pipeline.requireContinues(cursor.shape);
        }
        cursor.shape = pipeline.shape();
        cursor.operators.continueWith(pipeline.pipeline);
        for (Stage stage : stages) {
            stage.restored(cursor.stage(stage.plan), state.windows(stage.plan));
        }
        resumeSources(state.cursor != null);
        this.alignment =
                new SourceAlignment(pipeline, sources, options.driftMax().toMillis());
        while (cursor.lateOffsets.size() < topics.late().config().partitions()) {
            cursor.lateOffsets.add(0L);
        }
        this.stateBytes = stages.stream().mapToLong(Stage::stateBytes).sum();
        this.executor = new LaneExecutor(pipeline.name(), options.lanes());
    }

    private static @Nullable TaskStore openStore(CompiledPipeline pipeline, Log log, EngineOptions options) {
        if (!(options.stateBackend() instanceof StateBackend.Stored backend) || pipeline.stages.isEmpty()) {
            return null;
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
        for (Stage stage : stages) {
            for (int i = 0; i < stage.lanes.size(); i++) {
                store.keep(stage.lanes.get(i), i, stage.lanes.size());
            }
        }
        return state;
    }

    private void restore(
            StagePlan plan, byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        Lane lane = stages.get(plan.number).laneOf(StateFormat.hashOf(kind, key));
        lane.restore(kind, window, key, entry, offset, bytes);
    }

    private void resumeSources(boolean known) {
        int partitions = topics.sources().stream()
                .mapToInt(topic -> topic.config().partitions())
                .sum();
        SourcePartition.Shared shared =
                new SourcePartition.Shared(pipeline, log, options, deadLetters, topics, stages, partitions);
        int first = 0;
        for (SourcePlan source : pipeline.sources) {
            TopicDescription topic = topics.sources().get(source.number);
            Cursor.Topic before = known ? cursor.topics.get(source.number) : null;
            Cursor.Topic now =
                    new Cursor.Topic(topic.name(), topic.id(), topic.config().partitions());
            if (before != null) {
                requireSame(before, now);
                cursor.topics.set(source.number, now);
            } else {
                cursor.topics.add(now);
            }
            for (int i = 0; i < now.partitions(); i++) {
                if (before == null) {
                    Source begun = new Source();
                    begun.position =
                            log.offsets(new TopicPartition(topic.name(), i)).start();
                    cursor.sources.add(begun);
                }
                sources.add(
                        new SourcePartition(shared, source, i, cursor.sources.get(first + i), lateness.of(first + i)));
            }
            first += now.partitions();
        }
    }

    private void requireSame(Cursor.Topic before, Cursor.Topic now) {
        if (!before.id().equals(now.id())) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' has read a topic '" + now.name()
                    + "' that was deleted; the one of that name is another. Run the pipeline"
                    + " under another name, or delete its topic '" + pipeline.changelogTopic() + "' to start again");
        }
        if (before.partitions() != now.partitions()) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' has read topic '" + now.name()
                    + "' when it had " + before.partitions() + " partitions; now it has "
                    + now.partitions() + ", and keys may have moved between them, so that what is late would depend on"
                    + " when that was. Run the pipeline under another name, from the start of the topic");
        }
    }

    // ---- the step ----

    /** Takes what is there and commits it; what is there now is all that there is. */
    Step step() {
        return step(false, false, false);
    }

    /** As {@link #step}. If there is more to do, its commit may be under way when it returns; those before it are done. */
    Step stepAhead() {
        return step(false, false, true);
    }

    /** As {@link #stepAhead}, where more may come than what is there now. */
    Step stepLive() {
        return step(false, true, true);
    }

    /** Closes every window, whatever the watermark; to be called again while there is more. */
    Step closeAll() {
        return step(true, false, false);
    }

    /** As {@link #closeAll}; of its commit as {@link #stepAhead}. */
    Step closeAllAhead() {
        return step(true, false, true);
    }

    /** Waits until all that it did is committed. */
    void settle() {
        commits.await();
    }

    /** The log, where all that was committed is visible. */
    Log settledLog() {
        settle();
        return log;
    }

    private Step step(boolean closingAll, boolean live, boolean ahead) {
        // What must close already takes memory: more may wait on the disk.
        boolean taking = stages.stream().noneMatch(Stage::hasMoreToClose);
        beginStep();
        boolean busy = sources.stream().anyMatch(source -> !source.isCaughtUp());
        sources.forEach(SourcePartition::look);
        alignment.align(live);
        executor.run(
                sources.stream()
                        .<Runnable>map(source -> () -> source.read(taking, stages))
                        .toList(),
                busy || sources.stream().anyMatch(source -> source.behind() > SIDE_BY_SIDE_MIN));
        int records = 0;
        for (SourcePartition source : sources) {
            records += source.stepRecords;
            count(source);
        }
        updateIdleness();
        alignment.align(live);
        boolean isWaiting = false;
        for (Stage stage : stages) {
            if (waitsForClosing(stage)) {
                stage.waitForClosing();
                isWaiting = true;
                continue;
            }
            List<SourcePartition> feeding = sourcesOf(stage.plan);
            long fireUpTo = fireUpTo(stage.plan, closingAll, feeding);
            stage.work(inputsOf(stage.plan), fireUpTo, records >= SIDE_BY_SIDE_MIN);
            stage.advanceClosed(fireUpTo == Long.MAX_VALUE, fireUpTo, feeding);
            stage.emitEarly();
        }
        boolean hasMore = isWaiting
                || stages.stream().anyMatch(Stage::hasMore)
                || sources.stream().anyMatch(source -> !source.isCaughtUp() && !source.heldBack);
        // Who has caught up gains nothing by going ahead: what comes meanwhile would be committed bit by bit.
        boolean committed = finishStep(records > 0, null, ahead && hasMore && store == null);
        return new Step(records, committed, hasMore);
    }

    /** What is in slices that have begun to close is told without what comes meanwhile: no results must come, either. */
    private boolean waitsForClosing(Stage stage) {
        return stages.stream()
                .filter(each -> each.plan.upstreams.contains(stage.plan.number))
                .anyMatch(each -> (each.plan.isSliced && each.hasMoreToClose()) || waitsForClosing(each));
    }

    void beginStep() {
        isInStep = true;
        stages.forEach(stage -> stage.beginStep(changelogEnd));
    }

    /** Elements, by operator and by window. */
    private void count(SourcePartition source) {
        source.moveCountsTo(cursor.operators);
        for (Stage stage : stages) {
            StageInput input = source.input(stage.plan);
            if (input != null) {
                cursor.operators.add(stage.plan.place, input.arrived, 0);
                stage.count(input);
            }
        }
    }

    private List<SourcePartition> sourcesOf(StagePlan plan) {
        return sources.stream()
                .filter(source -> plan.sources.contains(source.source().number))
                .toList();
    }

    /** Where elements of this step come into the stage. */
    private List<StageInput> inputsOf(StagePlan plan) {
        List<StageInput> inputs = new ArrayList<>();
        for (SourcePartition source : sources) {
            StageInput input = source.input(plan);
            if (input != null) {
                inputs.add(input);
            }
        }
        inputs.addAll(resultsInto(plan));
        return inputs;
    }

    /** Where results of other stages come into the stage; those of this step are counted. */
    private List<StageInput> resultsInto(StagePlan plan) {
        List<StageInput> inputs = new ArrayList<>();
        for (int upstream : plan.upstreams) {
            for (StageInput input : stages.get(upstream).inputsOf(plan)) {
                stages.get(plan.number).countResults(input);
                inputs.add(input);
            }
        }
        return inputs;
    }

    /**
     * Works on what corrections have changed in the stages before this one: it belongs to the windows that it belonged to,
     * also where those have closed. What came from sources was worked on in the step that read it.
     */
    void workOnCorrections(Stage stage) {
        if (!stage.plan.upstreams.isEmpty()) {
            stage.correctFrom(resultsInto(stage.plan));
        }
    }

    /** Up to where, by what feeds the stage, all has come. */
    private long fireUpTo(StagePlan plan, boolean closingAll, List<SourcePartition> feeding) {
        WatermarkMinimum watermark = new WatermarkMinimum();
        if (!closingAll) {
            feeding.forEach(source -> watermark.add(source.watermark(), source.at.idle));
        }
        for (int upstream : plan.upstreams) {
            long upTo = stages.get(upstream).outWatermark();
            watermark.add(upTo, !closingAll && isIdle(upstream));
        }
        return watermark.get();
    }

    /** Whether the stage waits for nothing but sources that are idle, also by way of other stages. */
    private boolean isIdle(int number) {
        Stage stage = stages.get(number);
        return !stage.hasMoreToClose()
                && sourcesOf(stage.plan).stream().allMatch(source -> source.at.idle)
                && stage.plan.upstreams.stream().allMatch(this::isIdle);
    }

    // ---- time ----

    private void updateIdleness() {
        long now = options.clock().millis();
        idlenessChanged = false;
        for (SourcePartition source : sources) {
            Watermark watermark = source.source().watermark;
            if (watermark == null) {
                continue;
            }
            if (source.stepRecords > 0 || !source.isCaughtUp()) {
                source.caughtUpSince = -1;
            } else if (source.caughtUpSince < 0) {
                source.caughtUpSince = now;
            }
            boolean idle = source.caughtUpSince >= 0
                    && now - source.caughtUpSince >= watermark.idleAfter().toMillis();
            idlenessChanged |= idle != source.at.idle;
            source.at.idle = idle;
        }
    }

    /** Partitions that are not read because they are further ahead in event time than they may be. */
    SortedSet<TopicPartition> heldBack() {
        return alignment.heldBack();
    }

    /** When, by the clock, there is something to do although nothing has come; {@link Long#MAX_VALUE} if never. */
    long nextTimerAt() {
        long next = Long.MAX_VALUE;
        for (Stage stage : stages) {
            next = Math.min(next, stage.nextTimerAt());
        }
        for (SourcePartition source : sources) {
            Watermark watermark = source.source().watermark;
            if (watermark != null && source.caughtUpSince >= 0 && !source.at.idle) {
                next = Math.min(
                        next, source.caughtUpSince + watermark.idleAfter().toMillis());
            }
        }
        return next;
    }

    // ---- the commit ----

    /** Commits what the stages, the sources and {@code more} hold, if there is anything; true if there was. */
    boolean finishStep(boolean progressed, @Nullable Output more) {
        return finishStep(progressed, more, false);
    }

    /** @param ahead not to wait until it is committed */
    private boolean finishStep(boolean progressed, @Nullable Output more, boolean ahead) {
        long again = againBytes() / Math.max(1, options.lanes() * stages.size());
        executor.run(
                stages.stream()
                        .flatMap(stage -> stage.lanes.stream())
                        .<Runnable>map(lane -> () -> lane.state.write(again))
                        .toList(),
                false);
        requireBudget();
        Commit.Builder commit = Commit.builder();
        long results = 0;
        for (SourcePartition source : sources) {
            results += source.moveOutput(commit);
        }
        for (Stage stage : stages) {
            results += stage.moveOutput(commit);
        }
        if (more != null) {
            more.moveTo(commit);
        }
        cursor.results += results;
        int stateRecords = stages.stream().mapToInt(Stage::stateRecords).sum();
        if (!progressed && !idlenessChanged && stateRecords == 0 && commit.isEmpty()) {
            if (store != null) {
                store.applyDerived(lanes());
            }
            settle();
            isInStep = false;
            return false;
        }
        commitState(commit, stateRecords, ahead);
        isInStep = false;
        return true;
    }

    /** Told before anything is committed: what was committed before fits, and is found again under a larger budget. */
    private void requireBudget() {
        long bytes = stages.stream().mapToLong(Stage::stateBytes).sum();
        // A budget that was made smaller than the state must not keep it from shrinking.
        if (bytes > options.stateBytesMax() && bytes > stateBytes) {
            throw StateBudget.exceeded(pipeline, stages, bytes, options.stateBytesMax());
        }
        stateBytes = bytes;
    }

    /** Where the next records of what has closed will be, of which there are {@code count}. */
    long nextClosed(int count) {
        long from = closedEnd;
        closedEnd += count;
        closedRecords += count;
        return from;
    }

    private void commitState(Commit.Builder commit, int laneRecords, boolean ahead) {
        List<String> imbalances = new ArrayList<>(ledger(false).imbalances());
        long judged = 0;
        long assigned =
                cursor.sources.stream().mapToLong(source -> source.assignments).sum();
        for (Stage stage : stages) {
            stage.checkBalance(imbalances);
            judged += stage.at.windowOnTime + stage.at.windowLate;
            assigned += stage.at.assignments;
        }
        if (pipeline.isWindowed() && judged != assigned) {
            imbalances.add("the windows have " + judged + " elements, but " + assigned + " were judged");
        }
        if (!imbalances.isEmpty()) {
            throw new IllegalStateException("pipeline '" + pipeline.name() + "' does not balance: " + imbalances);
        }
        int records = laneRecords;
        long bytes = 0;
        for (Stage stage : stages) {
            for (Lane lane : stage.lanes) {
                bytes += lane.state.changelog.moveTo(commit);
            }
        }
        Output own = new Output(pipeline.changelogTopic(), 1);
        boolean isLong = changelogBytes > stateLogBytesMax();
        stages.forEach(stage -> stage.writeWindows(own, changelogEnd, isLong));
        writeLateness(own, isLong);
        long needed = neededFrom();
        writeLink(own, needed > changelogStart);
        keySink.reset();
        keySink.write(StateFormat.CURSOR);
        valueSink.reset();
        cursor.write(valueSink);
        addState(own);
        records += own.count();
        bytes += own.moveTo(commit);
        for (SourcePartition source : sources) {
            commit.offset(pipeline.name(), source.partition, source.at.position);
        }
        trim(commit, bytes, needed);
        commit.expectEnd(changelog, changelogEnd);
        if (closedRecords > 0) {
            // The windows' counts say already where these records will be.
            commit.expectEnd(new TopicPartition(pipeline.closedTopic(), 0), closedEnd - closedRecords);
        }
        changelogEnd += records + commits.markerOffsets();
        if (closedRecords > 0) {
            closedEnd += commits.markerOffsets();
            closedRecords = 0;
        }
        if (ahead) {
            commits.begin(commit.build());
        } else {
            commits.commit(commit.build());
        }
        if (store != null) {
            store.committed(lanes(), changelogEnd, bytes);
        }
    }

    private List<Lane> lanes() {
        return stages.stream().flatMap(stage -> stage.lanes.stream()).toList();
    }

    private void writeLink(Output own, boolean trims) {
        StoreLink link = store == null ? null : store.link(trims, deferredRecords());
        if (link != null) {
            keySink.reset();
            keySink.write(StateFormat.STORE);
            valueSink.reset();
            link.write(valueSink);
            addState(own);
        }
    }

    private void writeLateness(Output own, boolean again) {
        for (int partition : lateness.due(again)) {
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
        long state =
                lateness.bytes() + stages.stream().mapToLong(Stage::stateBytes).sum();
        return Math.max(options.stateLogBytesMin(), 3 * state);
    }

    /** How much of the oldest state the lanes are to write again in this step. */
    private long againBytes() {
        return changelogBytes > stateLogBytesMax() ? Math.max(256 << 10, options.stateLogBytesMin() / 16) : 0;
    }

    private void addPart(long start, long bytes) {
        changelogParts.add(new long[] {start, bytes});
        changelogBytes += bytes;
    }

    /** Where the changelog is to begin. */
    private long neededFrom() {
        long needed = Math.min(changelogEnd, lateness.oldestPlace());
        for (Stage stage : stages) {
            needed = stage.oldestStep(needed);
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
        boolean forgotten = false;
        for (Stage stage : stages) {
            forgotten |= stage.takeWindowsForgotten();
        }
        if (topics.closed() == null || !forgotten) {
            return;
        }
        TopicPartition closed = new TopicPartition(pipeline.closedTopic(), 0);
        OffsetRange held = log.offsets(closed);
        // What this commit adds cannot be trimmed by it.
        long needed = held.end();
        for (Stage stage : stages) {
            needed = stage.oldestClosed(needed);
        }
        if (needed > held.start()) {
            commit.trim(closed, needed);
        }
    }

    // ---- the ledger ----

    private long deferredRecords() {
        return stages.stream().mapToLong(stage -> stage.deferredRecords).sum();
    }

    /** Late records that no correction has read. */
    long lateUnaccounted() {
        long late = cursor.sources.stream().mapToLong(source -> source.late).sum();
        return late - cursor.correctedRecords - deferredRecords() - cursor.uncorrectableRecords;
    }

    Ledger ledger() {
        return ledger(true);
    }

    private Ledger ledger(boolean withWindows) {
        Map<StagePlan, SortedMap<Window, WindowInfo>> windows = new HashMap<>();
        stages.forEach(stage -> windows.put(stage.plan, withWindows ? stage.windows : new TreeMap<>()));
        return Ledgers.of(pipeline, cursor, windows, deferredRecords());
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        executor.close();
        try {
            closeStore();
        } finally {
            commits.close();
        }
    }

    private void closeStore() {
        if (store != null) {
            try {
                if (!isInStep) {
                    store.applyLast(lanes(), changelogEnd);
                }
            } finally {
                store.close();
            }
        }
    }
}
