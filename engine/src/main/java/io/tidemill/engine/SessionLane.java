package io.tidemill.engine;

import io.tidemill.api.Early;
import io.tidemill.api.Pane;
import io.tidemill.api.Result;
import io.tidemill.api.Window;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lane of sessions.
 *
 * <p>An element that comes where no session can have closed only meets what is in memory: a session closes when the
 * watermark, less the allowed lateness, is so far that whatever comes then begins another one. An element of a partition
 * that was idle, and late ones that a correction folds in, may belong to sessions on the disk: {@link SessionJoin} brings
 * those back before it adds them.
 *
 * <p>Where sessions have a maximum their elements stay apart by the millisecond, also on the disk: any cut may have to be
 * made again, where nobody knows yet. Elsewhere a session is one accumulator.
 *
 * <p>A result that stands for a session is kept with it. It is taken back together with the first result of a session that
 * has replaced it, and not before: so readers never see less than what they knew.
 */
final class SessionLane extends Lane {
    final SessionRules rules;
    private final SessionTable keys = new SessionTable();
    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparingLong(Due::at));
    private final ArrayDeque<KeySessions> awaitingEarly = new ArrayDeque<>();
    private boolean earlyIsDue;

    /** Elements of this step that may belong to sessions which have closed. */
    final List<Cell> parked = new ArrayList<>();

    /** Keys with late elements that wait. */
    final Set<KeySessions> waiting = new LinkedHashSet<>();

    /** Elements in the sessions that are in memory. */
    long openElements;

    /** Elements that this step has put on the disk, less those that it has brought back. */
    long closedElements;

    /** Up to where, at least, windows have closed when what this step closed has; also if that was before its time. */
    long closedDue = Long.MIN_VALUE;

    /** Where what is not in memory is; null if all is. */
    private @Nullable StoredSessions stored;

    /** What is due later need not be queued here where there is a store: it is found there. */
    private long firingUpTo = Long.MAX_VALUE;

    /** While the state is read back. */
    private @Nullable Map<Identity, Entry> restoring = new HashMap<>();

    private record Due(long at, KeySessions of) {}

    private record Identity(byte kind, Window window, ByteBuffer key) {}

    SessionLane(StagePlan pipeline, SessionRules rules, ResultWriter writer) {
        super(pipeline, writer);
        this.rules = rules;
    }

    @Override
    void keepIn(LaneStore store) {
        stored = new StoredSessions(store, this, keys);
        state.keepIn(store, entry -> {}, entry -> false);
    }

    @Override
    void beginStep(long changelogEnd, long closedBefore) {
        super.beginStep(changelogEnd, closedBefore);
        if (stored != null) {
            stored.beginStep(nextQueued());
            queue.clear();
            firingUpTo = Long.MAX_VALUE;
        }
        parked.clear();
        closedElements = 0;
        closedDue = Long.MIN_VALUE;
    }

    /** When the next one of those that are queued here is to be looked at. */
    private long nextQueued() {
        long next = Long.MAX_VALUE;
        for (Due due : queue) {
            next = due.at == due.of.queuedAt ? Math.min(next, due.at) : next;
        }
        return next;
    }

    /** Elements before it may belong to sessions that have closed. */
    long settledUpTo() {
        return closedUpTo == Long.MIN_VALUE ? Long.MIN_VALUE : closedUpTo - pipeline.latenessMillis;
    }

    @Override
    long entries() {
        return state.entries();
    }

    @Override
    Set<Window> openWindows() {
        return Set.of();
    }

    // ---- merging ----

    @Override
    void merge(Partials partials) {
        long settled = settledUpTo();
        if (stored != null) {
            stored.load(partials);
        }
        for (int i = 0; i < partials.count; i++) {
            long time = partials.starts[i];
            KeySessions of = keys.get(partials.keys, partials.keyStarts[i], partials.keyLengths[i], partials.hashes[i]);
            byte[] key = of != null
                    ? of.key
                    : Arrays.copyOfRange(
                            partials.keys, partials.keyStarts[i], partials.keyStarts[i] + partials.keyLengths[i]);
            Cell cell = new Cell(key, partials.hashes[i], time, time, partials.accumulator(i));
            cell.count = partials.counts[i];
            if (time < settled) {
                parked.add(cell);
            } else {
                add(of == null ? create(key, cell.hash) : of, cell);
            }
        }
    }

    @Nullable
    KeySessions find(byte[] key, int hash) {
        return stored == null ? keys.get(key, 0, key.length, hash) : stored.find(key, hash);
    }

    KeySessions findOrCreate(byte[] key, int hash) {
        KeySessions found = find(key, hash);
        return found == null ? create(key, hash) : found;
    }

    KeySessions create(byte[] key, int hash) {
        KeySessions created = new KeySessions(key, hash, rules, aggregate, state);
        keys.add(created);
        return created;
    }

    private void removeIfEmpty(KeySessions of) {
        if (stored == null && of.isEmpty() && find(of.key, of.hash) == of) {
            of.queuedAt = Long.MAX_VALUE;
            keys.remove(of);
        }
    }

    void add(KeySessions to, Cell cell) {
        // Before it takes others in.
        openElements += cell.count;
        touch(to);
        OpenSession session = to.add(cell);
        enqueue(to, rules.dueAt(session.first(), session.last()));
        awaitEarly(to);
    }

    private void touch(KeySessions of) {
        // What a correction works on apart is never in the store.
        if (stored != null && of.queuedAt != Long.MIN_VALUE) {
            stored.touch(of);
        }
    }

    /** Brings a session back from the disk, which forgets it. */
    void reopen(KeySessions to, ClosedSession session) {
        touch(to);
        OpenSession open = new OpenSession();
        for (Cell cell : session.cells()) {
            open.cells.add(cell);
            state.markDirty(cell);
        }
        open.count = session.count();
        Entry result = new Entry(StateFormat.RESULT, to.key, to.hash, session.window(), StateFormat.NOTHING);
        result.revision = session.revision();
        result.count = session.count();
        result.isFinal = true;
        if (keepsFormer) {
            result.former = pipeline.copy(accumulatorOf(open));
        }
        state.markDirty(result);
        open.results.add(result);
        to.insert(open);
        session.remove(pipeline.operatorId, to.key, closed);
        closedWindows.add(session.place());
        openElements += session.count();
        closedElements -= session.count();
        enqueue(to, rules.dueAt(open.first(), open.last()));
    }

    // ---- closing ----

    private void enqueue(KeySessions of, long at) {
        if (at < of.queuedAt) {
            of.queuedAt = at;
            if (stored == null || at <= firingUpTo) {
                queue.add(new Due(at, of));
            }
        }
    }

    private long nextDue(KeySessions of) {
        long next = Long.MAX_VALUE;
        for (OpenSession each : of.sessions) {
            long due = rules.dueAt(each.first(), each.last());
            if (due >= next) {
                break;
            }
            if (!each.isEmitted()) {
                return due;
            }
            next = Math.min(next, due + pipeline.latenessMillis);
        }
        return next;
    }

    @Override
    void fire(long upTo, int resultsMax, long bytesMax) {
        fireBytesMax = bytesMax;
        hasMoreToClose = false;
        if (stored == null) {
            fireQueued(upTo, resultsMax);
            return;
        }
        firingUpTo = upTo;
        int left = fireQueued(upTo, resultsMax);
        while (!hasMoreToClose && stored.hasDue(upTo)) {
            if (stored.lookedAt() >= resultsMax) {
                // Looking at what turns out not to be due costs, too.
                hasMoreToClose = true;
                return;
            }
            List<KeySessions> due = stored.loadDue(upTo);
            due.forEach(of -> queue.add(new Due(of.queuedAt, of)));
            left = fireQueued(upTo, left);
            stored.release(due);
        }
    }

    /** Returns what is left of the budget. */
    private int fireQueued(long upTo, int resultsMax) {
        int left = resultsMax;
        for (Due head = queue.peek(); head != null && head.at <= upTo; head = queue.peek()) {
            KeySessions of = head.of;
            if (head.at != of.queuedAt) {
                // It was queued again, for an earlier time.
                queue.remove();
                continue;
            }
            if (left <= 0 || isFull()) {
                hasMoreToClose = true;
                return left;
            }
            queue.remove();
            of.queuedAt = Long.MAX_VALUE;
            touch(of);
            left = fire(of, upTo, left);
            enqueue(of, nextDue(of));
            removeIfEmpty(of);
        }
        return left;
    }

    /** Returns what is left of the budget. */
    private int fire(KeySessions of, long upTo, int resultsMax) {
        int left = resultsMax;
        int closing = 0;
        for (OpenSession each : of.sessions) {
            long due = rules.dueAt(each.first(), each.last());
            boolean emits = !each.isEmitted();
            boolean closes = due + pipeline.latenessMillis <= upTo;
            if (due > upTo || left <= 0 || isFull()) {
                break;
            }
            if (emits) {
                left -= emit(of, each, Pane.UPDATE, closes);
            } else if (closes) {
                left--;
            }
            if (closes) {
                // The first ones: sessions are due in the order of their times.
                closing++;
                close(of, each);
            }
        }
        of.sessions.subList(0, closing).clear();
        return left;
    }

    /** A place for sessions of a key that have closed, and close again in this step. */
    KeySessions createApart(byte[] key, int hash) {
        KeySessions apart = new KeySessions(key, hash, rules, aggregate, state);
        // Nobody comes by for it.
        apart.queuedAt = Long.MIN_VALUE;
        apart.awaitsEarly = true;
        return apart;
    }

    /** Emits what a correction has changed, and closes all of it. */
    void correct(KeySessions apart) {
        for (OpenSession each : apart.sessions) {
            if (!each.isEmitted()) {
                emit(apart, each, Pane.CORRECTION, true);
            }
            close(apart, each);
        }
    }

    /**
     * Returns how many results that made.
     *
     * @param pane of a result that is not the first one
     * @param closes whether nothing will be told of the session again while it is in memory
     */
    private int emit(KeySessions of, OpenSession session, Pane pane, boolean closes) {
        Window window = session.window();
        Entry own = session.result();
        int records = 1 + retract(of, session, own, pane);
        int revision = own == null || !own.isFinal ? 0 : own.revision + 1;
        for (Cell cell : session.cells) {
            revision = Math.max(revision, cell.revision);
        }
        Entry whole = whole(of, session, window, revision);
        whole.former = own == null ? null : own.former;
        writer.write(whole, revision, revision == 0 ? Pane.FINAL : pane, Long.MIN_VALUE);
        Entry result = stand(of, session, own, revision, true);
        result.former = keepsFormer && !closes ? pipeline.copy(whole.accumulator) : null;
        return records;
    }

    private int emitEarly(KeySessions of, OpenSession session) {
        Entry own = session.result();
        int records = 1 + retract(of, session, own, Pane.EARLY);
        writer.write(
                whole(of, session, session.window(), Result.EARLY_REVISION),
                Result.EARLY_REVISION,
                Pane.EARLY,
                Long.MIN_VALUE);
        stand(of, session, own, Result.EARLY_REVISION, false);
        return records;
    }

    /** Belongs to the session, where it has one cell. */
    private Object accumulatorOf(OpenSession session) {
        if (session.cells.size() == 1) {
            return session.cells.get(0).accumulator;
        }
        Object accumulator = aggregate.create();
        for (Cell cell : session.cells) {
            accumulator = aggregate.merge(accumulator, cell.accumulator);
        }
        return accumulator;
    }

    private Entry whole(KeySessions of, OpenSession session, Window window, int revision) {
        Entry whole = new Entry(StateFormat.ACCUMULATOR, of.key, of.hash, window, accumulatorOf(session));
        whole.revision = revision;
        return whole;
    }

    private Entry stand(KeySessions of, OpenSession session, @Nullable Entry own, int revision, boolean isFinal) {
        Entry result = own == null
                ? new Entry(StateFormat.RESULT, of.key, of.hash, session.window(), StateFormat.NOTHING)
                : own;
        result.revision = revision;
        result.count = session.count;
        result.isFinal = isFinal;
        session.results = new ArrayList<>(List.of(result));
        state.markDirty(result);
        return result;
    }

    /** Takes back the results of sessions that this one has replaced; returns how many. */
    private int retract(KeySessions of, OpenSession session, @Nullable Entry own, Pane pane) {
        int count = 0;
        for (Entry each : session.results) {
            if (each != own && !each.done) {
                int revision = each.isFinal ? each.revision + 1 : Result.EARLY_REVISION;
                writer.retract(each, revision, each.isFinal ? pane : Pane.EARLY);
                each.done = true;
                state.bury(each);
                if (each.isFinal) {
                    raise(of, each.window, revision);
                }
                count++;
            }
        }
        return count;
    }

    /** Whatever is to stand for this time comes after what stood for it. */
    private void raise(KeySessions of, Window window, int revision) {
        for (OpenSession session : of.sessions) {
            if (session.first() >= window.endMillis()) {
                return;
            }
            if (session.last() >= window.startMillis()) {
                for (Cell cell : session.cells) {
                    if (cell.last >= window.startMillis()
                            && cell.first() < window.endMillis()
                            && cell.revision < revision) {
                        cell.revision = revision;
                        state.markDirty(cell);
                    }
                }
            }
        }
    }

    private void close(KeySessions of, OpenSession session) {
        Entry result = session.result();
        if (result == null) {
            throw new IllegalStateException("session " + session.window() + " closes without a result");
        }
        ClosedSession closing = ClosedSession.of(session, result.revision, pipeline);
        closing.write(pipeline, of.key, closed);
        closedWindows.add(closing.place());
        session.cells.forEach(state::bury);
        state.bury(result);
        openElements -= session.count;
        closedElements += session.count;
        closedDue = Math.max(closedDue, session.last() + rules.reach() + pipeline.latenessMillis);
    }

    // ---- early results ----

    private void awaitEarly(KeySessions of) {
        if (early != null && !of.awaitsEarly) {
            of.awaitsEarly = true;
            awaitingEarly.add(of);
        }
    }

    @Override
    boolean emitEarly(boolean tick, int resultsMax) {
        if (early == null) {
            return false;
        }
        earlyIsDue |= tick || early instanceof Early.Count;
        long least = early instanceof Early.Count count ? count.elements() : 1;
        int left = resultsMax;
        while (earlyIsDue && !awaitingEarly.isEmpty()) {
            KeySessions of = awaitingEarly.element();
            touch(of);
            for (OpenSession each : of.sessions) {
                if (each.unemitted() >= least && !each.hasFinalResult()) {
                    if (left <= 0 || isFull()) {
                        return true;
                    }
                    left -= emitEarly(of, each);
                }
            }
            of.awaitsEarly = false;
            awaitingEarly.remove();
        }
        earlyIsDue = false;
        return false;
    }

    // ---- late elements ----

    /** Keeps late elements until what is around them has closed; false if just they are kept already. */
    boolean defer(Entry late) {
        KeySessions of = findOrCreate(late.key, late.hash);
        long time = late.window.startMillis();
        Entry kept = of.deferred.get(time);
        if (kept == late) {
            return false;
        }
        if (kept == null) {
            late.kind = StateFormat.DEFERRED;
            of.deferred.put(time, late);
            kept = late;
        } else {
            kept.accumulator = aggregate.merge(kept.accumulator, late.accumulator);
            kept.count += late.count;
            kept.records += late.records;
        }
        waiting.add(of);
        touch(of);
        state.markDirty(kept);
        return true;
    }

    /** Takes late elements out if they are kept; true if they were. */
    boolean takeDeferred(Entry late) {
        KeySessions of = find(late.key, late.hash);
        long time = late.window.startMillis();
        if (of == null || of.deferred.get(time) != late) {
            return false;
        }
        of.deferred.remove(time);
        touch(of);
        state.bury(late);
        if (of.deferred.isEmpty()) {
            waiting.remove(of);
            removeIfEmpty(of);
        }
        return true;
    }

    /** Whether an element at this time, had it no neighbours, would have closed as a session. */
    boolean isSettled(long time) {
        return rules.dueAt(time, time) <= settledUpTo();
    }

    /** The time of the oldest late element that waits; {@link Long#MAX_VALUE} if there is none. */
    long oldestDeferred() {
        long oldest = Long.MAX_VALUE;
        for (KeySessions each : waiting) {
            oldest = Math.min(oldest, each.deferred.firstKey());
        }
        return oldest;
    }

    @Override
    long deferredRecords() {
        long records = 0;
        for (KeySessions each : waiting) {
            for (Entry entry : each.deferred.values()) {
                records += entry.records;
            }
        }
        return records;
    }

    // ---- restoring ----

    @Override
    void restore(byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes) {
        Map<Identity, Entry> all = requireRestoring();
        Identity identity = new Identity(kind, window, ByteBuffer.wrap(key));
        Entry known = entry == null ? all.remove(identity) : all.put(identity, entry);
        if (known != null) {
            state.forget(known);
        }
        if (entry != null) {
            state.restore(entry, offset, bytes);
        }
    }

    private Map<Identity, Entry> requireRestoring() {
        if (restoring == null) {
            throw new IllegalStateException("the state has been read back already");
        }
        return restoring;
    }

    @Override
    void restored(long closedBefore, Set<Window> closing) {
        closedUpTo = closedBefore;
        if (stored != null) {
            stored.loadDeferred();
            if (early != null) {
                stored.loadEarly();
            }
            return;
        }
        List<Entry> entries = new ArrayList<>(requireRestoring().values());
        restoring = null;
        // Cells of a key in the order of their times; what stands for them comes behind.
        entries.sort(Comparator.<Entry>comparingInt(each -> each.kind == StateFormat.CELL ? 0 : 1)
                .thenComparingLong(each -> each.window.startMillis()));
        for (Entry each : entries) {
            take(findOrCreate(each.key, each.hash), each);
            openElements += each instanceof Cell ? each.count : 0;
        }
        keys.forEach(of -> {
            enqueue(of, nextDue(of));
            awaitEarly(of);
        });
    }

    /** Takes what was kept of a key: cells in the order of their times, and then the rest. */
    void take(KeySessions of, Entry entry) {
        if (entry instanceof Cell cell) {
            append(of, cell);
        } else if (entry.kind == StateFormat.RESULT) {
            attach(of, entry);
        } else {
            of.deferred.put(entry.window.startMillis(), entry);
            waiting.add(of);
        }
    }

    /** Whether early results are due for a key that was read back. */
    boolean awaitEarlyAgain(KeySessions of) {
        boolean awaits = of.sessions.stream().anyMatch(each -> each.unemitted() > 0 && !each.hasFinalResult());
        if (awaits) {
            awaitEarly(of);
        }
        return awaits;
    }

    @Override
    long measure() {
        return openElements;
    }

    @Override
    void beginMeasure(long before) {
        openElements = before;
    }

    private void append(KeySessions of, Cell cell) {
        OpenSession last = of.sessions.isEmpty() ? null : of.sessions.get(of.sessions.size() - 1);
        if (last == null || !rules.joins(last.first(), last.last(), cell.first())) {
            last = new OpenSession();
            of.sessions.add(last);
        }
        last.cells.add(cell);
        last.count += cell.count;
    }

    private static void attach(KeySessions of, Entry result) {
        for (OpenSession each : of.sessions) {
            if (each.first() < result.window.endMillis() && each.last() >= result.window.startMillis()) {
                each.results.add(result);
            }
        }
    }
}
