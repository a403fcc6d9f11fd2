package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Row;
import io.tidemill.engine.RecordProcessor.Failure;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.Commit;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicDescription;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The first half of a step, for one partition: read, process, judge by the partition's own watermark, fold. Used by one
 * thread at a time.
 */
final class SourcePartition {
    /** What one step reads from all partitions together; a commit must hold what becomes of it. */
    private static final int TOTAL_STEP_BYTES_MAX = 32 << 20;

    /** What one step makes of the records of all partitions together. */
    private static final int TOTAL_OUTPUT_BYTES_MAX = 32 << 20;

    private static final int TOTAL_ELEMENTS_MAX = 500_000;
    private static final int LATE_WINDOWS_MAX = 5_000;
    private static final int LATE_WAITING_MAX = 64;

    /** About what a note of lateness takes in a record. */
    private static final int LATE_WINDOW_BYTES = 40;

    private final SourcePlan source;
    private final String pipelineName;
    private final Log log;
    final TopicPartition partition;
    private final int stepBytesMax;
    private final int outputBytesMax;
    private final int elementsMax;
    private final int resultsMax;
    private final DeadLetters deadLetters;
    private final RecordCursor records = new RecordCursor();
    private final @Nullable GeneratedProgress progress;
    private final RecordProcessor processor;
    final Cursor.Source at;
    private final LatenessSketch lateness;
    final Output late;
    final Output dead;

    /** By the number of the sink. */
    final Output[] results;

    private final int[] resultBytesMax;

    /** By the number of the stage; null where none of the topic's elements goes. */
    private final @Nullable StageInput[] inputs;

    /** Those that there are. */
    private final StageInput[] fed;

    /** Whether elements become results by themselves, since no window gathers them. */
    private final boolean mayEmit;

    /** Late records of this step that have yet to be written. */
    private final List<LateRecord> lateRecords = new ArrayList<>();

    /** About what they take when they are written. */
    private long lateBytes;

    /** Whether anything has been made for topics since that was last measured. */
    private boolean hasOutput;

    /** Of the record at hand, the element that is being folded. */
    private int folding;

    /** Of the record at hand, how many elements go to each stage. */
    private final int[] numbers;

    /** Elements of this step that have come to each sink. */
    final long[] sinkArrivals;

    /** By the number of the sink, among the pipeline's operators. */
    private final int[] sinkPlaces;

    /** Records of this step that have become elements. */
    private long entered;

    /** How many records the last step read. */
    int stepRecords;

    /** When it was first seen that there is nothing more to read; -1 while there is. */
    long caughtUpSince = -1;

    /** Whether it is not read because it is further ahead than it may be. */
    boolean heldBack;

    /** The newest event time of this run, for as long as a generator has not said how far the partition has come. */
    private long seenTime = Long.MIN_VALUE;

    private long end;

    /** What partitions have in common. */
    record Shared(
            CompiledPipeline pipeline,
            Log log,
            EngineOptions options,
            DeadLetters deadLetters,
            PipelineTopics topics,
            List<Stage> stages,
            int partitions) {}

    SourcePartition(Shared shared, SourcePlan source, int number, Cursor.Source at, LatenessSketch lateness) {
        CompiledPipeline pipeline = shared.pipeline;
        EngineOptions options = shared.options;
        this.source = source;
        this.pipelineName = pipeline.name();
        this.log = shared.log;
        this.partition = new TopicPartition(source.topic(), number);
        this.at = at;
        this.lateness = lateness;
        this.stepBytesMax = Math.max(1024, Math.min(options.stepBytesMax(), TOTAL_STEP_BYTES_MAX / shared.partitions));
        this.outputBytesMax = TOTAL_OUTPUT_BYTES_MAX / shared.partitions;
        this.elementsMax = TOTAL_ELEMENTS_MAX / shared.partitions;
        this.resultsMax = options.resultsPerStepMax() / shared.partitions;
        this.deadLetters = shared.deadLetters;
        this.progress = GeneratedProgress.of(source, at, pipelineName);
        this.processor = new RecordProcessor(pipeline, progress);
        this.late = new Output(
                pipeline.pipeline.lateTopic(), shared.topics.late().config().partitions());
        this.dead = new Output(
                pipeline.pipeline.deadTopic(), shared.topics.dead().config().partitions());
        this.results = new Output[pipeline.sinks.size()];
        this.resultBytesMax = new int[results.length];
        for (int i = 0; i < results.length; i++) {
            TopicDescription topic = shared.topics.results().get(i);
            results[i] = new Output(topic.name(), topic.config().partitions());
            resultBytesMax[i] = topic.config().recordBytesMax();
        }
        this.sinkArrivals = new long[results.length];
        this.sinkPlaces = pipeline.sinkPlaces;
        this.inputs = new StageInput[shared.stages.size()];
        this.numbers = new int[inputs.length];
        for (Stage stage : shared.stages) {
            if (stage.plan.sources.contains(source.number)) {
                inputs[stage.plan.number] = new StageInput(
                        stage.plan, at, source.boundMillis, options.lanes(), stage::isForgottenForElements);
            }
        }
        this.fed = Arrays.stream(inputs).filter(Objects::nonNull).toArray(StageInput[]::new);
        this.mayEmit = Arrays.stream(fed).anyMatch(input -> !input.hasLateness);
    }

    SourcePlan source() {
        return source;
    }

    /** Where its elements come into the stage; null where none does. */
    @Nullable
    StageInput input(StagePlan stage) {
        return inputs[stage.number];
    }

    private StageInput inputOf(int element) {
        StageInput input = inputs[processor.elements.ends[element].target];
        if (input == null) {
            throw new IllegalStateException("no way leads from " + partition + " to that stage");
        }
        return input;
    }

    /** {@link Long#MIN_VALUE} until there was a record with an event time. */
    long watermark() {
        return at.timed ? at.newestTime - source.boundMillis : Long.MIN_VALUE;
    }

    /** Sees what there is to read. */
    void look() {
        end = log.offsets(partition).end();
    }

    /** How many offsets there are to read. */
    long behind() {
        return end - at.position;
    }

    /** How far it has come, also where its generator has not yet spoken; {@link Long#MIN_VALUE} if nobody knows. */
    long placeMillis() {
        return at.timed ? at.newestTime : seenTime;
    }

    boolean isCaughtUp() {
        return at.position >= end;
    }

    /** Elements into and out of each operator in this step. */
    void moveCountsTo(OperatorTotals totals) {
        totals.takeFrom(processor.counts);
        totals.add(source.place, entered, entered);
        for (int i = 0; i < sinkArrivals.length; i++) {
            totals.add(sinkPlaces[i], sinkArrivals[i], sinkArrivals[i]);
        }
    }

    /** Moves what there is for topics; returns how many results that were. */
    long moveOutput(Commit.Builder commit) {
        long count = 0;
        for (Output output : results) {
            count += output.count();
            output.moveTo(commit);
        }
        late.moveTo(commit);
        dead.moveTo(commit);
        return count;
    }

    /**
     * Reads what there was when it was {@link #look looked at}.
     *
     * @param taking false to read nothing in this step
     * @param stages by number; up to where their windows had closed before this step
     */
    void read(boolean taking, List<Stage> stages) {
        stepRecords = 0;
        entered = 0;
        Arrays.fill(sinkArrivals, 0);
        for (int i = 0; i < inputs.length; i++) {
            StageInput input = inputs[i];
            if (input != null) {
                input.beginStep(stages.get(i).at.closedUpTo);
            }
        }
        if (at.position == end || !taking || heldBack) {
            return;
        }
        try {
            log.fetch(partition, at.position, stepBytesMax, records);
        } catch (LogException e) {
            if (e.code() == LogException.Code.OFFSET_OUT_OF_RANGE) {
                throw new PipelineException(
                        "pipeline '" + pipelineName + "' is to go on at offset " + at.position + " of " + partition
                                + ", but retention has removed records that it had not read (" + e.getMessage()
                                + "). Give the topic a longer retention; to start again with what is left, run the"
                                + " pipeline under another name",
                        e);
            }
            throw e;
        }
        processor.beginStep();
        long elementsBefore = at.onTimeElements;
        while (records.next()) {
            stepRecords++;
            at.read++;
            process();
            if (lateRecords.size() >= LATE_WAITING_MAX) {
                writeLate();
            }
            if (isFull(elementsBefore)) {
                at.position = records.offset() + 1;
                writeLate();
                return;
            }
        }
        at.position = records.nextOffset();
        writeLate();
    }

    /** A small record may become much: what is made of them must fit the memory and a commit. */
    private boolean isFull(long elementsBefore) {
        if (Math.max(folded(), at.onTimeElements - elementsBefore) > elementsMax) {
            return true;
        }
        if (!hasOutput && !mayEmit) {
            return false;
        }
        hasOutput = false;
        return emitted() > resultsMax || outputBytes() > outputBytesMax;
    }

    /** Where windows share no slices, an element is folded as often as it has windows. */
    private long folded() {
        long folded = 0;
        for (StageInput input : fed) {
            folded += input.folded;
        }
        return folded;
    }

    /** Results that elements have by themselves, since no window gathers them. */
    private long emitted() {
        long emitted = 0;
        for (StageInput input : fed) {
            emitted += input.hasLateness ? 0 : input.arrived;
        }
        for (long arrivals : sinkArrivals) {
            emitted += arrivals;
        }
        return emitted;
    }

    private long outputBytes() {
        long bytes = late.bytes() + lateBytes + dead.bytes();
        for (Output output : results) {
            bytes += output.bytes();
        }
        return bytes;
    }

    private void process() {
        if (source.table != null) {
            processor.recordKey(records.array(), records.keyStart(), records.keyLength());
        }
        Failure failure = processor.process(
                source,
                records.array(),
                records.valueStart(),
                records.valueLength(),
                records.timestampMillis(),
                records.appendTimeMillis());
        if (failure == null) {
            failure = fold();
        }
        if (failure != null) {
            bury(failure);
            return;
        }
        entered++;
        observe(processor.elements);
        if (processor.newestTime != Long.MIN_VALUE && (!at.timed || processor.newestTime > at.newestTime)) {
            at.timed = true;
            at.newestTime = processor.newestTime;
        }
        if (progress != null) {
            progress.keep();
            seenTime = Math.max(seenTime, processor.seenTime);
        }
    }

    /** Notes how late the elements of a record are, by the watermark before it. */
    private void observe(Elements elements) {
        for (int i = 0; i < elements.count; i++) {
            if (elements.ends[i].kind == ChainStep.STAGE) {
                inputOf(i).observe(elements.times[i], lateness);
            }
        }
    }

    /** Gives every element of the record its fate; null if all went well. */
    private @Nullable Failure fold() {
        Elements elements = processor.elements;
        folding = 0;
        try {
            if (elements.count == 1 && isFolded(elements)) {
                at.onTime++;
                return null;
            }
            return foldAny(elements);
        } catch (RecordFailure e) {
            String name = nameOf(elements, folding, true);
            processor.undo();
            return new Failure(name, e);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            String name = nameOf(elements, folding, false);
            processor.undo();
            return new Failure(name, e);
        }
    }

    /** The only element of a record, if it is like most: for a window that is open. */
    private boolean isFolded(Elements elements) throws Exception {
        if (elements.ends[0].kind != ChainStep.STAGE) {
            return false;
        }
        StageInput input = inputOf(0);
        return !input.stage.keepsRows && input.foldOpen(elements);
    }

    private @Nullable Failure foldAny(Elements elements) throws Exception {
        if (elements.count == 0) {
            at.filtered++;
            return null;
        }
        Failure refused = check(elements);
        if (refused != null) {
            return refused;
        }
        makeRows(elements);
        if (elements.count == 1) {
            foldOne(elements);
            return null;
        }
        // Folded one by one first: should one fail, none has been.
        for (; folding < elements.count; folding++) {
            if (elements.ends[folding].kind == ChainStep.STAGE) {
                Aggregate<Object, Object, Object> aggregate = inputOf(folding).stage.aggregate;
                elements.values[folding] = aggregate.add(aggregate.create(), elements.values[folding]);
            }
        }
        folding = 0;
        requireBoundedLateness(elements);
        foldAll(elements);
        return null;
    }

    private String nameOf(Elements elements, int element, boolean before) {
        ChainStep step = elements.ends[Math.min(element, elements.count - 1)];
        if (step.kind == ChainStep.SINK) {
            return step.operator.name();
        }
        StagePlan stage = inputOf(Math.min(element, elements.count - 1)).stage;
        return before ? stage.lastName() : stage.statefulName();
    }

    /** Gives the elements their place, for stages that ask for it. */
    private void makeRows(Elements elements) {
        Arrays.fill(numbers, 0);
        for (int i = 0; i < elements.count; i++) {
            ChainStep end = elements.ends[i];
            if (end.kind == ChainStep.STAGE) {
                int number = numbers[end.target]++;
                if (inputOf(i).stage.keepsRows) {
                    byte[] origin = Origins.of(source, partition.partition(), records.offset(), number);
                    elements.values[i] = new Row(end.input, elements.times[i], origin, elements.values[i]);
                }
            }
        }
    }

    private void foldOne(Elements elements) throws Exception {
        List<LateRecord.Missed> missed = null;
        if (elements.ends[0].kind == ChainStep.STAGE) {
            missed = inputOf(0).foldOne(elements);
        } else {
            emit(elements, 0);
        }
        if (missed == null) {
            at.onTime++;
        } else {
            bury(missed);
        }
    }

    /** Values for stages are accumulators already. */
    private void foldAll(Elements elements) {
        List<LateRecord.Missed> missed = new ArrayList<>();
        Arrays.fill(numbers, 0);
        for (int i = 0; i < elements.count; i++) {
            if (elements.ends[i].kind == ChainStep.STAGE) {
                inputOf(i).fold(elements, i, numbers[elements.ends[i].target]++, missed);
            } else {
                emit(elements, i);
            }
        }
        if (missed.isEmpty()) {
            at.onTime++;
        } else {
            // What neighbours miss is noted once, and elements for several operators take turns.
            missed.sort(Comparator.comparing(LateRecord.Missed::operator));
            bury(missed);
        }
    }

    /**
     * A partition that was idle for so long that its windows can no longer be corrected is on time by its own clock, but
     * what its records belong to is gone: folding them into nothing would overwrite the right result with a wrong one. And a
     * result must fit its topic.
     */
    private @Nullable Failure check(Elements elements) {
        for (int i = 0; i < elements.count; i++) {
            if (elements.ends[i].kind == ChainStep.SINK) {
                int length = elements.encodedLengths[i] + Math.max(0, keyLength(elements, i));
                if (length + ResultWriter.RECORD_OVERHEAD_BYTES > resultBytesMax[elements.ends[i].target]) {
                    return refuse(
                            elements.ends[i].operator.name(),
                            new RecordFailure(
                                    FailureClass.CODE,
                                    RecordFailure.RESULT_TOO_LARGE,
                                    "a result of " + length + " bytes is larger than its topic takes"));
                }
            } else {
                Window window = inputOf(i).forgottenWindow(elements.times[i]);
                if (window != null) {
                    return refuse(
                            inputOf(i).stage.lastName(),
                            new RecordFailure(
                                    FailureClass.LATE,
                                    RecordFailure.BEYOND_CORRECTION,
                                    "the partition was idle while the others closed the window " + window
                                            + " and went on for longer than it is correctable for"));
                }
            }
        }
        return null;
    }

    private Failure refuse(String operator, RecordFailure failure) {
        processor.undo();
        return new Failure(operator, failure);
    }

    /** The list of what was missed travels in a header. */
    private void requireBoundedLateness(Elements elements) throws RecordFailure {
        long windows = 0;
        for (int stage = 0; stage < inputs.length; stage++) {
            StageInput input = inputs[stage];
            windows += input == null ? 0 : notesOfLateness(input, elements, LATE_WINDOWS_MAX - windows);
            if (windows > LATE_WINDOWS_MAX) {
                throw new RecordFailure(
                        FailureClass.DATA,
                        RecordFailure.TOO_MANY_ELEMENTS,
                        "one record is late for more than " + LATE_WINDOWS_MAX
                                + " windows, which is more than can be noted");
            }
        }
    }

    /**
     * Of one stage. Neighbours that are late for one window, the same, are noted once.
     *
     * @param max from where on it does not matter how many more there are
     */
    private static long notesOfLateness(StageInput input, Elements elements, long max) {
        long notes = 0;
        Window single = null;
        for (int i = 0; i < elements.count && notes <= max; i++) {
            ChainStep end = elements.ends[i];
            if (end.kind == ChainStep.STAGE && end.target == input.stage.number) {
                int count = input.windowsMissed(elements.times[i]);
                Window last = input.lastMissed;
                notes += count == 1 && last != null && last.equals(single) ? 0 : count;
                single = count == 1 ? last : null;
            }
        }
        return notes;
    }

    private DeadLetter.Origin origin() {
        return new DeadLetter.Origin(
                partition.topic(), partition.partition(), records.offset(), records.timestampMillis());
    }

    private void bury(List<LateRecord.Missed> missed) {
        at.late++;
        lateRecords.add(
                new LateRecord(records.key(), records.value(), records.headers(), origin(), pipelineName, missed));
        lateBytes += Math.max(0, records.keyLength())
                + Math.max(0, records.valueLength())
                + (long) missed.size() * LATE_WINDOW_BYTES;
        hasOutput = true;
    }

    /** Many at a time: what is rare is not to be compiled into what every record goes through, which takes the JIT long. */
    private void writeLate() {
        for (LateRecord record : lateRecords) {
            late.add(
                    partition.partition(),
                    record.origin().timestampMillis(),
                    wrap(record.key()),
                    wrap(record.payload()),
                    record.toHeaders());
        }
        lateRecords.clear();
        lateBytes = 0;
    }

    private void bury(Failure failure) {
        at.deadLettered++;
        hasOutput = true;
        DeadLetter letter = deadLetters.of(
                records.key(),
                records.value(),
                records.headers(),
                origin(),
                DeadLetter.Phase.RECORD,
                failure.operator(),
                RecordFailure.EXCEPTION,
                failure.error());
        dead.add(
                partition.partition(),
                records.timestampMillis(),
                wrap(letter.key()),
                wrap(letter.payload()),
                letter.toHeaders());
    }

    static @Nullable ByteBuffer wrap(byte @Nullable [] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    private void emit(Elements elements, int i) {
        int sink = elements.ends[i].target;
        Output output = results[sink];
        ByteBuffer key = keyOf(elements, i);
        ByteBuffer value =
                ByteBuffer.wrap(elements.encoded.array(), elements.encodedStarts[i], elements.encodedLengths[i]);
        int target = key == null
                ? partition.partition() % output.partitions()
                : Murmur2.partition(
                        Murmur2.hash(key.array(), key.arrayOffset() + key.position(), key.remaining()),
                        output.partitions());
        output.add(target, elements.times[i], key, value, List.of());
        hasOutput = true;
        sinkArrivals[sink]++;
        at.onTimeElements++;
    }

    private int keyLength(Elements elements, int element) {
        return elements.keyLengths[element] >= 0 ? elements.keyLengths[element] : records.keyLength();
    }

    private @Nullable ByteBuffer keyOf(Elements elements, int element) {
        if (elements.keyLengths[element] >= 0) {
            return ByteBuffer.wrap(elements.keys.array(), elements.keyStarts[element], elements.keyLengths[element]);
        }
        return records.keyLength() < 0
                ? null
                : ByteBuffer.wrap(records.array(), records.keyStart(), records.keyLength());
    }
}
