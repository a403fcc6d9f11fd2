package io.tidemill.engine;

import io.tidemill.engine.ClosedSessions.Question;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which closed sessions of one key do elements change that belong among them? Goes over time once: sessions that exist,
 * open or closed, are <i>blocks</i>; a block that no element reaches, and no session before it takes its first element of,
 * stays as it is.
 */
final class SessionPlan {
    final SessionLane lane;
    final Question question;

    /** Elements to be added, by their times. */
    final List<Entry> arrivals;

    /** Elements that can not be added yet. */
    final List<Entry> refused = new ArrayList<>();

    /** What they change on the disk. */
    final List<ClosedSession> affected = new ArrayList<>();

    /** Whether open sessions must not be changed. */
    private final boolean sparesOpen;

    private final SessionRules rules;
    private int widenings;

    // Of one go.
    private boolean isActive;
    private boolean isTouched;
    private long first;
    private long last;
    private @Nullable Block at;
    private final List<Entry> chain = new ArrayList<>();
    private final ArrayDeque<Cell> pulled = new ArrayDeque<>();

    private record Block(
            long first,
            long last,
            @Nullable OpenSession open,
            @Nullable ClosedSession closed) {
        List<Cell> cells() {
            return open != null ? open.cells : closed != null ? closed.cells() : List.of();
        }
    }

    private enum Outcome {
        DONE,
        MUST_READ_MORE,
        REACHES_OPEN
    }

    SessionPlan(SessionLane lane, List<Entry> arrivals, boolean sparesOpen) {
        this.lane = lane;
        this.rules = lane.rules;
        this.arrivals = arrivals;
        this.sparesOpen = sparesOpen;
        arrivals.sort(Comparator.comparingLong(each -> each.window.startMillis()));
        question = new Question(arrivals.get(0).key, arrivals.get(0).hash);
        for (Entry each : arrivals) {
            long time = each.window.startMillis();
            question.spans.add(time - rules.gap, time + rules.gap);
        }
    }

    /** Makes the plan from what {@link #question} has been answered; false if it must be asked again, for more. */
    boolean make() {
        List<Block> blocks = blocks();
        while (true) {
            switch (go(blocks)) {
                case DONE -> {
                    return true;
                }
                case MUST_READ_MORE -> {
                    return false;
                }
                case REACHES_OPEN -> {
                    if (chain.isEmpty()) {
                        throw new IllegalStateException("no element reaches what is open");
                    }
                    refused.addAll(chain);
                    arrivals.removeAll(new HashSet<>(chain));
                }
            }
        }
    }

    private List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        for (ClosedSession each : question.answer()) {
            blocks.add(new Block(each.first(), each.last(), null, each));
        }
        KeySessions open = lane.find(question.key, question.hash);
        if (open != null) {
            for (OpenSession each : open.sessions) {
                blocks.add(new Block(each.first(), each.last(), each, null));
            }
        }
        blocks.sort(Comparator.comparingLong(Block::first));
        return blocks;
    }

    private Outcome go(List<Block> blocks) {
        isActive = false;
        isTouched = false;
        chain.clear();
        pulled.clear();
        affected.clear();
        int nextArrival = 0;
        int nextBlock = 0;
        while (true) {
            long arrivalAt = nextArrival < arrivals.size()
                    ? arrivals.get(nextArrival).window.startMillis()
                    : Long.MAX_VALUE;
            long blockAt = nextBlock < blocks.size() ? blocks.get(nextBlock).first : Long.MAX_VALUE;
            Cell cell = pulled.peek();
            long cellAt = cell == null ? Long.MAX_VALUE : cell.first();
            Outcome outcome;
            if (blockAt <= arrivalAt && blockAt <= cellAt) {
                if (blockAt == Long.MAX_VALUE) {
                    return finish();
                }
                outcome = take(blocks.get(nextBlock++));
            } else if (cell != null && cellAt <= arrivalAt) {
                outcome = take(cellAt, cell.last, null);
                pulled.remove();
            } else {
                outcome = take(arrivalAt, arrivalAt, arrivals.get(nextArrival++));
            }
            if (outcome != Outcome.DONE) {
                return outcome;
            }
        }
    }

    private Outcome take(Block block) {
        if (isActive && isTouched && rules.joins(first, last, block.first)) {
            // There may be another one before it, which nobody has asked for.
            if (!knows(block.first)) {
                return Outcome.MUST_READ_MORE;
            }
            pulled.addAll(block.cells());
            return affect(block);
        }
        Outcome outcome = finish();
        isActive = true;
        isTouched = false;
        first = block.first;
        last = block.last;
        at = block;
        if (outcome == Outcome.DONE) {
            chain.clear();
        }
        return outcome;
    }

    private Outcome affect(Block block) {
        if (block.closed != null) {
            affected.add(block.closed);
        }
        return block.open != null && sparesOpen ? Outcome.REACHES_OPEN : Outcome.DONE;
    }

    private Outcome take(long from, long to, @Nullable Entry arrival) {
        Outcome outcome = Outcome.DONE;
        if (isActive && rules.joins(first, last, from)) {
            last = Math.max(last, to);
            if (arrival != null) {
                chain.add(arrival);
            }
            if (!isTouched && at != null) {
                outcome = affect(at);
            }
        } else {
            outcome = finish();
            if (outcome != Outcome.DONE) {
                return outcome;
            }
            if (!isTouched || from - last > rules.gap) {
                chain.clear();
            }
            if (arrival != null) {
                chain.add(arrival);
            }
            isActive = true;
            first = from;
            last = to;
            at = null;
        }
        isTouched = true;
        return outcome;
    }

    /** The session at hand takes nothing more in. */
    private Outcome finish() {
        if (!isActive || !isTouched) {
            return Outcome.DONE;
        }
        long reach = Math.min(last + rules.gap, Math.max(last, first + rules.max - 1));
        if (!knows(reach)) {
            return Outcome.MUST_READ_MORE;
        }
        boolean hasClosed = rules.dueAt(first, last) <= lane.settledUpTo();
        return sparesOpen && !hasClosed ? Outcome.REACHES_OPEN : Outcome.DONE;
    }

    /** Whether all sessions are known that begin after the one at hand and up to {@code to}; if not, asks for more next time. */
    private boolean knows(long to) {
        if (question.spans.contains(last, to)) {
            return true;
        }
        question.spans.add(last, Math.max(to, last + (rules.gap << Math.min(widenings++, 16))));
        return false;
    }
}
