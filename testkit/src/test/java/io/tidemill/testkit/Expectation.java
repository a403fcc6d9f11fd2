package io.tidemill.testkit;

import io.tidemill.api.AlignedWindowing;
import io.tidemill.api.FailureClass;
import io.tidemill.api.LateRecord;
import io.tidemill.api.Window;
import io.tidemill.testkit.StreamCase.Item;
import io.tidemill.testkit.StreamCase.Shape;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline has to make of its source, straight from the manual's rules of time and in the plainest way: one record
 * after the other, every list kept, nothing folded. It knows nothing of steps, lanes, other partitions' time, or arrival.
 */
final class Expectation {
    /** Years -9999 to 9999, and no more. */
    private static final long SECONDS_MIN =
            Instant.parse("-9999-01-01T00:00:00Z").getEpochSecond();

    private static final long SECONDS_MAX =
            Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

    record Failure(String operator, FailureClass failureClass, String reason) {}

    /** What became of one record. */
    record Fate(
            @Nullable Failure failure, int onTimeElements, int lateElements, List<LateRecord.Missed> missed) {
        boolean isFiltered() {
            return failure == null && onTimeElements == 0 && missed.isEmpty();
        }

        boolean isOnTime() {
            return failure == null && onTimeElements > 0 && missed.isEmpty();
        }
    }

    /** Where there are no windows, all of time is one. */
    static final Window NO_WINDOW = new Window(Long.MIN_VALUE, Long.MAX_VALUE);

    record Id(String key, Window window) implements Comparable<Id> {
        @Override
        public int compareTo(Id other) {
            int byWindow = window.compareTo(other.window);
            return byWindow != 0 ? byWindow : key.compareTo(other.key);
        }
    }

    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Failure failure;

        Broken(String operator, FailureClass failureClass, String reason) {
            failure = new Failure(operator, failureClass, reason);
        }
    }

    private record Element(Sample sample, long time) {}

    /** A late element, and the record that it came from. */
    private record LateSample(String place, Sample sample) {}

    final StreamCase of;
    private final Set<String> givenUp;
    final List<List<Fate>> fates = new ArrayList<>();
    final Map<Id, List<Sample>> onTime = new TreeMap<>();
    private final Map<Id, List<LateSample>> late = new TreeMap<>();

    /** Of a pipeline that does not aggregate: what it writes, by partition of the source. */
    final List<List<Sample>> plain = new ArrayList<>();

    /** Elements into, then out of, each operator of the chain. */
    final long[][] operators;

    // Of the record at hand.
    private List<Element> elements = new ArrayList<>();
    private long[][] counts = {};
    private long newest;

    /** @param givenUp records, by partition and offset, that came on time but for a window of which nothing was known any more */
    Expectation(StreamCase of, Set<String> givenUp) {
        this.of = of;
        this.givenUp = givenUp;
        operators = new long[of.chain().size()][2];
        for (List<Item> items : of.partitions()) {
            List<Fate> partition = new ArrayList<>();
            fates.add(partition);
            plain.add(new ArrayList<>());
            long newestSeen = Long.MIN_VALUE;
            for (Item item : items) {
                Fate fate = fate(item, place(fates.size() - 1, partition.size()), newestSeen);
                partition.add(fate);
                if (fate.failure == null) {
                    newestSeen = Math.max(newestSeen, newest);
                }
            }
        }
    }

    static String place(int partition, long offset) {
        return partition + "/" + offset;
    }

    private Fate fate(Item item, String place, long newestSeen) {
        elements = new ArrayList<>();
        counts = new long[of.chain().size()][2];
        newest = Long.MIN_VALUE;
        try {
            if (item.value() == null) {
                throw new Broken("from", FailureClass.DATA, "NO_VALUE");
            }
            if (item.sample() == null) {
                throw new Broken("from", FailureClass.DATA, "UNDECODABLE");
            }
            follow(item, item.sample(), 0, Long.MIN_VALUE);
            if (givenUp.contains(place)) {
                throw new Broken("window", FailureClass.LATE, "BEYOND_CORRECTION");
            }
            for (Element element : elements) {
                if (of.shape() != Shape.PLAIN && !of.answer().takes(element.sample)) {
                    throw new Broken("answer", FailureClass.CODE, "EXCEPTION");
                }
            }
        } catch (Broken e) {
            return new Fate(e.failure, 0, 0, List.of());
        }
        for (int i = 0; i < counts.length; i++) {
            operators[i][0] += counts[i][0];
            operators[i][1] += counts[i][1];
        }
        return judge(place, newestSeen);
    }

    private void follow(Item item, Sample sample, int at, long time) throws Broken {
        if (at == of.chain().size()) {
            if (of.shape() != Shape.PLAIN && sample.key() == null) {
                throw new Broken("key", FailureClass.DATA, "NO_KEY");
            }
            elements.add(new Element(sample, time));
            return;
        }
        counts[at][0]++;
        ChainOp op = of.chain().get(at);
        List<Sample> next;
        try {
            next = op.apply(sample);
        } catch (IllegalStateException e) {
            throw new Broken("op" + at, FailureClass.CODE, "EXCEPTION");
        }
        long nextTime = op instanceof ChainOp.Time t ? time(item, sample, t.ofRecord(), "op" + at) : time;
        for (Sample each : next) {
            counts[at][1]++;
            follow(item, each, at + 1, nextTime);
        }
    }

    private long time(Item item, Sample sample, boolean ofRecord, String operator) throws Broken {
        if (ofRecord && item.timestamp() < 0) {
            throw new Broken(operator, FailureClass.DATA, "NO_EVENT_TIME");
        }
        long seconds = sample.instant().getEpochSecond();
        if (!ofRecord && (seconds < SECONDS_MIN || seconds > SECONDS_MAX)) {
            throw new Broken(operator, FailureClass.DATA, "TIMESTAMP_OUT_OF_RANGE");
        }
        long time = ofRecord ? item.timestamp() : sample.time();
        if (time - item.appendedAt() > of.watermark().aheadMax().toMillis()) {
            throw new Broken(operator, FailureClass.DATA, "TIMESTAMP_AHEAD");
        }
        newest = Math.max(newest, time);
        return time;
    }

    private Fate judge(String place, long newestSeen) {
        int onTimeElements = 0;
        int lateElements = 0;
        List<LateRecord.Missed> missed = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            Sample sample = elements.get(i).sample;
            if (of.shape() == Shape.PLAIN) {
                plain.get(fates.size() - 1).add(sample);
                onTimeElements++;
                continue;
            }
            int missedBefore = missed.size();
            for (Window window : windowsOf(elements.get(i).time)) {
                judge(i, sample, window, place, newestSeen, missed);
            }
            if (missed.size() > missedBefore) {
                lateElements++;
            } else {
                onTimeElements++;
            }
        }
        return new Fate(null, onTimeElements, lateElements, missed);
    }

    private void judge(
            int element,
            Sample sample,
            Window window,
            String place,
            long newestSeen,
            List<LateRecord.Missed> missed) {
        long closesAt = window.endMillis() + of.latenessMillis();
        long watermark = newestSeen - of.watermark().bound().toMillis();
        Id id = new Id(String.valueOf(sample.key()), window);
        if (of.shape() == Shape.WINDOWED && newestSeen != Long.MIN_VALUE && closesAt <= watermark) {
            late.computeIfAbsent(id, any -> new ArrayList<>()).add(new LateSample(place, sample));
            missed.add(new LateRecord.Missed(element, window, watermark - closesAt));
        } else {
            onTime.computeIfAbsent(id, any -> new ArrayList<>()).add(sample);
        }
    }

    private List<Window> windowsOf(long time) {
        return of.shape() == Shape.RUNNING ? List.of(NO_WINDOW) : ((AlignedWindowing) of.windowing()).windowsOf(time);
    }

    /** How many elements are on time, and how many late, by window. */
    Map<Window, long[]> windows() {
        Map<Window, long[]> windows = new TreeMap<>();
        onTime.forEach((id, samples) -> windows.computeIfAbsent(id.window, any -> new long[2])[0] += samples.size());
        late.forEach((id, samples) -> windows.computeIfAbsent(id.window, any -> new long[2])[1] += samples.size());
        return windows;
    }

    Map<Id, String> onTimeResults() {
        return answers(onTime);
    }

    /** The batch answer over all but the late records that were {@code lost}, by partition and offset. */
    Map<Id, String> allResults(Set<String> lost) {
        Map<Id, List<Sample>> all = new TreeMap<>();
        onTime.forEach((id, samples) -> all.put(id, new ArrayList<>(samples)));
        late.forEach((id, samples) -> samples.stream()
                .filter(each -> !lost.contains(each.place))
                .forEach(each ->
                        all.computeIfAbsent(id, any -> new ArrayList<>()).add(each.sample)));
        return answers(all);
    }

    private Map<Id, String> answers(Map<Id, List<Sample>> samples) {
        Map<Id, String> answers = new TreeMap<>();
        samples.forEach((id, each) -> answers.put(id, of.answer().of(each)));
        return answers;
    }
}
