package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Session;
import io.tidemill.api.Window;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares the sessions of every key: which there are, and the newest result of each that has not been taken back. */
final class SessionComparison implements Comparison {
    /*
     * Which session an element is in depends on the key's other elements, so they are kept until all have come: folded by
     * millisecond, those that are late apart from the others. Then they are read in the order of their times and chained, twice:
     * those on time alone, which is what must stand before any correction, and all of them, which is the batch answer.
     */
    /** What an entry of a map of milliseconds and its accumulator take, roughly. */
    private static final int TIME_BYTES = 120;

    private final Committed committed;
    private final Aggregate<Object, Object, Object> aggregate;
    private final Session session;
    private final long gapMillis;
    private final long maxMillis;
    private final long latenessMillis;
    private final Pairs<Key> keys;
    private final Pairs.Limits limits;
    private final Answering answering;

    /** The elements of a millisecond. */
    private static final class Folded {
        @Nullable
        Object onTime;

        @Nullable
        Object late;
    }

    /** What there should be and what there is of one key. */
    private static final class Key implements Pairs.Held {
        final TreeMap<Long, Folded> times = new TreeMap<>();
        final SortedMap<Window, FoundResult> found = new TreeMap<>();
        long resultBytes;

        @Override
        public long bytes() {
            return (long) TIME_BYTES * (times.size() + found.size()) + resultBytes;
        }
    }

    /**
     * A session.
     *
     * @param hasLate whether the chain that it was cut from has late elements, here or before it
     */
    private record Part(Window window, Object accumulator, boolean hasLate) {}

    SessionComparison(Parts parts, Session session, Committed committed, Deque<Slice> slices, Pairs.Limits limits) {
        this.committed = committed;
        this.session = session;
        this.gapMillis = session.gap().toMillis();
        this.maxMillis = session.maxDuration() == null
                ? Long.MAX_VALUE
                : session.maxDuration().toMillis();
        this.latenessMillis = parts.latenessMillis();
        this.aggregate = parts.aggregate();
        this.answering = new Answering(parts, committed);
        this.keys = new Pairs<>(slices, limits);
        this.limits = limits;
    }

    // ---- what there should be ----

    @Override
    public void rehearse(List<Element> elements, RecordCursor record) throws Exception {
        for (Element element : elements) {
            aggregate.add(aggregate.create(), element.value());
        }
    }

    @Override
    public void expect(Element element, @Nullable Window window, boolean late, RecordCursor record) throws Exception {
        Key key = keys.get(element.requireKey(), Key::new);
        if (key == null) {
            return;
        }
        long before = key.bytes();
        Folded folded = key.times.computeIfAbsent(element.timeMillis(), t -> new Folded());
        if (late) {
            folded.late = aggregate.add(folded.late == null ? aggregate.create() : folded.late, element.value());
        } else {
            folded.onTime = aggregate.add(folded.onTime == null ? aggregate.create() : folded.onTime, element.value());
        }
        grew(key, before);
    }

    private void grew(Key key, long before) {
        keys.grew(key.bytes() - before);
        if (key.bytes() > limits.bytesMax()) {
            throw new AuditException("the audit cannot be made: one key has elements in " + key.times.size()
                    + " different milliseconds, which do not fit into " + (limits.bytesMax() >> 20)
                    + " MiB, and the sessions of a key are found together. Allow more memory, for instance with"
                    + " TIDEMILL_OPTS=-Xmx4g");
        }
    }

    // ---- what there is ----

    @Override
    public void find(RecordCursor result, boolean recent) {
        byte[] identity = result.key() == null ? new byte[0] : result.key();
        Window window = Identity.windowOf(identity);
        Key key = keys.get(Identity.keyOf(identity, window), Key::new);
        if (key == null) {
            return;
        }
        long before = key.bytes();
        FoundResult found = key.found.computeIfAbsent(window == null ? NO_WINDOW : window, w -> new FoundResult());
        key.resultBytes -= found.bytes();
        found.take(result, recent, true);
        key.resultBytes += found.bytes();
        grew(key, before);
    }

    /** Of a record that has no window, and so is no result. */
    private static final Window NO_WINDOW = new Window(Long.MIN_VALUE, Long.MAX_VALUE);

    // ---- the comparison ----

    @Override
    public void conclude(Recount recount, Tally tally) {
        keys.forEach((bytes, key) -> new OfKey(bytes, key, tally).compare());
    }

    /** The sessions of one key. */
    private final class OfKey {
        private final byte[] bytes;
        private final Key key;
        private final Tally tally;
        private final SortedMap<Window, Part> onTime;
        private final SortedMap<Window, Part> all;

        /** What the state holds. */
        private final Set<Window> held;

        /** Where sessions may still change, with the gap on both sides. */
        private final List<Window> open = new ArrayList<>();

        OfKey(byte[] bytes, Key key, Tally tally) {
            this.bytes = bytes;
            this.key = key;
            this.tally = tally;
            this.onTime = sessions(key.times, false);
            this.all = sessions(key.times, true);
            for (Window window : onTime.keySet()) {
                if (!isClosed(window)) {
                    open.add(widened(window));
                }
            }
            this.held = committed.state().openOf(bytes);
            held.forEach(window -> open.add(widened(window)));
        }

        void compare() {
            TreeSet<Window> windows = new TreeSet<>(all.keySet());
            windows.addAll(key.found.keySet());
            windows.forEach(this::compare);
        }

        private void compare(Window window) {
            FoundResult found = key.found.getOrDefault(window, new FoundResult());
            Part part = all.get(window);
            if (found.isRecent || isOpen(window)) {
                tally.open++;
                return;
            }
            byte[] actual = found.value;
            if (part == null && actual == null) {
                return;
            }
            tally.results++;
            Answer expected = answer(part, found);
            boolean awaits = mayAwaitCorrection(window);
            if (expected.is(actual) && found.fault() == null) {
                tally.failed += actual == null && part != null && !awaits ? 1 : 0;
                return;
            }
            boolean isAsBefore = answer(onTime.get(window), found).is(actual);
            if (awaits && (isAsBefore || committed.status().ledger().corrected() > 0)) {
                tally.mismatchThatAwaitsCorrection(
                        mismatch(window, expected, found, "late records wait for a correction"));
            } else {
                tally.mismatch(mismatch(window, expected, found, why(window, part, expected, found, isAsBefore)));
            }
        }

        private boolean isOpen(Window window) {
            return onTime.containsKey(window)
                    ? !isClosed(window) || held.stream().anyMatch(each -> overlap(each, window))
                    : open.stream().anyMatch(each -> overlap(each, window));
        }

        /** Whether late elements near the window, or before it in its chain, may still be to be folded in. */
        private boolean mayAwaitCorrection(Window window) {
            boolean isWaiting = committed.status().awaitingCorrection() > 0
                    || committed.state().isDeferring(bytes);
            return isWaiting && all.values().stream().anyMatch(each -> each.hasLate && overlap(each.window, window));
        }

        private Answer answer(@Nullable Part part, FoundResult found) {
            return part == null ? Answer.NONE : answering.answer(bytes, part.window, part.accumulator, found);
        }

        private Mismatch mismatch(Window window, Answer expected, FoundResult found, String why) {
            return answering.mismatch(bytes, window.equals(NO_WINDOW) ? null : window, expected, found, why);
        }

        private String why(Window window, @Nullable Part part, Answer expected, FoundResult found, boolean isAsBefore) {
            String fault = found.fault();
            if (part == null && onTime.containsKey(window)) {
                return "late records have made it another session, but it has not been taken back";
            } else if (part == null) {
                return "no session of the source's elements is that one, and it has not been taken back";
            } else if (found.value == null) {
                return "the result is missing";
            } else if (fault != null) {
                return fault;
            } else if (expected.value() == null) {
                return "the newest answer failed and is a dead letter; what the topic holds is older";
            } else if (isAsBefore && part.hasLate) {
                return "late records are not in it, although they count as corrected or given up";
            }
            return "the result differs";
        }
    }

    // ---- the rules ----

    /** The sessions of the elements on time, or of all, in the order of their times. */
    private SortedMap<Window, Part> sessions(SortedMap<Long, Folded> times, boolean withLate) {
        SortedMap<Window, Part> sessions = new TreeMap<>();
        Object accumulator = null;
        long first = 0;
        long last = 0;
        boolean hasLate = false;
        for (Map.Entry<Long, Folded> each : times.entrySet()) {
            Folded folded = each.getValue();
            long time = each.getKey();
            if (folded.onTime == null && !withLate) {
                continue;
            }
            boolean isChained = accumulator != null && time - last <= gapMillis;
            if (accumulator != null && (!isChained || time - first >= maxMillis)) {
                add(sessions, first, last, accumulator, hasLate);
                accumulator = null;
            }
            if (accumulator == null) {
                first = time;
                accumulator = aggregate.create();
                hasLate &= isChained;
            }
            last = time;
            accumulator = merge(accumulator, folded.onTime);
            if (withLate) {
                accumulator = merge(accumulator, folded.late);
                hasLate |= folded.late != null;
            }
        }
        if (accumulator != null) {
            add(sessions, first, last, accumulator, hasLate);
        }
        return sessions;
    }

    private Object merge(Object into, @Nullable Object more) {
        return more == null ? into : aggregate.merge(into, more);
    }

    private static void add(
            SortedMap<Window, Part> sessions, long first, long last, Object accumulator, boolean hasLate) {
        Window window = new Window(first, last + 1);
        sessions.put(window, new Part(window, accumulator, hasLate));
    }

    /** Whether no more on-time element can change it. */
    private boolean isClosed(Window window) {
        // The watermark is beyond the last element plus the gap, or at or beyond the first element plus the maximum.
        long over = window.endMillis() + gapMillis;
        if (session.maxDuration() != null) {
            over = Math.min(over, window.startMillis() + maxMillis);
        }
        return over + latenessMillis <= committed.status().closedUpToMillis();
    }

    private Window widened(Window window) {
        return new Window(window.startMillis() - gapMillis, window.endMillis() + gapMillis);
    }

    private static boolean overlap(Window one, Window other) {
        return one.startMillis() < other.endMillis() && other.startMillis() < one.endMillis();
    }
}
