package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Row;
import io.tidemill.engine.RecordProcessor.Failure;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Folds late records into the windows that they missed. A part at a time: each part reads some late records, merges their
 * elements by key and window, joins them to what had closed, and commits the corrected results, the accumulators and how
 * far it has come, all at once. Elements whose window has not closed yet are kept in the state until it has. Of sessions: also
 * those that would change one which has not.
 */
final class Correction {
    private static final int PART_BYTES = 4 << 20;
    private static final int PARTS_MAX = 100_000;

    /** What one commit emits and closes of sessions, but for the last key. */
    private static final long SESSION_BYTES_MAX = 16 << 20;

    private final PipelineTask task;
    private final CompiledPipeline pipeline;
    private final RecordProcessor processor;

    /** Of the record at hand: by stage, which of its elements go there. */
    private final int[][] elementsOf;

    /** By stage: how many of {@link #elementsOf} there are. */
    private final int[] elementCounts;

    private final RecordCursor records = new RecordCursor();

    /** By the number of the stage, by window and key. */
    private final List<Map<ByteBuffer, Entry>> parts = new ArrayList<>();

    private final List<LateRow> lateRows = new ArrayList<>();
    private final Output dead;

    /** A small record may become much: results that one commit takes. */
    private final int partsMax;

    /**
     * What a correction did.
     *
     * @param read late records
     * @param corrected of them, or of those that had waited: folded in
     * @param deferred of them: kept until their window closes
     * @param uncorrectable of them: made dead letters
     * @param results corrected results emitted, and others taken back
     */
    record Counts(long read, long corrected, long deferred, long uncorrectable, long results) {
        Counts plus(Counts other) {
            return new Counts(
                    read + other.read,
                    corrected + other.corrected,
                    deferred + other.deferred,
                    uncorrectable + other.uncorrectable,
                    results + other.results);
        }
    }

    Correction(PipelineTask task) {
        this.task = task;
        this.pipeline = task.pipeline;
        pipeline.stages.forEach(stage -> parts.add(new HashMap<>()));
        this.processor = new RecordProcessor(pipeline);
        this.elementsOf = new int[pipeline.stages.size()][8];
        this.elementCounts = new int[pipeline.stages.size()];
        this.dead = new Output(
                pipeline.pipeline.deadTopic(), task.topics.dead().config().partitions());
        this.partsMax = Math.min(task.options.resultsPerStepMax(), PARTS_MAX);
    }

    /** Corrects until every late record that is there now has been read. */
    Counts run() {
        // What has begun to close would be mixed up with what corrections change.
        while (task.stages.size() > 1 && task.stages.stream().anyMatch(Stage::hasMoreToClose)) {
            task.step();
        }
        Counts total = allThatWaited();
        for (int i = 0; i < task.cursor.lateOffsets.size(); i++) {
            long end = task.settledLog().offsets(latePartition(i)).end();
            while (task.cursor.lateOffsets.get(i) < end) {
                total = total.plus(part(i));
            }
        }
        // What had to wait for no more than room in a commit.
        return total.plus(allThatWaited()).plus(giveUpTheMissing());
    }

    private Counts allThatWaited() {
        Counts total = new Counts(0, 0, 0, 0, 0);
        for (Stage stage : task.stages) {
            if (stage.plan.sessions != null) {
                total = total.plus(sessionsThatWaited(stage));
            }
        }
        Counts more = windowsThatWaited();
        while (more.results() > 0) {
            total = total.plus(more);
            more = windowsThatWaited();
        }
        return total;
    }

    /** One commit: some late records of a partition. */
    private Counts part(int partition) {
        task.beginStep();
        parts.forEach(Map::clear);
        long uncorrectableBefore = task.cursor.uncorrectableRecords;
        long read = read(partition);
        Counts total = new Counts(read, 0, 0, 0, 0);
        for (Stage stage : task.stages) {
            task.workOnCorrections(stage);
            Collection<Entry> late = parts.get(stage.plan.number).values();
            if (stage.plan.process != null) {
                total = total.plus(correctRows(stage));
            } else {
                total = total.plus(
                        stage.plan.sessions == null ? correctWindows(stage, late) : correctSessions(stage, late));
            }
        }
        task.finishStep(true, dead);
        return total.plus(new Counts(0, 0, 0, task.cursor.uncorrectableRecords - uncorrectableBefore, 0));
    }

    /** One commit: windows that have closed since late elements came for them. */
    private Counts windowsThatWaited() {
        task.beginStep();
        parts.forEach(Map::clear);
        Counts total = new Counts(0, 0, 0, 0, 0);
        for (Stage stage : task.stages) {
            task.workOnCorrections(stage);
            if (stage.plan.sessions == null && stage.plan.process == null) {
                total = total.plus(correctWindows(stage, List.of()));
            }
        }
        task.finishStep(total.results() > 0, null);
        return total;
    }

    // ---- sessions ----

    /** Corrects what waits, a part at a time, for as long as that comes to something. */
    private Counts sessionsThatWaited(Stage stage) {
        Counts total = new Counts(0, 0, 0, 0, 0);
        Counts last;
        do {
            last = new Counts(0, 0, 0, 0, 0);
            List<Entry> waiting = new ArrayList<>();
            for (SessionLane lane : stage.sessionLanes) {
                lane.waiting.forEach(each -> waiting.addAll(each.deferred.values()));
            }
            for (int from = 0; from < waiting.size(); from += partsMax) {
                task.beginStep();
                last = last.plus(
                        correctSessions(stage, waiting.subList(from, Math.min(from + partsMax, waiting.size()))));
                // What that has changed is folded in the same commit: nobody would find it again.
                task.stages.forEach(task::workOnCorrections);
                task.finishStep(false, null);
            }
            total = total.plus(last);
        } while (last.results() > 0);
        return total;
    }

    /** Corrects what can be corrected, and keeps the rest. */
    private Counts correctSessions(Stage stage, Collection<Entry> late) {
        List<Entry> settled = new ArrayList<>();
        long deferred = 0;
        for (Entry each : late) {
            SessionLane lane = stage.sessionLaneOf(each.hash);
            if (lane.isSettled(each.window.startMillis())) {
                settled.add(each);
            } else {
                deferred += defer(stage, lane, each);
            }
        }
        SessionJoin join = new SessionJoin(stage);
        long corrected = 0;
        long resultsBefore = sessionResults(stage);
        for (SessionPlan plan : join.plans(settled, true)) {
            for (Entry each : plan.refused) {
                deferred += defer(stage, plan.lane, each);
            }
            for (Entry each : plan.arrivals) {
                if (isFull(stage)) {
                    deferred += defer(stage, plan.lane, each);
                } else {
                    if (plan.lane.takeDeferred(each)) {
                        stage.deferredRecords -= each.records;
                    }
                    corrected += each.records;
                    task.cursor.correctedRecords += each.records;
                    stage.at.correctedElements += each.count;
                }
            }
            if (!isFull(stage) && !plan.arrivals.isEmpty()) {
                join.correct(plan);
            }
        }
        return new Counts(0, corrected, deferred, 0, sessionResults(stage) - resultsBefore);
    }

    /** Returns how many records wait now that did not before. */
    private static long defer(Stage stage, SessionLane lane, Entry late) {
        long records = lane.defer(late) ? late.records : 0;
        stage.deferredRecords += records;
        return records;
    }

    private static boolean isFull(Stage stage) {
        long bytes = 0;
        for (SessionLane lane : stage.sessionLanes) {
            bytes += lane.writer.bytes() + lane.closed.bytes();
        }
        return bytes > SESSION_BYTES_MAX;
    }

    private static long sessionResults(Stage stage) {
        return stage.sessionLanes.stream()
                .mapToLong(lane -> lane.writer.written + lane.writer.failed)
                .sum();
    }

    // ---- rows ----

    /** @param isFirst whether the record is counted here */
    private record LateRow(LateRecord of, StagePlan stage, byte[] key, Row row, boolean isFirst) {}

    /** Gives late elements to operators that keep elements. */
    private Counts correctRows(Stage stage) {
        long corrected = 0;
        for (LateRow late : lateRows) {
            if (late.stage != stage.plan) {
                continue;
            }
            ProcessLane lane = stage.processLanes.get(
                    Murmur2.lane(Murmur2.hash(late.key, 0, late.key.length), stage.lanes.size()));
            LateOutcome outcome = lane.late(late.key, late.row);
            if (outcome instanceof LateOutcome.Refused refused) {
                bury(
                        late.of,
                        failure(
                                stage.plan.lastName(),
                                FailureClass.LATE,
                                RecordFailure.NOT_CORRECTABLE,
                                refused.reason()),
                        late.isFirst);
            } else if (outcome instanceof LateOutcome.Waits) {
                // It is in time for its turn, since the other partitions are behind.
                lane.take(late.key, late.row);
            }
            boolean failed = outcome instanceof LateOutcome.Failed;
            if (late.isFirst && failed) {
                task.cursor.uncorrectableRecords++;
            } else if (late.isFirst && !(outcome instanceof LateOutcome.Refused)) {
                task.cursor.correctedRecords++;
                corrected++;
            }
        }
        lateRows.removeIf(late -> late.stage == stage.plan);
        return new Counts(0, corrected, 0, 0, corrected);
    }

    // ---- what is late ----

    /** Late records that retention took before anybody read them stay counted as late, and from now on as given up. */
    private Counts giveUpTheMissing() {
        long missing = task.lateUnaccounted();
        if (missing > 0) {
            task.beginStep();
            task.cursor.uncorrectableRecords += missing;
            task.finishStep(true, null);
        }
        return new Counts(0, 0, 0, missing, 0);
    }

    private TopicPartition latePartition(int number) {
        return new TopicPartition(pipeline.pipeline.lateTopic(), number);
    }

    /** Corrects what can be corrected, also of what has waited, and keeps the rest. */
    private Counts correctWindows(Stage stage, Collection<Entry> late) {
        long correctedBefore = task.cursor.correctedRecords;
        long deferred = 0;
        List<Entry> ready = new ArrayList<>();
        for (Entry entry : late) {
            WindowLane lane = stage.windowLaneOf(entry.hash);
            if (lane.isCorrectable(entry.key, entry.hash, entry.window)) {
                ready.add(entry);
            } else {
                deferred += entry.records;
                lane.defer(entry);
            }
        }
        stage.deferredRecords += deferred;
        for (WindowLane lane : stage.windowLanes) {
            for (Entry waited : lane.takeCorrectable(partsMax)) {
                stage.deferredRecords -= waited.records;
                mergeInto(stage, ready, waited);
            }
        }
        correct(stage, ready);
        return new Counts(0, task.cursor.correctedRecords - correctedBefore, deferred, 0, ready.size());
    }

    /** The same key and window may both have waited and come now. */
    private void mergeInto(Stage stage, List<Entry> ready, Entry waited) {
        Entry now = parts.get(stage.plan.number).get(identity(waited.window, waited.key, 0, waited.key.length));
        if (now == null) {
            ready.add(waited);
        } else {
            now.accumulator = stage.plan.aggregate.merge(now.accumulator, waited.accumulator);
            now.count += waited.count;
            now.records += waited.records;
        }
    }

    private void correct(Stage stage, List<Entry> ready) {
        if (ready.isEmpty()) {
            return;
        }
        ClosedWindows closed = new ClosedWindows(task.settledLog(), pipeline, stage.plan);
        closed.find(ready, stage.windows);
        for (Entry late : ready) {
            task.cursor.correctedRecords += late.records;
            stage.changing(late.window).corrected += late.count;
            late.records = 0;
            stage.windowLaneOf(late.hash).correct(late, closed.get(late));
        }
    }

    private long read(int partition) {
        TopicPartition late = latePartition(partition);
        OffsetRange held = task.settledLog().offsets(late);
        long from = task.cursor.lateOffsets.get(partition);
        if (from < held.start()) {
            // Retention took them before anybody corrected them: how many is seen when all others have been read.
            from = held.start();
        }
        long count = 0;
        task.settledLog().fetch(late, from, PART_BYTES, records);
        while (records.next()) {
            count++;
            fold(records);
            if (partCount() >= partsMax || dead.bytes() > PART_BYTES) {
                task.cursor.lateOffsets.set(partition, records.offset() + 1);
                return count;
            }
        }
        task.cursor.lateOffsets.set(partition, records.nextOffset());
        return count;
    }

    private int partCount() {
        return lateRows.size() + parts.stream().mapToInt(Map::size).sum();
    }

    private void fold(RecordCursor record) {
        LateRecord late = LateRecord.of(record.key(), record.value(), record.headers());
        byte[] payload = late.payload() == null ? new byte[0] : late.payload();
        SourcePlan source = source(late);
        Failure failure = source == null
                ? failure(
                        late.origin().topic(),
                        FailureClass.CODE,
                        RecordFailure.NOT_REPRODUCIBLE,
                        "the pipeline no longer reads topic '" + late.origin().topic() + "'")
                : processAgain(source, late, payload);
        if (failure == null) {
            failure = check(late);
        }
        if (failure == null) {
            try {
                foldElements(late);
            } catch (Throwable e) {
                ErrorText.rethrowIfFatal(e);
                failure = processor.undo(e);
            }
        }
        if (failure != null) {
            bury(late, failure);
        }
    }

    private @Nullable Failure processAgain(SourcePlan source, LateRecord late, byte[] payload) {
        byte[] key = late.key();
        processor.recordKey(key == null ? payload : key, 0, key == null ? -1 : key.length);
        return processor.process(
                source,
                payload,
                0,
                late.payload() == null ? -1 : payload.length,
                late.origin().timestampMillis(),
                RecordProcessor.TIME_MAX);
    }

    private @Nullable SourcePlan source(LateRecord late) {
        return pipeline.sources.stream()
                .filter(source -> source.topic().equals(late.origin().topic()))
                .findFirst()
                .orElse(null);
    }

    private @Nullable Failure check(LateRecord late) {
        Elements elements = processor.elements;
        index();
        for (LateRecord.Missed missed : late.missed()) {
            Window window = missed.window();
            Stage stage = stageOf(missed);
            int element = stage == null ? -1 : elementOf(missed, stage);
            if (stage == null || element < 0 || !isOf(stage.plan, elements.times[element], window)) {
                return failure(
                        stage == null ? missed.operator() : stage.plan.lastName(),
                        FailureClass.CODE,
                        RecordFailure.NOT_REPRODUCIBLE,
                        "the record no longer becomes an element in window " + missed.window()
                                + ": the code has changed since it was late");
            }
            if (stage.plan.process == null && stage.isBeyondCorrection(window)) {
                return failure(
                        stage.plan.lastName(),
                        FailureClass.LATE,
                        RecordFailure.BEYOND_CORRECTION,
                        "window " + missed.window() + " closed longer ago than it is correctable for");
            }
        }
        return null;
    }

    /** Null if the code no longer has it. */
    private @Nullable Stage stageOf(LateRecord.Missed missed) {
        for (Stage stage : task.stages) {
            if (missed.operator().isEmpty() || stage.plan.stateNames().contains(missed.operator())) {
                return stage;
            }
        }
        return null;
    }

    /** Which of all elements that the record becomes; -1 if it no longer becomes so many. */
    private int elementOf(LateRecord.Missed missed, Stage stage) {
        int number = stage.plan.number;
        return missed.element() < elementCounts[number] ? elementsOf[number][missed.element()] : -1;
    }

    /** Notes which of the record's elements go to each stage. */
    private void index() {
        Elements elements = processor.elements;
        Arrays.fill(elementCounts, 0);
        for (int i = 0; i < elements.count; i++) {
            ChainStep end = elements.ends[i];
            if (end.kind == ChainStep.STAGE) {
                int[] its = elementsOf[end.target];
                if (elementCounts[end.target] == its.length) {
                    its = Arrays.copyOf(its, its.length * 2);
                    elementsOf[end.target] = its;
                }
                its[elementCounts[end.target]++] = i;
            }
        }
    }

    private static boolean isOf(StagePlan stage, long time, Window window) {
        boolean isByItself = stage.sessions != null || stage.isOrdered();
        return isByItself
                ? window.equals(Cell.millisecond(time))
                : stage.aligned != null && stage.aligned.windowsOf(time).contains(window);
    }

    private static Failure failure(String operator, FailureClass failureClass, String reason, String message) {
        return new Failure(operator, new RecordFailure(failureClass, reason, message));
    }

    private void foldElements(LateRecord late) throws Exception {
        Elements elements = processor.elements;
        List<Object> folded = new ArrayList<>();
        List<Stage> stages = new ArrayList<>();
        int[] places = new int[late.missed().size()];
        for (LateRecord.Missed missed : late.missed()) {
            Stage stage = stageOf(missed);
            if (stage == null) {
                throw new IllegalStateException("'" + missed.operator() + "' is gone");
            }
            int element = elementOf(missed, stage);
            Aggregate<Object, Object, Object> aggregate = stage.plan.aggregate;
            places[folded.size()] = element;
            stages.add(stage);
            folded.add(aggregate.add(aggregate.create(), value(late, missed, stage.plan, element)));
        }
        for (int i = 0; i < folded.size(); i++) {
            int element = places[i];
            Window window = late.missed().get(i).window();
            int start = elements.keyStarts[element];
            int length = elements.keyLengths[element];
            ByteBuffer identity = identity(window, elements.keys.array(), start, length);
            StagePlan plan = stages.get(i).plan;
            if (plan.process != null) {
                byte[] key = Arrays.copyOfRange(elements.keys.array(), start, start + length);
                lateRows.add(new LateRow(late, plan, key, (Row) folded.get(i), i == 0));
                continue;
            }
            Map<ByteBuffer, Entry> its = parts.get(plan.number);
            Entry entry = its.get(identity);
            if (entry == null) {
                byte[] key = new byte[length];
                System.arraycopy(elements.keys.array(), start, key, 0, length);
                entry = new Entry(StateFormat.ACCUMULATOR, key, elements.hashes[element], window, folded.get(i));
                its.put(identity, entry);
            } else {
                entry.accumulator = plan.aggregate.merge(entry.accumulator, folded.get(i));
            }
            entry.count++;
            // A record counts once, where its first late element is.
            entry.records += i == 0 ? 1 : 0;
        }
    }

    /** The element, with its place if the stage asks for it. */
    private Object value(LateRecord late, LateRecord.Missed missed, StagePlan stage, int element) {
        Elements elements = processor.elements;
        SourcePlan source = source(late);
        if (!stage.keepsRows || source == null) {
            return elements.values[element];
        }
        DeadLetter.Origin origin = late.origin();
        return new Row(
                elements.ends[element].input,
                elements.times[element],
                Origins.of(source, origin.partition(), origin.offset(), missed.element()),
                elements.values[element]);
    }

    private static ByteBuffer identity(Window window, byte[] key, int start, int length) {
        return ByteBuffer.allocate(2 * Long.BYTES + length)
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .put(key, start, length)
                .flip();
    }

    private void bury(LateRecord late, Failure failure) {
        bury(late, failure, true);
    }

    private void bury(LateRecord late, Failure failure, boolean counts) {
        task.cursor.uncorrectableRecords += counts ? 1 : 0;
        DeadLetter letter = task.deadLetters.of(
                late.key(),
                late.payload(),
                late.headers(),
                late.origin(),
                DeadLetter.Phase.CORRECTION,
                failure.operator(),
                RecordFailure.EXCEPTION,
                failure.error());
        dead.add(
                late.origin().partition(),
                late.origin().timestampMillis(),
                SourcePartition.wrap(letter.key()),
                SourcePartition.wrap(letter.payload()),
                letter.toHeaders());
    }
}
