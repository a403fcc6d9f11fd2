package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.api.plan.Row;
import io.tidemill.engine.RecordProcessor.Failure;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.log.Log;
import io.tidemill.log.LogException;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
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

    private final CompiledPipeline pipeline;
    private final Log log;
    private final TopicPartition partition;
    private final int stepBytesMax;
    private final int outputBytesMax;
    private final int elementsMax;
    private final int resultBytesMax;
    private final DeadLetters deadLetters;
    private final Predicate<Window> forgotten;
    private final RecordCursor records = new RecordCursor();
    private final RecordProcessor processor;
    final Cursor.Source at;
    private final LatenessSketch lateness;

    /** By lane. */
    final Partials[] partials;

    final Output late;
    final Output dead;
    final Output results;

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

    /** Windows that end at or before this have closed, if there is no allowed lateness. */
    private long closedUpTo = Long.MIN_VALUE;

    /** How many records the last step read. */
    int stepRecords;

    /** When it was first seen that there is nothing more to read; -1 while there is. */
    long caughtUpSince = -1;

    private long end;
    private final int topicId;

    SourcePartition(
            CompiledPipeline pipeline,
            Log log,
            TopicPartition partition,
            Cursor.Source at,
            LatenessSketch lateness,
            EngineOptions options,
            DeadLetters deadLetters,
            Predicate<Window> forgotten,
            int partitionCount,
            int resultPartitions,
            int resultBytesMax) {
        this.pipeline = pipeline;
        this.log = log;
        this.partition = partition;
        this.at = at;
        this.lateness = lateness;
        this.stepBytesMax = Math.max(1024, Math.min(options.stepBytesMax(), TOTAL_STEP_BYTES_MAX / partitionCount));
        this.outputBytesMax = TOTAL_OUTPUT_BYTES_MAX / partitionCount;
        // Where there are no windows, each element has a result.
        this.elementsMax = (pipeline.isWindowed() ? TOTAL_ELEMENTS_MAX : options.resultsPerStepMax()) / partitionCount;
        this.resultBytesMax = resultBytesMax;
        this.deadLetters = deadLetters;
        this.topicId = RowOrigin.topicId(partition.topic());
        this.forgotten = forgotten;
        this.processor = new RecordProcessor(pipeline);
        Aggregate<Object, Object, Object> aggregate = pipeline.aggregate;
        this.partials = new Partials[aggregate == null ? 0 : options.lanes()];
        for (int i = 0; i < partials.length; i++) {
            partials[i] = new Partials(pipeline.requireAggregate(), pipeline.isWindowed());
        }
        this.slice = pipeline.aligned == null ? null : new CurrentSlice(pipeline.aligned);
        this.late = new Output(pipeline.pipeline.lateTopic(), partitionCount);
        this.dead = new Output(pipeline.pipeline.deadTopic(), partitionCount);
        this.results = new Output(pipeline.to.topic(), resultPartitions);
    }

    /** {@link Long#MIN_VALUE} until there was a record with an event time. */
    long watermark() {
        return at.timed ? at.newestTime - pipeline.boundMillis : Long.MIN_VALUE;
    }

    boolean isCaughtUp() {
        return at.position >= end;
    }

    /** Elements into and out of each operator of the chain, since the last call. */
    void moveCountsTo(long[] chainCounts) {
        for (int i = 0; i < chainCounts.length; i++) {
            chainCounts[i] += processor.counts[i];
            processor.counts[i] = 0;
        }
    }

    /**
     * @param taking false to read nothing in this step, but see what there is
     * @param closedBefore up to where windows had closed before this step
     */
    void read(boolean taking, long closedBefore) {
        closedUpTo = closedBefore;
        stepRecords = 0;
        for (Partials each : partials) {
            each.clear();
        }
        windowCounts.clear();
        sliceCounts.clear();
        sessionOnTime = 0;
        sessionLate = 0;
        sessionLateBeforeHorizon = 0;
        countOfSlice = null;
        end = log.offsets(partition).end();
        if (at.position == end || !taking) {
            return;
        }
        try {
            log.fetch(partition, at.position, stepBytesMax, records);
        } catch (LogException e) {
            if (e.code() == LogException.Code.OFFSET_OUT_OF_RANGE) {
                throw new PipelineException(
                        "pipeline '" + pipeline.name() + "' is to go on at offset " + at.position + " of " + partition
                                + ", but retention has removed records that it had not read (" + e.getMessage()
                                + "). Give the topic a longer retention; to start again with what is left, run the"
                                + " pipeline under another name",
                        e);
            }
            throw e;
        }
        long elementsBefore = at.onTimeElements;
        long assignmentsBefore = at.assignments;
        while (records.next()) {
            stepRecords++;
            at.read++;
            process();
            // Where windows share no slices, an element is folded as often as it has windows.
            long folded = pipeline.isSliced ? at.onTimeElements - elementsBefore : at.assignments - assignmentsBefore;
            if (Math.max(folded, at.onTimeElements - elementsBefore) > elementsMax
                    || late.bytes() + dead.bytes() + results.bytes() > outputBytesMax) {
                // A small record may become much: what is made of them must fit the memory and a commit.
                at.position = records.offset() + 1;
                return;
            }
        }
        at.position = records.nextOffset();
    }

    private void process() {
        Failure failure = processor.process(
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
        if (pipeline.isWindowed() || pipeline.isOrdered()) {
            observe(processor.elements);
        }
        if (processor.newestTime != Long.MIN_VALUE && (!at.timed || processor.newestTime > at.newestTime)) {
            at.timed = true;
            at.newestTime = processor.newestTime;
        }
    }

    /** Notes how late the elements of a record are, by the watermark before it. */
    private void observe(Elements elements) {
        for (int i = 0; i < elements.count; i++) {
            long behind = at.timed ? at.newestTime - elements.times[i] : 0;
            // One that is in order is before the end of its windows, and under no bound late for any.
            lateness.add(behind, behind <= 0 ? -1 : at.newestTime - firstClosesAt(elements.times[i]));
        }
    }

    private long firstClosesAt(long time) {
        if (slice == null) {
            // An element is late for sessions, or for its turn, by its own millisecond.
            return time + 1 + pipeline.latenessMillis;
        }
        CurrentSlice of = requireSlice();
        of.moveTo(time);
        return of.leastEnd + pipeline.latenessMillis;
    }

    /** Gives every element of the record its fate; null if all went well. */
    private @Nullable Failure fold() {
        Elements elements = processor.elements;
        if (elements.count == 0) {
            at.filtered++;
            return null;
        }
        if (pipeline.aggregate == null) {
            return emit(elements);
        }
        Aggregate<Object, Object, Object> aggregate = pipeline.requireAggregate();
        if (pipeline.process != null) {
            makeRows(elements);
        }
        Failure forgottenWindow = checkRemembered(elements);
        if (forgottenWindow != null) {
            return forgottenWindow;
        }
        try {
            if (elements.count > 1) {
                // Folded one by one first: should one fail, none has been.
                for (int i = 0; i < elements.count; i++) {
                    elements.values[i] = aggregate.add(aggregate.create(), elements.values[i]);
                }
                foldAll(elements);
            } else {
                foldOne(elements);
            }
            return null;
        } catch (RecordFailure e) {
            processor.undo(e.failureClass(), e.reason(), e);
            return new Failure(pipeline.lastName(), e.failureClass(), e.reason(), e);
        } catch (Throwable e) {
            UserError.rethrowIfFatal(e);
            Failure failure = processor.undo(FailureClass.CODE, RecordFailure.EXCEPTION, e);
            String name = pipeline.aggregated == null ? failure.operator() : pipeline.aggregated.name();
            return new Failure(name, failure.failureClass(), failure.reason(), e);
        }
    }

    private void makeRows(Elements elements) {
        for (int i = 0; i < elements.count; i++) {
            byte[] origin = RowOrigin.of(topicId, partition.partition(), records.offset(), i);
            elements.values[i] = new Row(0, elements.times[i], origin, elements.values[i]);
        }
    }

    /**
     * A partition that was idle for so long that its windows can no longer be corrected is on time by its own clock, but
     * what its records belong to is gone: folding them into nothing would overwrite the right result with a wrong one.
     */
    private @Nullable Failure checkRemembered(Elements elements) {
        for (int i = 0; pipeline.sessions != null && i < elements.count; i++) {
            Window window = Cell.millisecond(elements.times[i]);
            if (!isLateForSessions(elements.times[i]) && forgotten.test(window)) {
                return forget(window);
            }
        }
        for (int i = 0; slice != null && i < elements.count; i++) {
            slice.moveTo(elements.times[i]);
            if (isOpen(slice)) {
                continue;
            }
            for (Window window : slice.windows) {
                if (lateBy(window) < 0 && forgotten.test(window)) {
                    return forget(window);
                }
            }
        }
        return null;
    }

    private Failure forget(Window window) {
        RecordFailure failure = new RecordFailure(
                FailureClass.LATE,
                RecordFailure.BEYOND_CORRECTION,
                "the partition was idle while the others closed the window " + window
                        + " and went on for longer than it is correctable for");
        processor.undo(failure.failureClass(), failure.reason(), failure);
        return new Failure(pipeline.lastName(), failure.failureClass(), failure.reason(), failure);
    }

    /** Whether all windows of the slice take records in, by this partition's time and by the pipeline's. */
    private boolean isOpen(CurrentSlice of) {
        return of.leastEnd + pipeline.latenessMillis > Math.max(watermark(), closedUpTo);
    }

    private void foldOne(Elements elements) throws Exception {
        Aggregate<Object, Object, Object> aggregate = pipeline.requireAggregate();
        int hash = elements.hashes[0];
        Partials lane = partials[Murmur2.lane(hash, partials.length)];
        if (slice == null) {
            foldWithoutSlices(lane, elements);
            return;
        }
        slice.moveTo(elements.times[0]);
        if (isOpen(slice) && (pipeline.isSliced || slice.windows.size() == 1)) {
            if (pipeline.isSliced) {
                addTo(lane, elements, slice.start, Partials.SLICE);
            } else {
                addTo(lane, elements, slice.windows.get(0).startMillis(), slice.leastEnd);
            }
            at.assignments += slice.windows.size();
            countSlice();
            at.onTimeElements++;
            at.onTime++;
            return;
        }
        // Where it is late, it is folded to nowhere, so that whether it fails does not depend on when it came.
        elements.values[0] = aggregate.add(aggregate.create(), elements.values[0]);
        List<LateRecord.Missed> missed = new ArrayList<>();
        mergeByWindow(elements, 0, missed);
        end(missed);
    }

    private void foldWithoutSlices(Partials lane, Elements elements) throws Exception {
        long time = elements.times[0];
        if (isLateForRows(time)) {
            List<LateRecord.Missed> missed = new ArrayList<>();
            missRow(0, time, missed);
            end(missed);
            return;
        } else if (pipeline.sessions == null) {
            addTo(lane, elements, Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (isLateForSessions(time)) {
            // To nowhere, as for other windows.
            elements.values[0] =
                    pipeline.requireAggregate().add(pipeline.requireAggregate().create(), elements.values[0]);
            List<LateRecord.Missed> missed = new ArrayList<>();
            miss(0, time, missed);
            end(missed);
            return;
        } else {
            addTo(lane, elements, time, time + 1);
            at.assignments++;
            sessionOnTime++;
        }
        at.onTimeElements++;
        at.onTime++;
    }

    /** An element that has to wait for its turn is late when the watermark has passed it. */
    private boolean isLateForRows(long time) {
        return pipeline.isOrdered() && at.timed && time < watermark();
    }

    private void missRow(int element, long time, List<LateRecord.Missed> missed) {
        Window window = Cell.millisecond(time);
        missed.add(new LateRecord.Missed(element, window, lateBy(window)));
        at.lateElements++;
    }

    /** An element is late for any session by its own time alone. */
    private boolean isLateForSessions(long time) {
        return at.timed && time < watermark() - pipeline.latenessMillis;
    }

    private void miss(int element, long time, List<LateRecord.Missed> missed) {
        Window window = Cell.millisecond(time);
        missed.add(new LateRecord.Missed(element, window, watermark() - pipeline.latenessMillis - time));
        sessionLateBeforeHorizon += forgotten.test(window) ? 1 : 0;
        at.assignments++;
        at.lateElements++;
        sessionLate++;
    }

    private static void addTo(Partials lane, Elements elements, long from, long to) throws Exception {
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
            throw new IllegalStateException("pipeline '" + pipeline.name() + "' has no windows");
        }
        return slice;
    }

    /** The list of what was missed travels in a header. */
    private void requireBoundedLateness(Elements elements) throws RecordFailure {
        long windows = slice == null ? 0 : windowsToNote(slice, elements);
        long last = Long.MIN_VALUE;
        for (int i = 0; (pipeline.sessions != null || pipeline.isOrdered()) && i < elements.count; i++) {
            long time = elements.times[i];
            windows += (isLateForRows(time) || (pipeline.sessions != null && isLateForSessions(time)))
                            && (i == 0 || time != last)
                    ? 1
                    : 0;
            last = time;
        }
        if (windows > LATE_WINDOWS_MAX) {
            throw new RecordFailure(
                    FailureClass.DATA,
                    RecordFailure.TOO_MANY_ELEMENTS,
                    "one record is late for more than " + LATE_WINDOWS_MAX
                            + " windows, which is more than can be noted");
        }
    }

    /** Neighbours that are late for one window, the same, are noted once; at most one more than may be. */
    private long windowsToNote(CurrentSlice of, Elements elements) {
        long windows = 0;
        Window single = null;
        for (int i = 0; i < elements.count && windows <= LATE_WINDOWS_MAX; i++) {
            of.moveTo(elements.times[i]);
            int count = 0;
            Window last = null;
            for (int j = 0; !isOpen(of) && j < of.windows.size(); j++) {
                if (lateBy(of.windows.get(j)) >= 0) {
                    last = of.windows.get(j);
                    count++;
                }
            }
            windows += count == 1 && last != null && last.equals(single) ? 0 : count;
            single = count == 1 ? last : null;
        }
        return windows;
    }

    /** Their values are accumulators already. */
    private void foldAll(Elements elements) throws RecordFailure {
        requireBoundedLateness(elements);
        List<LateRecord.Missed> missed = new ArrayList<>();
        for (int i = 0; i < elements.count; i++) {
            if (slice == null) {
                foldWithoutSlices(elements, i, missed);
                continue;
            }
            slice.moveTo(elements.times[i]);
            if (pipeline.isSliced && isOpen(slice)) {
                mergeInto(elements, i, slice.start, Partials.SLICE, elements.values[i]);
                at.assignments += slice.windows.size();
                countSlice();
                at.onTimeElements++;
            } else {
                mergeByWindow(elements, i, missed);
            }
        }
        end(missed);
    }

    private void foldWithoutSlices(Elements elements, int i, List<LateRecord.Missed> missed) {
        long time = elements.times[i];
        if (isLateForRows(time)) {
            missRow(i, time, missed);
            return;
        } else if (pipeline.sessions == null) {
            mergeInto(elements, i, Long.MIN_VALUE, Long.MAX_VALUE, elements.values[i]);
        } else if (isLateForSessions(time)) {
            miss(i, time, missed);
            return;
        } else {
            mergeInto(elements, i, time, time + 1, elements.values[i]);
            at.assignments++;
            sessionOnTime++;
        }
        at.onTimeElements++;
    }

    private void end(List<LateRecord.Missed> missed) {
        if (missed.isEmpty()) {
            at.onTime++;
        } else {
            bury(missed);
        }
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
                missed.add(new LateRecord.Missed(i, window, lateBy));
                counts[1]++;
            } else {
                // Each needs its own: what is merged may be kept, and changed.
                Object folded = mine == null ? pipeline.copy(elements.values[i]) : mine;
                mine = null;
                mergeInto(elements, i, window.startMillis(), window.endMillis(), folded);
                counts[0]++;
            }
        }
        if (missed.size() > missedBefore) {
            at.lateElements++;
        } else {
            at.onTimeElements++;
        }
    }

    private void mergeInto(Elements elements, int i, long from, long to, Object accumulator) {
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

    /** How far the watermark is past the window and its allowed lateness; negative while the window takes records. */
    private long lateBy(Window window) {
        return at.timed ? watermark() - pipeline.closesAt(window) : -1;
    }

    private DeadLetter.Origin origin() {
        return new DeadLetter.Origin(
                partition.topic(), partition.partition(), records.offset(), records.timestampMillis());
    }

    private void bury(List<LateRecord.Missed> missed) {
        at.late++;
        LateRecord record =
                new LateRecord(records.key(), records.value(), records.headers(), origin(), pipeline.name(), missed);
        late.add(
                partition.partition(),
                records.timestampMillis(),
                wrap(record.key()),
                wrap(record.payload()),
                record.toHeaders());
    }

    private void bury(Failure failure) {
        at.deadLettered++;
        DeadLetter letter = deadLetters.of(
                records.key(),
                records.value(),
                records.headers(),
                origin(),
                failure.operator(),
                failure.failureClass(),
                failure.reason(),
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

    private @Nullable Failure emit(Elements elements) {
        byte[] encoded = elements.encoded.array();
        for (int i = 0; i < elements.count; i++) {
            ByteBuffer key = keyOf(elements, i);
            int length =
                    elements.encodedStarts[i + 1] - elements.encodedStarts[i] + (key == null ? 0 : key.remaining());
            if (length + ResultWriter.RECORD_OVERHEAD_BYTES > resultBytesMax) {
                return processor.undo(
                        FailureClass.CODE,
                        RecordFailure.RESULT_TOO_LARGE,
                        new RecordFailure(
                                FailureClass.CODE,
                                RecordFailure.RESULT_TOO_LARGE,
                                "a result of " + length + " bytes is larger than its topic takes"));
            }
        }
        for (int i = 0; i < elements.count; i++) {
            ByteBuffer key = keyOf(elements, i);
            ByteBuffer value = ByteBuffer.wrap(
                    encoded, elements.encodedStarts[i], elements.encodedStarts[i + 1] - elements.encodedStarts[i]);
            int target = key == null
                    ? partition.partition() % results.partitions()
                    : Murmur2.partition(
                            Murmur2.hash(key.array(), key.arrayOffset() + key.position(), key.remaining()),
                            results.partitions());
            results.add(target, elements.times[i], key, value, List.of());
        }
        at.onTime++;
        at.onTimeElements += elements.count;
        return null;
    }

    private @Nullable ByteBuffer keyOf(Elements elements, int element) {
        if (pipeline.keyBy != null) {
            return ByteBuffer.wrap(elements.keys.array(), elements.keyStarts[element], elements.keyLengths[element]);
        }
        return records.keyLength() < 0
                ? null
                : ByteBuffer.wrap(records.array(), records.keyStart(), records.keyLength());
    }
}
