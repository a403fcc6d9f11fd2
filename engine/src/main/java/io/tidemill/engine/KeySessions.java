package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The sessions of one key that are in memory, in the order of their times. They are always what the rules make of the cells
 * that are here; sessions that have closed, and are on the disk, are between and before them. Belongs to one lane.
 */
final class KeySessions {
    final byte[] key;
    final int hash;
    private final SessionRules rules;
    private final Aggregate<Object, Object, Object> aggregate;
    private final StateLog state;
    final List<OpenSession> sessions = new ArrayList<>();

    /** Late elements that wait for what is around them to close, by their time. */
    final TreeMap<Long, Entry> deferred = new TreeMap<>();

    /** When it is queued to be looked at; {@link Long#MAX_VALUE} if it is not. */
    long queuedAt = Long.MAX_VALUE;

    // Where there is a store:

    /** What there is of its sessions is here. */
    boolean isLoaded = true;

    /** For when the store has it to be looked at. */
    long indexedAt = StoredSessions.NOT_INDEXED;

    /** The step at hand has to do with it. */
    boolean isTouched;

    /** What it takes in memory, as far as that is counted. */
    long heldBytes;

    /** It is in the list of keys that early results are due for. */
    boolean awaitsEarly;

    KeySessions(byte[] key, int hash, SessionRules rules, Aggregate<Object, Object, Object> aggregate, StateLog state) {
        this.key = key;
        this.hash = hash;
        this.rules = rules;
        this.aggregate = aggregate;
        this.state = state;
    }

    boolean isEmpty() {
        return sessions.isEmpty() && deferred.isEmpty();
    }

    /** Adds an element, or several of one time; returns the session that it is in now. */
    OpenSession add(Cell cell) {
        int at = floor(cell.first());
        OpenSession session = at < 0 ? null : sessions.get(at);
        if (session != null && rules.joins(session.first(), session.last(), cell.first())) {
            addTo(session, cell);
        } else {
            session = new OpenSession();
            session.cells.add(cell);
            session.count = cell.count;
            state.markDirty(cell);
            sessions.add(++at, session);
        }
        settle(at);
        return session;
    }

    /** Puts a session where its time is; it must be apart from its neighbours by the rules. */
    void insert(OpenSession session) {
        sessions.add(floor(session.first()) + 1, session);
    }

    /** The last session that begins at {@code time} or before; -1 if there is none. */
    private int floor(long time) {
        int low = 0;
        int high = sessions.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sessions.get(middle).first() <= time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private void addTo(OpenSession session, Cell cell) {
        session.count += cell.count;
        int at = rules.hasMax ? floorCell(session, cell.first()) : 0;
        Cell known = session.cells.get(at);
        if (!rules.hasMax || known.first() == cell.first()) {
            merge(known, cell);
        } else {
            session.cells.add(at + 1, cell);
            state.markDirty(cell);
        }
    }

    private static int floorCell(OpenSession session, long time) {
        int low = 0;
        int high = session.cells.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (session.cells.get(middle).first() <= time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private void merge(Cell into, Cell from) {
        into.accumulator = aggregate.merge(into.accumulator, from.accumulator);
        into.count += from.count;
        into.last = Math.max(into.last, from.last);
        into.revision = Math.max(into.revision, from.revision);
        state.markDirty(into);
        state.bury(from);
    }

    /** Cuts anew from a session on that has changed, until a cut is where it was. */
    private void settle(int from) {
        int at = from;
        while (at + 1 < sessions.size()) {
            OpenSession session = sessions.get(at);
            OpenSession next = sessions.get(at + 1);
            if (!rules.joins(session.first(), session.last(), next.first())) {
                return;
            }
            session.results.addAll(next.results);
            if (takeFrom(next, session)) {
                sessions.remove(at + 1);
            } else {
                next.keepOwnResults();
                at++;
            }
            session.keepOwnResults();
        }
    }

    /** Moves what belongs to the session before; whether nothing is left. */
    private boolean takeFrom(OpenSession next, OpenSession session) {
        if (!rules.hasMax) {
            session.count += next.count;
            merge(session.cells.get(0), next.cells.get(0));
            return true;
        }
        int moved = floorCell(next, session.first() + rules.max - 1) + 1;
        List<Cell> moving = next.cells.subList(0, moved);
        for (Cell each : moving) {
            session.count += each.count;
            next.count -= each.count;
        }
        session.cells.addAll(moving);
        moving.clear();
        return next.cells.isEmpty();
    }
}
