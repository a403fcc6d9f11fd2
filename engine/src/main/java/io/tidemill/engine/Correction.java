package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.engine.RecordProcessor.Failure;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
    private final Aggregate<Object, Object, Object> aggregate;
    private final RecordProcessor processor;
    private final RecordCursor records = new RecordCursor();
    private final Map<ByteBuffer, Entry> parts = new HashMap<>();
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
        this.aggregate = pipeline.requireAggregate();
        this.processor = new RecordProcessor(pipeline);
        this.dead = new Output(
                pipeline.pipeline.deadTopic(), task.topics.dead().config().partitions());
        this.partsMax = Math.min(task.options.resultsPerStepMax(), PARTS_MAX);
    }

    /** Corrects until every late record that is there now has been read. */
    Counts run() {
        if (pipeline.sessions != null) {
            return runSessions();
        }
        Counts total = part(-1);
        for (Counts more = total; more.results > 0; total = total.plus(more)) {
            more = part(-1);
        }
        for (int i = 0; i < task.cursor.lateOffsets.size(); i++) {
            long end = task.log.offsets(latePartition(i)).end();
            while (task.cursor.lateOffsets.get(i) < end) {
                total = total.plus(part(i));
            }
        }
        return total.plus(giveUpTheMissing());
    }

    // ---- sessions ----

    private Counts runSessions() {
        Counts total = sessionsThatWaited();
        for (int i = 0; i < task.cursor.lateOffsets.size(); i++) {
            long end = task.log.offsets(latePartition(i)).end();
            while (task.cursor.lateOffsets.get(i) < end) {
                task.beginStep();
                parts.clear();
                long uncorrectableBefore = task.cursor.uncorrectableRecords;
                long read = read(i);
                Counts counts = correctSessions(parts.values());
                task.finishStep(true, dead);
                long uncorrectable = task.cursor.uncorrectableRecords - uncorrectableBefore;
                total = total.plus(
                        new Counts(read, counts.corrected(), counts.deferred(), uncorrectable, counts.results()));
            }
        }
        // What had to wait for no more than room in a commit.
        return total.plus(sessionsThatWaited()).plus(giveUpTheMissing());
    }

    /** Corrects what waits, a part at a time, for as long as that comes to something. */
    private Counts sessionsThatWaited() {
        Counts total = new Counts(0, 0, 0, 0, 0);
        Counts last;
        do {
            last = new Counts(0, 0, 0, 0, 0);
            List<Entry> waiting = new ArrayList<>();
            for (SessionLane lane : task.sessionLanes) {
                lane.waiting.forEach(each -> waiting.addAll(each.deferred.values()));
            }
            for (int from = 0; from < waiting.size(); from += partsMax) {
                task.beginStep();
                last = last.plus(correctSessions(waiting.subList(from, Math.min(from + partsMax, waiting.size()))));
                task.finishStep(false, null);
            }
            total = total.plus(last);
        } while (last.results() > 0);
        return total;
    }

    /** Corrects what can be corrected, and keeps the rest. */
    private Counts correctSessions(Collection<Entry> late) {
        List<Entry> settled = new ArrayList<>();
        long deferred = 0;
        for (Entry each : late) {
            SessionLane lane = task.sessionLaneOf(each.hash);
            if (lane.isSettled(each.window.startMillis())) {
                settled.add(each);
            } else {
                deferred += defer(lane, each);
            }
        }
        SessionJoin join = new SessionJoin(task);
        long corrected = 0;
        long resultsBefore = sessionResults();
        for (SessionPlan plan : join.plans(settled, true)) {
            for (Entry each : plan.refused) {
                deferred += defer(plan.lane, each);
            }
            for (Entry each : plan.arrivals) {
                if (isFull()) {
                    deferred += defer(plan.lane, each);
                } else {
                    if (plan.lane.takeDeferred(each)) {
                        task.defer(-each.records);
                    }
                    corrected += each.records;
                    task.cursor.correctedRecords += each.records;
                    task.cursor.correctedElements += each.count;
                }
            }
            if (!isFull() && !plan.arrivals.isEmpty()) {
                join.correct(plan);
            }
        }
        return new Counts(0, corrected, deferred, 0, sessionResults() - resultsBefore);
    }

    /** Returns how many records wait now that did not before. */
    private long defer(SessionLane lane, Entry late) {
        long records = lane.defer(late) ? late.records : 0;
        task.defer(records);
        return records;
    }

    private boolean isFull() {
        long bytes = 0;
        for (SessionLane lane : task.sessionLanes) {
            bytes += lane.writer.results.bytes() + lane.closed.bytes();
        }
        return bytes > SESSION_BYTES_MAX;
    }

    private long sessionResults() {
        return task.sessionLanes.stream()
                .mapToLong(lane -> lane.writer.written + lane.writer.failed)
                .sum();
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

    /** One commit: some late records of a partition, or only those that have waited where {@code partition} is -1. */
    private Counts part(int partition) {
        task.beginStep();
        parts.clear();
        long uncorrectableBefore = task.cursor.uncorrectableRecords;
        long correctedBefore = task.cursor.correctedRecords;
        long read = partition < 0 ? 0 : read(partition);
        long deferred = 0;
        List<Entry> ready = new ArrayList<>();
        for (Entry entry : parts.values()) {
            WindowLane lane = task.windowLaneOf(entry.hash);
            if (lane.isCorrectable(entry.key, entry.hash, entry.window)) {
                ready.add(entry);
            } else {
                deferred += entry.records;
                lane.defer(entry);
            }
        }
        task.defer(deferred);
        for (WindowLane lane : task.windowLanes) {
            for (Entry waited : lane.takeCorrectable(partsMax)) {
                task.defer(-waited.records);
                mergeInto(ready, waited);
            }
        }
        correct(ready);
        task.finishStep(read > 0 || !ready.isEmpty(), dead);
        return new Counts(
                read,
                task.cursor.correctedRecords - correctedBefore,
                deferred,
                task.cursor.uncorrectableRecords - uncorrectableBefore,
                ready.size());
    }

    /** The same key and window may both have waited and come now. */
    private void mergeInto(List<Entry> ready, Entry waited) {
        Entry now = parts.get(identity(waited.window, waited.key, 0, waited.key.length));
        if (now == null) {
            ready.add(waited);
        } else {
            now.accumulator = aggregate.merge(now.accumulator, waited.accumulator);
            now.count += waited.count;
            now.records += waited.records;
        }
    }

    private void correct(List<Entry> ready) {
        if (ready.isEmpty()) {
            return;
        }
        ClosedWindows closed = new ClosedWindows(task.log, pipeline);
        closed.find(ready, task.windows);
        for (Entry late : ready) {
            task.cursor.correctedRecords += late.records;
            task.changing(late.window).corrected += late.count;
            late.records = 0;
            task.windowLaneOf(late.hash).correct(late, closed.get(late));
        }
    }

    private long read(int partition) {
        TopicPartition late = latePartition(partition);
        OffsetRange held = task.log.offsets(late);
        long from = task.cursor.lateOffsets.get(partition);
        if (from < held.start()) {
            // Retention took them before anybody corrected them: how many is seen when all others have been read.
            from = held.start();
        }
        long count = 0;
        task.log.fetch(late, from, PART_BYTES, records);
        while (records.next()) {
            count++;
            fold(records);
            if (parts.size() >= partsMax || dead.bytes() > PART_BYTES) {
                task.cursor.lateOffsets.set(partition, records.offset() + 1);
                return count;
            }
        }
        task.cursor.lateOffsets.set(partition, records.nextOffset());
        return count;
    }

    private void fold(RecordCursor record) {
        LateRecord late = LateRecord.of(record.key(), record.value(), record.headers());
        byte[] payload = late.payload() == null ? new byte[0] : late.payload();
        Failure failure = processor.process(
                payload,
                0,
                late.payload() == null ? -1 : payload.length,
                late.origin().timestampMillis(),
                RecordProcessor.TIME_MAX);
        if (failure == null) {
            failure = check(late);
        }
        if (failure == null) {
            try {
                foldElements(late);
            } catch (Throwable e) {
                UserError.rethrowIfFatal(e);
                failure = processor.undo(FailureClass.CODE, RecordFailure.EXCEPTION, e);
            }
        }
        if (failure != null) {
            bury(late, failure);
        }
    }

    private @Nullable Failure check(LateRecord late) {
        for (LateRecord.Missed missed : late.missed()) {
            Elements elements = processor.elements;
            Window window = missed.window();
            if (missed.element() >= elements.count || !isOf(elements.times[missed.element()], window)) {
                return failure(
                        FailureClass.CODE,
                        RecordFailure.NOT_REPRODUCIBLE,
                        "the record no longer becomes an element in window " + missed.window()
                                + ": the code has changed since it was late");
            }
            if (task.isBeyondCorrection(window)) {
                return failure(
                        FailureClass.LATE,
                        RecordFailure.BEYOND_CORRECTION,
                        "window " + missed.window() + " closed longer ago than it is correctable for");
            }
        }
        return null;
    }

    private boolean isOf(long time, Window window) {
        return pipeline.sessions != null
                ? window.equals(Cell.millisecond(time))
                : pipeline.requireAligned().windowsOf(time).contains(window);
    }

    private Failure failure(FailureClass failureClass, String reason, String message) {
        return new Failure(pipeline.lastName(), failureClass, reason, new RecordFailure(failureClass, reason, message));
    }

    private void foldElements(LateRecord late) throws Exception {
        Elements elements = processor.elements;
        List<Object> folded = new ArrayList<>();
        for (LateRecord.Missed missed : late.missed()) {
            folded.add(aggregate.add(aggregate.create(), elements.values[missed.element()]));
        }
        for (int i = 0; i < folded.size(); i++) {
            int element = late.missed().get(i).element();
            Window window = late.missed().get(i).window();
            int start = elements.keyStarts[element];
            int length = elements.keyLengths[element];
            ByteBuffer identity = identity(window, elements.keys.array(), start, length);
            Entry entry = parts.get(identity);
            if (entry == null) {
                byte[] key = new byte[length];
                System.arraycopy(elements.keys.array(), start, key, 0, length);
                entry = new Entry(StateFormat.ACCUMULATOR, key, elements.hashes[element], window, folded.get(i));
                parts.put(identity, entry);
            } else {
                entry.accumulator = aggregate.merge(entry.accumulator, folded.get(i));
            }
            entry.count++;
            // A record counts once, where its first late element is.
            entry.records += i == 0 ? 1 : 0;
        }
    }

    private static ByteBuffer identity(Window window, byte[] key, int start, int length) {
        return ByteBuffer.allocate(2 * Long.BYTES + length)
                .putLong(window.startMillis())
                .putLong(window.endMillis())
                .put(key, start, length)
                .flip();
    }

    private void bury(LateRecord late, Failure failure) {
        task.cursor.uncorrectableRecords++;
        DeadLetter letter = task.deadLetters.of(
                late.key(),
                late.payload(),
                late.headers(),
                late.origin(),
                failure.operator(),
                failure.failureClass(),
                failure.reason(),
                failure.error());
        dead.add(
                late.origin().partition(),
                late.origin().timestampMillis(),
                SourcePartition.wrap(letter.key()),
                SourcePartition.wrap(letter.payload()),
                letter.toHeaders());
    }
}
