package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import io.tidemill.api.Codec;
import io.tidemill.api.DeadLetter;
import io.tidemill.api.FailureClass;
import io.tidemill.api.Header;
import io.tidemill.api.Pane;
import io.tidemill.api.Window;
import io.tidemill.api.failure.ErrorText;
import io.tidemill.api.plan.Row;
import io.tidemill.api.process.TimeDomain;
import io.tidemill.log.LogException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lane of operators that keep elements: each row of a key, and each of its timers, has its turn by itself.
 *
 * <p>In event-time order rows wait until the watermark has passed them. Those of one key then have their turn in {@link
 * Row#ORDER}, and a timer after all rows of its time and before. Keys do not know of one another, so it does not matter which
 * of them goes first, how many lanes there are, or where a step ends. A row that waits is bytes: so whether it is decoded
 * again, what a function does to it, and what a restart makes of it are one.
 */
final class ProcessLane extends Lane {
    /** Results of rows that do not wait, of one step; it is taken again, smaller, rather than run out of memory. */
    private static final long ARRIVAL_BYTES_MAX = 32 << 20;

    private static final int EXPIRIES_PER_STEP_MAX = 100_000;
    private static final String TIMER_HEADER = "tidemill.timer";

    private final ProcessPlan plan;
    private final RowOperator operator;
    private final List<? extends @Nullable RowOutput> outputs;
    private final InstantSource clock;
    private final DeadLetters deadLetters;
    private final Map<Long, Integer> slotPlaces;
    private final Map<ByteBuffer, KeyRows> keys = new HashMap<>();
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private final PriorityQueue<Due> processingQueue = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private final ExpiryQueue expiry = new ExpiryQueue();
    private final RowContext context;

    /** Where what is not in memory is; null if all is. */
    private @Nullable StoredRows stored;

    private final ByteSink sink = new ByteSink();

    /** Of this lane since somebody took them. */
    final OperatorCounts counts = new OperatorCounts();

    /** How many rows wait. */
    long waitingRows;

    /** Rows and timers before it have had their turn, in this step too; also if that was before its time. */
    long closedDue = Long.MIN_VALUE;

    private long outputWatermark = Long.MIN_VALUE;

    /** While the state is read back. */
    private @Nullable Map<Identity, Entry> restoring = new HashMap<>();

    private record Due(long at, KeyRows of) {}

    private record Identity(byte kind, Window window, ByteBuffer key) {}

    /** @param outputs where results go: the main ones first, then those of each tag; null for those that nobody takes */
    ProcessLane(
            StagePlan pipeline,
            ProcessPlan plan,
            ResultWriter writer,
            List<? extends @Nullable RowOutput> outputs,
            DeadLetters deadLetters,
            InstantSource clock) {
        super(pipeline, writer);
        this.plan = plan;
        this.operator = plan.operator();
        this.outputs = outputs;
        this.clock = clock;
        this.deadLetters = deadLetters;
        this.slotPlaces = plan.slotPlaces();
        this.context = new RowContext(plan, state, expiry);
    }

    @Override
    void keepIn(LaneStore store) {
        StoredRows rows = new StoredRows(store, plan, keys);
        stored = rows;
        context.keepIn(rows);
        state.keepIn(store, rows::evict, entry -> entry.kind == StateFormat.STATE);
    }

    @Override
    void beginStep(long changelogEnd, long closedBefore) {
        super.beginStep(changelogEnd, closedBefore);
        if (stored != null && stored.beginStep()) {
            queue.clear();
            processingQueue.clear();
            for (KeyRows of : List.copyOf(keys.values())) {
                of.queuedAt = KeyRows.NOT_QUEUED;
                of.processingQueuedAt = KeyRows.NOT_QUEUED;
                enqueue(of);
            }
        }
        context.closedUpTo = closedBefore;
        context.watermark = closedBefore;
        context.processingMillis = clock.millis();
    }

    @Override
    long entries() {
        return state.entries();
    }

    @Override
    Set<Window> openWindows() {
        return Set.of();
    }

    /** How many keys something is in memory of. */
    int keysInMemory() {
        return keys.size();
    }

    /** No result that is yet to come happened before it; {@link Long#MIN_VALUE} while that is not known. */
    long outputWatermark() {
        return outputWatermark;
    }

    /** When, by the clock, a timer goes off; {@link Long#MAX_VALUE} if none is set. */
    long nextTimerAt() {
        long next = nextTimerInMemoryAt();
        while (stored != null && stored.nextProcessingAt() < next) {
            stored.loadProcessingTimers();
            stored.touched().forEach(this::enqueue);
            next = nextTimerInMemoryAt();
        }
        return next;
    }

    private long nextTimerInMemoryAt() {
        Due next = processingQueue.peek();
        while (next != null && next.at != next.of.processingQueuedAt) {
            processingQueue.remove();
            next = processingQueue.peek();
        }
        return next == null ? Long.MAX_VALUE : next.at;
    }

    // ---- what comes ----

    @Override
    void merge(Partials partials) {
        if (stored != null) {
            // Read at once, so that they are found below.
            stored.keyRows(keysOf(partials));
        }
        for (int i = 0; i < partials.count; i++) {
            KeyRows of = keyRows(Arrays.copyOfRange(
                    partials.keys, partials.keyStarts[i], partials.keyStarts[i] + partials.keyLengths[i]));
            counts.in++;
            add(of, (Row) partials.accumulator(i));
        }
    }

    private static List<byte[]> keysOf(Partials partials) {
        List<byte[]> all = new ArrayList<>(partials.count);
        for (int i = 0; i < partials.count; i++) {
            all.add(Arrays.copyOfRange(
                    partials.keys, partials.keyStarts[i], partials.keyStarts[i] + partials.keyLengths[i]));
        }
        return all;
    }

    private KeyRows keyRows(byte[] key) {
        return stored != null
                ? stored.keyRows(key)
                : keys.computeIfAbsent(
                        ByteBuffer.wrap(key),
                        k -> new KeyRows(key, Murmur2.hash(key, 0, key.length), slotPlaces.size()));
    }

    private void add(KeyRows of, Row row) {
        if (!plan.isOrdered()) {
            counts.done++;
            call(of, row, Pane.FINAL);
            enqueue(of);
            requireSmallStep();
            return;
        }
        boolean behind = row.timeMillis() < closedUpTo;
        byte[] value;
        try {
            if (behind && isTooFarBehind(row)) {
                throw beyondCorrection(row);
            }
            sink.reset();
            codecOf(row).encode(row.value(), sink);
            value = sink.toByteArray();
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            counts.done++;
            bury(of, row, null, e);
            removeIfEmpty(of);
            return;
        }
        wait(of, row, value, behind);
    }

    private void wait(KeyRows of, Row row, byte[] value, boolean behind) {
        byte[] part = RowKeys.ofRow(row.input(), row.origin());
        RowEntry entry = new RowEntry(RowKeys.of(of.key, part), of.hash, row.timeMillis(), part, value);
        entry.reopened = behind;
        of.addRow(entry);
        waitingRows++;
        if (of.rowCount() > plan.options().rowsPerKeyMax()) {
            throw new PipelineException("more than " + plan.options().rowsPerKeyMax() + " elements of one key wait in '"
                    + plan.name() + "' of pipeline '" + plan.pipeline()
                    + "' for the watermark to pass them. The step was not committed, and nothing is lost: raise the bound"
                    + " (rowsPerKeyMax of ProcessOptions), or wait less (a smaller bound of the watermark)");
        }
        state.markDirty(entry);
        enqueue(of);
    }

    private Codec<Object> codecOf(Row row) {
        return plan.codec(row.input());
    }

    private boolean isTooFarBehind(Row row) {
        long max = operator.behindMaxMillis();
        return max != Long.MAX_VALUE && closedUpTo - row.timeMillis() > max;
    }

    /** How long after a late element a timer of it may be. */
    long lateReachMillis() {
        return plan.isOrdered() && operator.lateRefusal() == null ? operator.heldBackMillis() : 0;
    }

    private RecordFailure beyondCorrection(Row row) {
        return new RecordFailure(
                FailureClass.LATE,
                RecordFailure.BEYOND_CORRECTION,
                "the element is " + (closedUpTo - row.timeMillis()) + " ms behind what '" + plan.name()
                        + "' has done, and what it belongs to is kept for " + operator.behindMaxMillis() + " ms");
    }

    private void requireSmallStep() {
        if (writer.bytes() > ARRIVAL_BYTES_MAX) {
            throw new LogException(
                    LogException.Code.COMMIT_TOO_LARGE,
                    "the results of one step have more than " + ARRIVAL_BYTES_MAX
                            + " bytes: take smaller steps (resultsPerStepMax)");
        }
    }

    // ---- late elements ----

    /** Takes a late element in, and corrects what it changes. To be called in a step that reads nothing. */
    LateOutcome late(byte[] key, Row row) {
        String refusal = plan.isOrdered() ? operator.lateRefusal() : "no element is late in the order of arrival";
        if (refusal != null) {
            return new LateOutcome.Refused(refusal);
        }
        if (row.timeMillis() >= closedUpTo || hasMoreToClose) {
            return new LateOutcome.Waits();
        }
        if (isTooFarBehind(row)) {
            return new LateOutcome.Refused(ErrorText.message(beyondCorrection(row)));
        }
        KeyRows of = keyRows(key);
        counts.in++;
        counts.done++;
        int before = call(of, row, Pane.CORRECTION);
        enqueue(of);
        return before < 0 ? new LateOutcome.Failed() : new LateOutcome.Corrected();
    }

    /** Takes an element that is late, and still in time for its turn here. */
    void take(byte[] key, Row row) {
        counts.in++;
        add(keyRows(key), row);
    }

    // ---- what is due ----

    private void enqueue(KeyRows of) {
        long at = of.nextAt();
        // What comes behind what is in memory has its turn when that has had it.
        if (at < of.queuedAt && (stored == null || at < stored.eventLimit(of))) {
            of.queuedAt = at;
            queue.add(new Due(at, of));
        }
        if (!of.processingTimers.isEmpty()
                && of.processingTimers.firstKey() < of.processingQueuedAt
                && (stored == null || of.processingTimers.firstKey() < stored.processingLimit(of))) {
            of.processingQueuedAt = of.processingTimers.firstKey();
            processingQueue.add(new Due(of.processingQueuedAt, of));
        }
        removeIfEmpty(of);
    }

    private void touch(KeyRows of) {
        if (stored != null) {
            stored.touch(of);
        }
    }

    private void removeIfEmpty(KeyRows of) {
        if (stored == null && of.isEmpty()) {
            of.queuedAt = KeyRows.NOT_QUEUED;
            of.processingQueuedAt = KeyRows.NOT_QUEUED;
            keys.remove(ByteBuffer.wrap(of.key), of);
        }
    }

    @Override
    void fire(long upTo, int resultsMax, long bytesMax) {
        fireBytesMax = bytesMax;
        hasMoreToClose = false;
        context.isEnding = upTo == Long.MAX_VALUE;
        // What had begun goes on, although a partition that was idle may have turned time back.
        long limit = Math.max(upTo, closedUpTo);
        context.watermark = context.isEnding ? closedUpTo : limit;
        int left = fireEvents(limit, resultsMax);
        fireProcessingTimers(left);
        if (!hasMoreToClose) {
            long expired = context.isEnding ? closedUpTo : limit;
            expire(TimeDomain.EVENT_TIME, expired);
            expire(TimeDomain.PROCESSING_TIME, context.processingMillis);
        }
        // The end is of this step alone: what comes later may be as old as what has been done.
        advanceOutput(context.isEnding ? closedUpTo : limit);
        context.isEnding = false;
    }

    private void expire(TimeDomain domain, long now) {
        if (stored == null) {
            expiry.expire(domain, now, EXPIRIES_PER_STEP_MAX, this::expire);
        } else {
            stored.expire(domain, now, EXPIRIES_PER_STEP_MAX, this::expire);
        }
    }

    private void advanceOutput(long limit) {
        Due next = queue.peek();
        long reached = next == null ? limit : Math.min(limit, next.at);
        reached = stored == null ? reached : Math.min(reached, stored.nextEventAt());
        if (reached != Long.MIN_VALUE && reached != Long.MAX_VALUE) {
            reached -= operator.heldBackMillis();
        }
        outputWatermark = Math.max(outputWatermark, reached);
    }

    private int fireEvents(long limit, int resultsMax) {
        List<KeyRows> beyondEnd = new ArrayList<>();
        int left = fireEvents(limit, resultsMax, beyondEnd);
        while (stored != null && !hasMoreToClose && stored.nextEventAt() < limit) {
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
            } else {
                stored.loadEvents();
                stored.touched().forEach(this::enqueue);
                left = fireEvents(limit, left, beyondEnd);
            }
        }
        beyondEnd.forEach(this::enqueue);
        return left;
    }

    /** Of what is in memory. */
    private int fireEvents(long limit, int resultsMax, List<KeyRows> beyondEnd) {
        int left = resultsMax;
        for (Due due = queue.peek(); due != null && due.at < limit; due = queue.peek()) {
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
                break;
            }
            queue.remove();
            KeyRows of = due.of;
            if (due.at != of.queuedAt) {
                continue;
            }
            of.queuedAt = KeyRows.NOT_QUEUED;
            touch(of);
            left = fireEvents(of, stored == null ? limit : Math.min(limit, stored.eventLimit(of)), left);
            if (of.nextAt() < limit && isBeyondEnd(of)) {
                beyondEnd.add(of);
            } else {
                enqueue(of);
            }
        }
        return left;
    }

    /** All that is due of one key; returns what is left of the budget. */
    private int fireEvents(KeyRows of, long limit, int resultsMax) {
        int left = resultsMax;
        while (left > 0 && !isFull()) {
            RowEntry row = of.waiting.peek();
            long rowAt = row == null ? Long.MAX_VALUE : row.timeMillis();
            long timerAt = of.eventTimers.isEmpty() ? Long.MAX_VALUE : of.eventTimers.firstKey();
            if (Math.min(rowAt, timerAt) >= limit || (row == null && isBeyondEnd(of))) {
                return left;
            }
            closedDue = Math.max(closedDue, Math.min(rowAt, timerAt) + 1);
            if (row != null && rowAt <= timerAt) {
                left -= 1 + process(of, row);
            } else {
                left -= 1 + fireTimer(of, TimeDomain.EVENT_TIME, timerAt, timerAt);
            }
        }
        return left;
    }

    /** Timers that timers set at the end would go on for ever. */
    private boolean isBeyondEnd(KeyRows of) {
        return context.isEnding && of.isBeyondEnd();
    }

    private int process(KeyRows of, RowEntry entry) {
        of.removeFirstRow();
        waitingRows--;
        counts.done++;
        state.bury(entry);
        byte[] bytes = entry.bytes();
        Row row = new Row(entry.input(), entry.timeMillis(), RowKeys.origin(entry.part), bytes);
        try {
            Object value = codecOf(row).decode(bytes, 0, bytes.length);
            row = new Row(row.input(), row.timeMillis(), row.origin(), value);
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            bury(of, row, bytes, e);
            return 0;
        }
        return Math.max(0, call(of, row, entry.reopened ? Pane.UPDATE : Pane.FINAL));
    }

    /** The number of results; -1 if it failed. */
    private int call(KeyRows of, Row row, Pane pane) {
        context.begin(of, row, pane);
        try {
            operator.process(row, context);
        } catch (Throwable e) {
            context.undo();
            ErrorText.rethrowIfFatal(e);
            bury(of, row, null, e);
            return -1;
        }
        return context.commit(outputs, counts);
    }

    private int fireTimer(KeyRows of, TimeDomain domain, long at, long resultMillis) {
        TimerEntry timer = of.removeTimer(domain, at);
        if (timer == null) {
            return 0;
        }
        state.bury(timer);
        context.begin(of, domain, timer, resultMillis);
        try {
            operator.onTimer(domain, at, context);
        } catch (Throwable e) {
            context.undo();
            ErrorText.rethrowIfFatal(e);
            bury(of, domain, at, e);
            return 0;
        }
        return context.commit(outputs, counts);
    }

    private void fireProcessingTimers(int resultsMax) {
        int left = resultsMax;
        long now = context.processingMillis;
        for (long at = nextTimerAt(); at <= now; at = nextTimerAt()) {
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
                return;
            }
            KeyRows of = processingQueue.remove().of;
            of.processingQueuedAt = KeyRows.NOT_QUEUED;
            touch(of);
            long limit = stored == null ? Long.MAX_VALUE : stored.processingLimit(of);
            while (left > 0
                    && !isFull()
                    && !of.processingTimers.isEmpty()
                    && of.processingTimers.firstKey() <= now
                    && of.processingTimers.firstKey() < limit) {
                TimerEntry timer = of.processingTimers.firstEntry().getValue();
                long resultMillis = plan.hasEventTime() ? Math.max(context.watermark, timer.setAtMillis) : now;
                left -= 1 + fireTimer(of, TimeDomain.PROCESSING_TIME, timer.timeMillis(), resultMillis);
            }
            enqueue(of);
        }
    }

    private void expire(KeyRows of, StateEntry entry) {
        entry.value = null;
        of.drop(entry);
        state.bury(entry);
        removeIfEmpty(of);
    }

    @Override
    boolean emitEarly(boolean tick, int resultsMax) {
        return false;
    }

    // ---- what fails ----

    private void bury(KeyRows of, Row row, byte @Nullable [] encoded, Throwable error) {
        byte[] payload = encoded == null ? encodedOrNull(row) : encoded;
        bury(of, payload, List.of(), plan.origin().apply(row), row.timeMillis(), error);
    }

    private byte @Nullable [] encodedOrNull(Row row) {
        Codec<Object> codec = plan.inputs().get(row.input()).codec();
        if (codec == null) {
            return null;
        }
        try {
            sink.reset();
            codec.encode(row.value(), sink);
            return sink.toByteArray();
        } catch (Throwable e) {
            ErrorText.rethrowIfFatal(e);
            return null;
        }
    }

    private void bury(KeyRows of, TimeDomain domain, long at, Throwable error) {
        DeadLetter.Origin origin = writer.originOf(of.hash, at);
        bury(of, null, List.of(Header.text(TIMER_HEADER, domain + " " + at)), origin, at, error);
    }

    private void bury(
            KeyRows of,
            byte @Nullable [] payload,
            List<Header> headers,
            DeadLetter.Origin origin,
            long timestamp,
            Throwable error) {
        counts.failed++;
        DeadLetter letter = deadLetters.of(
                of.key,
                payload == null || payload.length + of.key.length >= writer.deadBytesMax() ? null : payload,
                headers,
                origin,
                DeadLetter.Phase.ELEMENT,
                plan.name(),
                RecordFailure.EXCEPTION,
                error);
        writer.dead.add(
                Murmur2.partition(of.hash, writer.dead.partitions()),
                timestamp,
                SourcePartition.wrap(letter.key()),
                SourcePartition.wrap(letter.payload()),
                letter.toHeaders());
    }

    // ---- restoring ----

    @Override
    void restore(byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        Map<Identity, Entry> read = restoring;
        if (read == null) {
            throw new IllegalStateException("the state has been restored");
        }
        Identity identity = new Identity(kind, window, ByteBuffer.wrap(key));
        Entry known = read.remove(identity);
        if (known != null) {
            state.forget(known);
        }
        if (entry != null) {
            Entry own = own(kind, window, key, (byte[]) entry.accumulator);
            own.reopened = entry.reopened;
            read.put(identity, own);
            state.restore(own, offset, bytes);
        }
    }

    private Entry own(byte kind, Window window, byte[] key, byte[] value) {
        RowKeys.Parts parts = RowKeys.parts(key);
        byte[] userKey = parts.userKey();
        int hash = Murmur2.hash(userKey, 0, userKey.length);
        long at = window.startMillis();
        return switch (kind) {
            case StateFormat.ROW -> new RowEntry(key, hash, at, parts.part(), value);
            case StateFormat.TIMER -> TimerEntry.read(userKey, hash, TimerEntry.domain(parts.part()[0]), at, value);
            case StateFormat.STATE -> state(userKey, hash, at, parts.part(), value);
            default ->
                throw new PipelineException("the state of '" + plan.name() + "' in pipeline '" + plan.pipeline()
                        + "' holds a record of kind '" + (char) kind + "', which is not its own");
        };
    }

    private StateEntry state(byte[] userKey, int hash, long slotId, byte[] part, byte[] value) {
        Integer place = slotPlaces.get(slotId);
        if (place == null) {
            throw new PipelineException("the state of '" + plan.name() + "' in pipeline '" + plan.pipeline()
                    + "' holds a state that the function does not declare: declare it again");
        }
        StateEntry entry = new StateEntry(userKey, hash, slotId, place, part);
        entry.read(value, operator.slots().get(place).expires());
        return entry;
    }

    @Override
    void restored(long closedBefore, Set<Window> closing) {
        closedUpTo = closedBefore;
        context.closedUpTo = closedBefore;
        if (stored != null) {
            stored.loadEvents();
            stored.touched().forEach(this::enqueue);
            hasMoreToClose = stored.nextEventAt() < closedUpTo || isBehind(queue.peek());
            return;
        }
        Map<Identity, Entry> read = restoring;
        restoring = null;
        if (read == null) {
            return;
        }
        for (Entry entry : read.values()) {
            byte[] userKey = RowKeys.parts(entry.key).userKey();
            place(keyRows(userKey), entry);
        }
        keys.values().forEach(this::enqueue);
        hasMoreToClose = isBehind(queue.peek());
    }

    private boolean isBehind(@Nullable Due next) {
        return next != null && next.at < closedUpTo;
    }

    private void place(KeyRows of, Entry entry) {
        if (entry instanceof RowEntry row) {
            of.waiting.add(row);
            waitingRows++;
        } else if (entry instanceof TimerEntry timer) {
            TimeDomain domain = TimerEntry.domain(RowKeys.parts(timer.key).part()[0]);
            of.timers(domain).put(timer.timeMillis(), timer);
        } else if (entry instanceof StateEntry value) {
            of.slot(value.slot).put(value.part, value);
            RowOperator.Slot slot = operator.slots().get(value.slot);
            if (slot.expires()) {
                expiry.add(of, value, slot);
            }
        }
    }

    @Override
    long measure() {
        return waitingRows;
    }

    @Override
    void beginMeasure(long before) {
        waitingRows = before;
    }

    @Override
    long deferredRecords() {
        return 0;
    }
}
