package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Mapper;
import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Operator;
import io.tidemill.api.plan.Row;
import io.tidemill.engine.RecordProcessor.Failure;
import io.tidemill.log.Commit;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicConfig;
import io.tidemill.log.TopicDescription;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns entries into records of the results topic, or into dead letters where user code fails. Used by one thread at a
 * time.
 */
final class ResultWriter implements RowOutput {
    /** What a record takes beside its key and value: the window, the revision, lengths. */
    static final int RECORD_OVERHEAD_BYTES = 256;

    /** What many results of one key and window may take; they are told in one commit. */
    private static final long ROWS_BYTES_MAX = 128 << 20;

    private static final byte[] ONE_ROW = {};

    /** Results of another stage are never late. */
    private static final List<LateRecord.Missed> NONE_MISSED = List.of();

    private final StagePlan stage;

    /** Null where results go through operators first. */
    private final @Nullable DirectResult direct;

    /** Null where a key and window have one result. */
    final @Nullable RowWriter rows;

    /** Null where elements are never taken back. */
    private final @Nullable RowsAggregate changeable;

    /** By the number of the stage: where results come into it; null where none does. */
    private final @Nullable StageInput[] inputs;

    /** Of the result at hand, how many elements have ended in each stage and topic, by whatever way. */
    private final Map<Integer, Integer> numbers = new HashMap<>();

    private final RecordProcessor processor;
    private final int[] recordBytesMax;

    /** By the number of the sink: whether results of other stages, or elements of sources, come there, too. */
    private final boolean[] isShared;

    /** By the number of the sink: whether a result may become several elements there, so that each has its number. */
    private final boolean[] isNumbered;

    private final int deadBytesMax;
    private final DeadLetters deadLetters;
    private final ByteSink keySink = new ByteSink();
    private final ByteSink valueSink = new ByteSink();

    /** By the number of the sink. */
    final Output[] sinks;

    final Output dead;

    /** Elements that have come to each sink, since they were taken last. */
    private final long[] sinkArrivals;

    /** Tells results of a running aggregate apart, which are one after the other under one key. */
    private long sequence;

    /** Stands for the operator in the origins of its results. */
    private int originId;

    /** Results that have left the operator, since they were taken last. */
    private long left;

    /** Records of results, also those that take one back. */
    long written;

    long failed;

    private Window headersWindow = Entry.NO_WINDOW;
    private int headersRevision = -1;
    private Pane headersPane = Pane.FINAL;
    private List<Header> headers = List.of();

    /**
     * Results that go to a topic as they are, or by one mapper.
     *
     * @param places of those operators
     */
    private record DirectResult(
            @Nullable Mapper<Result<Object, Object>, Object> mapper, Codec<Object> codec, int sink, int[] places) {
        static @Nullable DirectResult of(StagePlan stage) {
            if (stage.next.length != 1) {
                return null;
            }
            ChainStep step = stage.next[0];
            int first = step.place;
            Mapper<Result<Object, Object>, Object> mapper = null;
            if (step.operator instanceof Operator.MapResult map && step.next.length == 1) {
                mapper = map.mapper();
                step = step.next[0];
            }
            return step.operator instanceof Operator.To to
                    ? new DirectResult(
                            mapper,
                            to.codec(),
                            step.target,
                            mapper == null ? new int[] {first} : new int[] {first, step.place})
                    : null;
        }
    }

    /** @param downstream stages behind this one, those of other numbers may be missing */
    ResultWriter(
            CompiledPipeline pipeline,
            StagePlan stage,
            PipelineTopics topics,
            DeadLetters deadLetters,
            Collection<Stage> downstream,
            int lanes) {
        this.stage = stage;
        Object aggregate = stage.aggregate;
        boolean isOfRows = aggregate instanceof MultiResult<?> || stage.process != null;
        this.direct = isOfRows ? null : DirectResult.of(stage);
        this.rows = aggregate instanceof MultiResult<?> many ? new RowWriter(erased(many), this) : null;
        this.changeable = aggregate instanceof RowsAggregate of ? of : null;
        this.inputs = new StageInput[pipeline.stages.size()];
        for (Stage each : downstream) {
            if (each.plan.upstreams.contains(stage.number)) {
                inputs[each.plan.number] =
                        new StageInput(each.plan, new Cursor.Source(), 0, lanes, each::isForgottenForElements);
            }
        }
        this.processor = new RecordProcessor(pipeline);
        this.deadLetters = deadLetters;
        this.sinks = new Output[pipeline.sinks.size()];
        this.recordBytesMax = new int[sinks.length];
        this.isShared = new boolean[sinks.length];
        this.isNumbered = new boolean[sinks.length];
        this.sinkArrivals = new long[sinks.length];
        for (int i = 0; i < sinks.length; i++) {
            TopicDescription topic = topics.results().get(i);
            sinks[i] = new Output(topic.name(), topic.config().partitions());
            recordBytesMax[i] = topic.config().recordBytesMax();
            isShared[i] = pipeline.isShared(i);
            isNumbered[i] = CompiledPipeline.becomesSeveral(stage, i);
        }
        TopicConfig config = topics.dead().config();
        this.deadBytesMax = config.recordBytesMax() - TopicConfig.ENVELOPE_BYTES_MAX / 2;
        this.dead = new Output(topics.dead().name(), config.partitions());
    }

    void restored(Cursor.Stage known) {
        originId = known.originId;
    }

    @SuppressWarnings("unchecked") // it is only given the accumulators that it makes itself
    private static MultiResult<Object> erased(MultiResult<?> many) {
        return (MultiResult<Object>) many;
    }

    /** Where results go: the main ones first, then those of each tag; null for those that nobody takes. */
    List<@Nullable RowOutput> outputs() {
        List<@Nullable RowOutput> all = new ArrayList<>();
        all.add(stage.next.length == 0 ? null : this);
        for (ChainStep[] side : stage.sides) {
            all.add(side.length == 0 ? null : new SideOutput(side));
        }
        return all;
    }

    /** Results beside the main ones. */
    private final class SideOutput implements RowOutput {
        private final ChainStep[] next;

        SideOutput(ChainStep[] next) {
            this.next = next;
        }

        @Override
        public void emit(RowId row, Object value, int revision, Pane pane) {
            replace(row, null, value, revision, pane);
        }

        @Override
        public void replace(RowId row, @Nullable Object former, Object value, int revision, Pane pane) {
            ResultWriter.this.replace(next, row, former, value, revision, pane);
        }

        @Override
        public void retract(RowId row, Object former, int revision, Pane pane) {
            takeBack(next, row, former, revision, pane, Set.of());
        }

        @Override
        public void fail(RowId row, byte @Nullable [] payload, int revision, Pane pane, Throwable error) {
            ResultWriter.this.fail(row, payload, revision, pane, error);
        }
    }

    /** Whether {@link Entry#former} must be known of what it writes. */
    boolean needsFormer() {
        return rows != null || changeable != null || direct == null;
    }

    /** Where results come into the stage; null where none does. */
    @Nullable
    StageInput input(StagePlan of) {
        return inputs[of.number];
    }

    void beginStep(List<Stage> stages) {
        for (int i = 0; i < inputs.length; i++) {
            StageInput input = inputs[i];
            if (input != null) {
                input.beginStep(stages.get(i).at.closedUpTo);
            }
        }
    }

    /** What it holds for topics. */
    long bytes() {
        long bytes = dead.bytes();
        for (Output sink : sinks) {
            bytes += sink.bytes();
        }
        return bytes;
    }

    /** Moves what it holds for topics; returns how many results that were. */
    long moveTo(Commit.Builder commit) {
        for (Output sink : sinks) {
            sink.moveTo(commit);
        }
        dead.moveTo(commit);
        long count = written;
        written = 0;
        return count;
    }

    long takeFailed() {
        long count = failed;
        failed = 0;
        return count;
    }

    /** Moves the counts of what has left the operator, and of those behind it. */
    void moveCountsTo(OperatorTotals totals, CompiledPipeline pipeline) {
        totals.takeFrom(processor.counts);
        totals.add(stage.place, 0, left);
        if (direct != null) {
            for (int place : direct.places) {
                totals.add(place, left, left);
            }
        }
        left = 0;
        for (int i = 0; i < sinkArrivals.length; i++) {
            totals.add(pipeline.sinkPlaces[i], sinkArrivals[i], sinkArrivals[i]);
            sinkArrivals[i] = 0;
        }
    }

    /** @param time the timestamp of a running result; a window's result has the last millisecond of its window */
    void write(Entry entry, int revision, Pane pane, long time) {
        if (rows != null) {
            rows.write(entry, revision, pane);
        } else if (changeable == null || !isEmpty(changeable, entry.accumulator)) {
            writeOne(entry, revision, pane, time);
            // Of a running aggregate it says that a result stands.
            entry.isFinal |= !entry.isWindowed();
        } else if (!entry.isWindowed()) {
            takeBackRunning(entry, time);
        } else if (!isEmpty(changeable, entry.former) || stage.early != null) {
            takeBack(entry, revision, pane);
        }
    }

    private static boolean isEmpty(RowsAggregate changeable, @Nullable Object accumulator) {
        return accumulator == null || changeable.isEmpty((RowSet) accumulator);
    }

    private void writeOne(Entry entry, int revision, Pane pane, long time) {
        long timestamp = entry.isWindowed() ? entry.window.endMillis() - 1 : time;
        if (direct == null) {
            writeThrough(entry, revision, pane, timestamp);
        } else {
            writeDirect(direct, entry, revision, pane, timestamp);
        }
    }

    private void writeDirect(DirectResult to, Entry entry, int revision, Pane pane, long timestamp) {
        boolean windowed = entry.isWindowed();
        ResultKey.write(entry.key, windowed ? entry.window : null, keySink);
        valueSink.reset();
        try {
            Result<Object, Object> result = result(entry, revision, pane);
            to.codec.encode(to.mapper == null ? result : to.mapper.apply(result), valueSink);
            requireFits(to.sink);
        } catch (RecordFailure e) {
            bury(entry, timestamp, e.reason(), e);
            return;
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            bury(entry, timestamp, RecordFailure.RESULT_FAILED, e);
            return;
        }
        left++;
        add(to.sink, entry.hash, timestamp, windowed ? headers(entry.window, revision, pane) : List.of());
    }

    private void requireFits(int sink) throws RecordFailure {
        if (keySink.size() + valueSink.size() + RECORD_OVERHEAD_BYTES > recordBytesMax[sink]) {
            throw new RecordFailure(
                    FailureClass.CODE,
                    RecordFailure.RESULT_TOO_LARGE,
                    "a result of " + (keySink.size() + valueSink.size()) + " bytes is larger than topic '"
                            + sinks[sink].topic() + "' takes (" + recordBytesMax[sink] + ")");
        }
    }

    private void add(int sink, int hash, long timestamp, List<Header> itsHeaders) {
        sinks[sink].add(
                Murmur2.partition(hash, sinks[sink].partitions()),
                timestamp,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                ByteBuffer.wrap(valueSink.array(), 0, valueSink.size()),
                itsHeaders);
        written++;
    }

    /** Takes a window's result back, so that readers who keep the newest one forget it. */
    void retract(Entry entry, int revision, Pane pane) {
        if (rows != null) {
            rows.retract(entry, revision, pane);
            return;
        }
        if (changeable != null && entry.isFinal && isEmpty(changeable, entry.former)) {
            return;
        }
        takeBack(entry, revision, pane);
    }

    /**
     * All elements of a key have been taken back. What stages behind have made of its results stays: those are events. What
     * it was is not known, so every record of a topic is taken back that a result can have become: of those that stand.
     */
    private void takeBackRunning(Entry entry, long time) {
        if (entry.isFinal && direct != null) {
            ResultKey.write(entry.key, null, keySink);
            tombstone(direct.sink, entry.hash, time, List.of());
        } else if (entry.isFinal) {
            numbers.clear();
            takeBackRunning(stage.next, new RowId(entry.key, entry.hash, ONE_ROW, null, time));
        }
        entry.isFinal = false;
    }

    /** How many records there are behind a {@code flatMap} is not known either: those stay. */
    private void takeBackRunning(ChainStep[] next, RowId row) {
        for (ChainStep step : next) {
            if (step.kind == ChainStep.SINK && !step.isKeyed) {
                int number = numbers.merge(step.place, 1, Integer::sum) - 1;
                byte[] id = idOf(number, step.target, row);
                ResultKey.write(row.key(), id, null, keySink);
                List<Header> itsHeaders = id.length == 0 ? List.of() : ResultKey.headers(id, null, 0, Pane.FINAL);
                tombstone(step.target, row.hash(), row.timeMillis(), itsHeaders);
            } else if (step.kind != ChainStep.FLAT_MAP) {
                takeBackRunning(step.next, row);
            }
        }
    }

    /** Under the key at hand. */
    private void tombstone(int sink, int hash, long timestamp, List<Header> itsHeaders) {
        sinks[sink].add(
                Murmur2.partition(hash, sinks[sink].partitions()),
                timestamp,
                ByteBuffer.wrap(keySink.array(), 0, keySink.size()),
                null,
                itsHeaders);
        written++;
    }

    private void takeBack(Entry entry, int revision, Pane pane) {
        if (direct == null) {
            RowId row = new RowId(entry.key, entry.hash, ONE_ROW, entry.window, entry.window.endMillis() - 1);
            Object former = former(entry, revision, pane);
            if (former != null) {
                takeBack(stage.next, row, former, revision, pane, Set.of());
            }
            return;
        }
        ResultKey.write(entry.key, entry.window, keySink);
        tombstone(direct.sink, entry.hash, entry.window.endMillis() - 1, headers(entry.window, revision, pane));
    }

    /** What the entry's result was when it was told last; null if it was not. */
    private @Nullable Object former(Entry entry, int revision, Pane pane) {
        if (entry.former == null || (changeable != null && isEmpty(changeable, entry.former))) {
            return null;
        }
        Entry told = new Entry(entry.kind, entry.key, entry.hash, entry.window, entry.former);
        try {
            return result(told, revision, pane);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            // It had failed in the same way, and was not told.
            return null;
        }
    }

    private Result<Object, Object> result(Entry entry, int revision, Pane pane) throws Exception {
        Object key = entry.decodedKey;
        if (key == null) {
            key = stage.keyCodec.decode(entry.key, 0, entry.key.length);
            // Kept only where it is needed again: a running result comes with every element.
            entry.decodedKey = entry.isWindowed() ? null : key;
        }
        Object value = stage.aggregate.result(entry.accumulator);
        return new Result<>(key, entry.isWindowed() ? entry.window : null, value, revision, pane);
    }

    // ---- through operators ----

    private void writeThrough(Entry entry, int revision, Pane pane, long timestamp) {
        Window window = entry.isWindowed() ? entry.window : null;
        RowId row = new RowId(entry.key, entry.hash, ONE_ROW, window, timestamp);
        sequence = window == null ? entry.count : 0;
        Object former = former(entry, revision, pane);
        Object result;
        try {
            result = result(entry, revision, pane);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            takeBackFormer(stage.next, row, former, revision, pane);
            bury(entry, timestamp, RecordFailure.RESULT_FAILED, e);
            return;
        }
        Failure failure = send(stage.next, row, result, former, revision, pane);
        if (failure != null) {
            takeBackFormer(stage.next, row, former, revision, pane);
            bury(entry, timestamp, RecordFailure.EXCEPTION, failure.error());
        }
    }

    /** Where a result fails, what its former value became is true no longer. */
    private void takeBackFormer(ChainStep[] next, RowId row, @Nullable Object former, int revision, Pane pane) {
        if (former != null) {
            takeBack(next, row, former, revision, pane, Set.of());
        }
    }

    /** Sends what a result becomes to where it ends, all of it or nothing, and takes back what its former value became. */
    private @Nullable Failure send(
            ChainStep[] next, RowId row, Object value, @Nullable Object former, int revision, Pane pane) {
        Failure failure = processor.process(stage, next, value, row.timeMillis());
        if (failure != null) {
            return failure;
        }
        Elements elements = processor.elements;
        try {
            number(elements);
            for (int i = 0; i < elements.count; i++) {
                if (elements.ends[i].kind == ChainStep.SINK) {
                    prepare(elements, i, row);
                    requireFits(elements.ends[i].target);
                } else {
                    fold(elements, i, row, revision, false);
                }
            }
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            return processor.undo(e);
        }
        Set<ByteBuffer> sent = new HashSet<>();
        for (int i = 0; i < elements.count; i++) {
            if (elements.ends[i].kind == ChainStep.SINK) {
                prepare(elements, i, row);
                emit(elements, i, row, revision, pane);
                sent.add(identity(elements.ends[i]));
            } else if (former == null || inputOf(elements.ends[i]).stage.process == null) {
                foldInto(inputOf(elements.ends[i]), elements, i, row, revision, pane);
            } else {
                inputOf(elements.ends[i]).refuse();
            }
        }
        left++;
        if (former != null) {
            takeBack(next, row, former, revision, pane, sent);
        }
        return null;
    }

    /** What is forgotten is not told anew, by this element alone: the element is a dead letter. */
    private void foldInto(StageInput input, Elements elements, int i, RowId row, int revision, Pane pane) {
        Window forgotten = input.forgottenWindow(elements.times[i]);
        if (forgotten == null) {
            input.fold(elements, i, 0, NONE_MISSED);
            return;
        }
        input.refuseForgotten();
        RecordFailure error = new RecordFailure(
                FailureClass.LATE,
                RecordFailure.BEYOND_CORRECTION,
                "the result of '" + stage.statefulName() + "' belongs to " + forgotten + " of '"
                        + input.stage.statefulName() + "', which closed longer ago than it is correctable for");
        fail(row, null, revision, pane, input.stage.statefulName(), error);
    }

    /** Takes back what a former value became, but for the records that others have replaced. */
    private void takeBack(
            ChainStep[] next, RowId row, Object former, int revision, Pane pane, Set<ByteBuffer> replaced) {
        if (processor.process(stage, next, former, row.timeMillis()) != null) {
            // It had failed in the same way, and went nowhere.
            return;
        }
        Elements elements = processor.elements;
        number(elements);
        for (int i = 0; i < elements.count; i++) {
            ChainStep end = elements.ends[i];
            if (end.kind == ChainStep.STAGE) {
                try {
                    fold(elements, i, row, revision, true);
                } catch (Exception e) {
                    throw new IllegalStateException("rows are folded without user code", e);
                }
                // What an operator has done with an element cannot be changed: it has taken the first answer.
                if (inputOf(end).stage.process == null && inputOf(end).forgottenWindow(elements.times[i]) == null) {
                    inputOf(end).foldUncounted(elements, i);
                }
                continue;
            }
            if (end.isKeyed) {
                // What stands under a key of the user's own may be another row's.
                continue;
            }
            prepare(elements, i, row);
            if (!replaced.contains(identity(end))) {
                tombstone(
                        end.target,
                        hashOf(elements, i, row),
                        elements.times[i],
                        headersOf(elements, i, row, revision, pane));
            }
        }
        // What is taken back was counted when it left.
        processor.undo();
    }

    private StageInput inputOf(ChainStep end) {
        StageInput input = inputs[end.target];
        if (input == null) {
            throw new IllegalStateException("no way leads from '" + stage.statefulName() + "' to that stage");
        }
        return input;
    }

    /** Which of those that end in one place each element is. */
    private void number(Elements elements) {
        numbers.clear();
        for (int i = 0; i < elements.count; i++) {
            elements.numbers[i] = numbers.merge(elements.ends[i].place, 1, Integer::sum) - 1;
        }
    }

    /** Folds an element by itself: as it is, or as a change of a row where the stage has to know which one it was. */
    private void fold(Elements elements, int i, RowId row, int revision, boolean isRetracted) throws Exception {
        StagePlan to = inputOf(elements.ends[i]).stage;
        Object element = elements.values[i];
        if (to.keepsRows) {
            Row place = new Row(
                    elements.ends[i].input,
                    elements.times[i],
                    Origins.of(originId, row, sequence, elements.numbers[i]),
                    element);
            element = to.process != null ? place : new RowChange(place, revision, isRetracted);
        }
        elements.values[i] = to.aggregate.add(to.aggregate.create(), element);
    }

    /** The record's key is the result's identity, or the key that the element was given behind it. */
    private void prepare(Elements elements, int i, RowId row) {
        if (elements.keyLengths[i] >= 0) {
            keySink.reset();
            keySink.write(elements.keys.array(), elements.keyStarts[i], elements.keyLengths[i]);
        } else {
            ResultKey.write(row.key(), idOf(elements.numbers[i], elements.ends[i].target, row), row.window(), keySink);
        }
        valueSink.reset();
        valueSink.write(elements.encoded.array(), elements.encodedStarts[i], elements.encodedLengths[i]);
    }

    private void emit(Elements elements, int i, RowId row, int revision, Pane pane) {
        int sink = elements.ends[i].target;
        add(sink, hashOf(elements, i, row), elements.times[i], headersOf(elements, i, row, revision, pane));
        sinkArrivals[sink]++;
    }

    private static int hashOf(Elements elements, int i, RowId row) {
        return elements.keyLengths[i] >= 0 ? elements.hashes[i] : row.hash();
    }

    private List<Header> headersOf(Elements elements, int i, RowId row, int revision, Pane pane) {
        if (elements.keyLengths[i] >= 0) {
            // Its key says nothing of a window or a row.
            return row.window() == null ? List.of() : ResultKey.headers(revision, pane);
        }
        byte[] id = idOf(elements.numbers[i], elements.ends[i].target, row);
        if (id.length > 0) {
            return ResultKey.headers(id, row.window(), revision, pane);
        }
        return row.window() == null ? List.of() : headers(row.window(), revision, pane);
    }

    /**
     * Where a result may become several elements that end in one place, each has its number; where results of several operators
     * do, or elements of sources, each says of which one it is.
     */
    private byte[] idOf(int number, int sink, RowId row) {
        boolean namesStage = isShared[sink];
        if (!isNumbered[sink] && !namesStage) {
            return row.id();
        }
        ByteSink id = new ByteSink(row.id().length + 2 * Integer.BYTES);
        if (namesStage) {
            id.writeInt(originId);
        }
        id.write(row.id());
        if (isNumbered[sink]) {
            id.writeInt(number);
        }
        return id.toByteArray();
    }

    /** Of the record that has been prepared. */
    private ByteBuffer identity(ChainStep end) {
        return ByteBuffer.allocate(Integer.BYTES + keySink.size())
                .putInt(end.target)
                .put(keySink.array(), 0, keySink.size())
                .flip();
    }

    // ---- rows ----

    @Override
    public void emit(RowId row, Object value, int revision, Pane pane) {
        replace(row, null, value, revision, pane);
    }

    @Override
    public void replace(RowId row, @Nullable Object former, Object value, int revision, Pane pane) {
        replace(stage.next, row, former, value, revision, pane);
    }

    private void replace(ChainStep[] next, RowId row, @Nullable Object former, Object value, int revision, Pane pane) {
        Failure failure = send(next, row, value, former, revision, pane);
        if (failure != null) {
            takeBackFormer(next, row, former, revision, pane);
            fail(row, null, revision, pane, failure.error());
        }
        if (bytes() > ROWS_BYTES_MAX) {
            throw new LogException(
                    LogException.Code.COMMIT_TOO_LARGE,
                    "the results of one step have more than " + ROWS_BYTES_MAX + " bytes, those of '"
                            + stage.statefulName() + "' in " + row.window()
                            + " among them: make the results smaller, or take smaller windows");
        }
    }

    @Override
    public void retract(RowId row, Object former, int revision, Pane pane) {
        takeBack(stage.next, row, former, revision, pane, Set.of());
    }

    @Override
    public void fail(RowId row, byte @Nullable [] payload, int revision, Pane pane, Throwable error) {
        fail(row, payload, revision, pane, stage.statefulName(), error);
    }

    private void fail(RowId row, byte @Nullable [] payload, int revision, Pane pane, String operator, Throwable error) {
        ResultKey.write(row.key(), row.id(), row.window(), keySink);
        boolean fits = payload != null && payload.length + keySink.size() < deadBytesMax;
        bury(
                row.hash(),
                row.timeMillis(),
                ResultKey.headers(row.id(), row.window(), revision, pane),
                fits ? payload : null,
                operator,
                RecordFailure.RESULT_FAILED,
                error);
    }

    private List<Header> headers(Window window, int revision, Pane pane) {
        if (!window.equals(headersWindow) || revision != headersRevision || pane != headersPane) {
            headersWindow = window;
            headersRevision = revision;
            headersPane = pane;
            headers = ResultKey.headers(window, revision, pane);
        }
        return headers;
    }

    private void bury(Entry entry, long timestamp, String reason, Throwable error) {
        ResultKey.write(entry.key, entry.isWindowed() ? entry.window : null, keySink);
        ByteSink state = new ByteSink();
        stage.aggregate.write(entry.accumulator, state);
        boolean fits = state.size() + keySink.size() < deadBytesMax;
        List<Header> original = new ArrayList<>();
        if (entry.isWindowed()) {
            original.addAll(ResultKey.headers(entry.window, entry.revision, Pane.FINAL));
        }
        bury(entry.hash, timestamp, original, fits ? state.toByteArray() : null, stage.statefulName(), reason, error);
    }

    /** Of what comes from no record of a source. */
    DeadLetter.Origin originOf(int hash, long timestamp) {
        Output first = sinks[direct == null ? 0 : direct.sink];
        return new DeadLetter.Origin(first.topic(), Murmur2.partition(hash, first.partitions()), -1, timestamp);
    }

    int deadBytesMax() {
        return deadBytesMax;
    }

    /** Under the key at hand. */
    private void bury(
            int hash,
            long timestamp,
            List<Header> original,
            byte @Nullable [] payload,
            String operator,
            String reason,
            Throwable error) {
        failed++;
        byte[] key = keySink.toByteArray();
        DeadLetter.Origin origin = originOf(hash, timestamp);
        DeadLetter letter =
                deadLetters.of(key, payload, original, origin, DeadLetter.Phase.RESULT, operator, reason, error);
        dead.add(
                origin.partition() % dead.partitions(),
                timestamp,
                SourcePartition.wrap(letter.key()),
                SourcePartition.wrap(letter.payload()),
                letter.toHeaders());
    }
}
