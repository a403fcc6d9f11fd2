package io.tidemill.operations;

import io.tidemill.api.Window;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The second look at history: every candidate bound, tried at once. Each judges for itself, as a run with it would. */
final class Trials extends Walk {
    static final int BOUNDS_MAX = Long.SIZE;
    private static final int ENTRIES_MAX = 200_000;

    /** A record that misses more windows cannot be noted as late, and is a dead letter. */
    private static final int MISSED_MAX = 5_000;

    private final Parts parts;
    private final WindowAssigner windows;
    private final long[] bounds;
    private final long all;
    private final OpenState state;
    private final Frontier frontier;
    private final AccumulatorSample sample;

    /** By bound and partition: a record that is a dead letter under one bound moves no watermark there. */
    private final long[][] newest;

    private final long[] lateRecords;
    private final long[] onTimeRecords;
    private final long[] lateWindows;

    // Of the record at hand, by bound.
    private final long[] missed;
    private final long[] noted;

    /** The window that the element before missed, if it was just one. */
    private final @Nullable Window[] single;

    /** For each element, under which bounds it is late for all of its windows. */
    private long[] lateForAll = new long[16];

    private long late;

    Trials(Parts parts, WindowAssigner windows, int partitions, List<Duration> bounds) {
        super(parts);
        this.parts = parts;
        this.windows = windows;
        this.bounds = bounds.stream().mapToLong(Duration::toMillis).toArray();
        this.all = this.bounds.length == BOUNDS_MAX ? -1 : (1L << this.bounds.length) - 1;
        this.state = new OpenState(this.bounds, parts.latenessMillis(), ENTRIES_MAX);
        this.frontier = new Frontier(partitions, parts.idleAfterMillis());
        this.sample = new AccumulatorSample(parts.aggregate());
        this.newest = new long[this.bounds.length][partitions];
        for (long[] each : newest) {
            Arrays.fill(each, Elements.NO_TIME);
        }
        this.lateRecords = new long[this.bounds.length];
        this.onTimeRecords = new long[this.bounds.length];
        this.lateWindows = new long[this.bounds.length];
        this.missed = new long[this.bounds.length];
        this.noted = new long[this.bounds.length];
        this.single = new Window[this.bounds.length];
    }

    @Override
    void failed(int partition, RecordCursor record) {
        frontier.take(partition, Elements.NO_TIME, History.arrivalMillis(record));
    }

    @Override
    public void ended(int partition) {
        frontier.ended(partition);
    }

    @Override
    void taken(int partition, RecordCursor record, Elements.Made made) {
        place(partition, made.elements());
        long refused = made.elements().size() > 1 ? refused() : 0;
        count(refused, !made.elements().isEmpty());
        hold(made.elements(), refused);
        for (int i = 0; i < bounds.length; i++) {
            if (!isIn(refused, i)) {
                newest[i][partition] = Math.max(newest[i][partition], made.newestMillis());
            }
        }
        frontier.take(partition, made.newestMillis(), History.arrivalMillis(record));
        state.advance(frontier);
    }

    private void place(int partition, List<Element> elements) {
        Arrays.fill(missed, 0);
        Arrays.fill(noted, 0);
        Arrays.fill(single, null);
        late = 0;
        lateForAll = lateForAll.length < elements.size() ? new long[elements.size()] : lateForAll;
        for (int i = 0; i < elements.size(); i++) {
            place(partition, i, elements.get(i).timeMillis());
        }
    }

    private void place(int partition, int element, long timeMillis) {
        List<Window> of = windows.windowsOf(timeMillis);
        int[] count = new int[bounds.length];
        @Nullable Window[] last = new Window[bounds.length];
        lateForAll[element] = all;
        for (Window window : of) {
            long under = lateUnder(partition, parts.closesAt(window));
            late |= under;
            lateForAll[element] &= under;
            for (int i = 0; under != 0 && i < bounds.length; i++) {
                if (isIn(under, i)) {
                    count[i]++;
                    last[i] = window;
                }
            }
        }
        for (int i = 0; i < bounds.length; i++) {
            missed[i] += count[i];
            // Neighbours that missed one, the same, are noted once.
            noted[i] += count[i] == 1 && Objects.equals(last[i], single[i]) ? 0 : count[i];
            single[i] = count[i] == 1 ? last[i] : null;
        }
    }

    private long lateUnder(int partition, long closesAt) {
        long late = 0;
        for (int i = 0; i < bounds.length; i++) {
            long newestBefore = newest[i][partition];
            if (newestBefore != Elements.NO_TIME && closesAt <= newestBefore - bounds[i]) {
                late |= 1L << i;
            }
        }
        return late;
    }

    /** Under which bounds the record misses more windows than can be noted. */
    private long refused() {
        long refused = 0;
        for (int i = 0; i < bounds.length; i++) {
            refused |= noted[i] > MISSED_MAX ? 1L << i : 0;
        }
        return refused;
    }

    private static boolean isIn(long set, int bound) {
        return (set & 1L << bound) != 0;
    }

    private void count(long refused, boolean hasElements) {
        for (int i = 0; i < bounds.length; i++) {
            lateWindows[i] += isIn(refused, i) ? 0 : missed[i];
        }
        for (int i = 0; hasElements && i < bounds.length; i++) {
            if (!isIn(refused, i)) {
                lateRecords[i] += isIn(late, i) ? 1 : 0;
                onTimeRecords[i] += isIn(late, i) ? 0 : 1;
            }
        }
    }

    private void hold(List<Element> elements, long refused) {
        for (int i = 0; i < elements.size(); i++) {
            hold(elements.get(i), all & ~lateForAll[i] & ~refused);
        }
    }

    private void hold(Element element, long underBounds) {
        Window held = windows.heldFor(element.timeMillis());
        byte[] key = element.key() == null ? new byte[0] : element.key();
        long id = id(key, held);
        state.hold(held, id, underBounds);
        sample.add(id, key.length, element.value());
    }

    /** FNV-1a over the key and the window, then mixed so that any bits of it may be used (Stafford's variant 13). */
    private static long id(byte[] key, Window window) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : key) {
            hash = (hash ^ (each & 0xFF)) * 0x100000001b3L;
        }
        return mixed(hash ^ mixed(window.startMillis() * 31 + window.endMillis()));
    }

    private static long mixed(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    // ---- what came of it ----

    Advice.Candidate candidate(int bound, List<String> why) {
        double bytes = sample.averageBytes();
        return new Advice.Candidate(
                Duration.ofMillis(bounds[bound]),
                why,
                lateRecords[bound],
                onTimeRecords[bound],
                lateWindows[bound],
                RoundDurations.readable(state.delayTypicalMillis(bound)),
                RoundDurations.readable(state.delayMaxMillis(bound)),
                state.typical(bound),
                state.peak(bound),
                Math.round(state.typical(bound) * bytes),
                Math.round(state.peak(bound) * bytes));
    }

    /** Whether open accumulators were too many to count each. */
    boolean isScaled() {
        return state.scale() > 1;
    }
}
