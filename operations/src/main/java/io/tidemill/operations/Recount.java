package io.tidemill.operations;

import io.tidemill.api.Window;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import io.tidemill.operations.Elements.Element;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fate of every record, judged again. One pass over the source; not thread-safe. */
final class Recount {
    private static final int MISSED_MAX = 5_000;

    /** Records of one partition, and its time. */
    static final class Partition {
        long read;
        long onTime;
        long late;
        long filtered;
        long deadLettered;
        long onTimeElements;
        long lateElements;
        long newestMillis = Elements.NO_TIME;
        long boundMillis;
    }

    /** Elements of one window: each is counted in every window that it is in. */
    static final class InWindow {
        long onTime;
        long late;

        /** Of the late ones: those that no correction could fold in. */
        long givenUp;
    }

    private final Parts parts;
    private final Committed committed;
    private final Map<String, Elements> elements = new HashMap<>();
    private final SortedMap<TopicPartition, Partition> partitions = new TreeMap<>();
    private final Map<Window, InWindow> windows = new HashMap<>();
    private long givenUp;

    /** Results that were there before the status was read. */
    long settledResults;

    Recount(Parts parts, Committed committed) {
        this.parts = parts;
        this.committed = committed;
    }

    void take(TopicPartition from, RecordCursor record, Comparison comparison) {
        Partition at = partition(from);
        Elements its = elements.computeIfAbsent(from.topic(), topic -> new Elements(parts, topic));
        at.boundMillis = its.boundMillis();
        at.read++;
        Elements.Made made;
        try {
            made = its.of(from.partition(), record);
            comparison.rehearse(made.elements(), record);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            at.deadLettered++;
            return;
        }
        if (isForgotten(from, at, made.elements(), record) || isLateTooOften(at, made.elements())) {
            at.deadLettered++;
            return;
        }
        boolean late = judge(from, at, made.elements(), record, comparison);
        at.newestMillis = Math.max(at.newestMillis, made.newestMillis());
        its.keep();
        if (made.elements().isEmpty()) {
            at.filtered++;
        } else if (late) {
            at.late++;
        } else {
            at.onTime++;
        }
    }

    /** Whether the pipeline says that what it knew of a window is gone, and can say so: the window is that old. */
    private boolean isForgotten(TopicPartition from, Partition at, List<Element> all, RecordCursor record) {
        if (!committed.letters().isForgotten(from, record.offset())) {
            return false;
        }
        if (parts.isGraph()) {
            // It may be forgotten by another operator.
            return true;
        }
        return all.stream()
                .flatMap(element -> parts.windowsOf(element.timeMillis()).stream())
                .anyMatch(window -> !isLate(window, at) && committed.isBeyondCorrection(window));
    }

    /** Whether the list of the windows that were missed is too long: neighbours that missed one, the same, are said once, to be noted. */
    private boolean isLateTooOften(Partition at, List<Element> all) {
        if (all.size() < 2) {
            return false;
        }
        long missed = 0;
        List<Window> single = List.of();
        for (Element element : all) {
            List<Window> late = parts.windowsOf(element.timeMillis()).stream()
                    .filter(each -> isLate(each, at))
                    .toList();
            missed += late.size() == 1 && late.equals(single) ? 0 : late.size();
            single = late.size() == 1 ? late : List.of();
            if (missed > MISSED_MAX) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of them is late for a window, by the watermark before their record. */
    private boolean judge(
            TopicPartition from, Partition at, List<Element> all, RecordCursor record, Comparison comparison) {
        boolean lateRecord = false;
        boolean lost = false;
        for (Element element : all) {
            List<Window> windows = parts.windowsOf(element.timeMillis());
            boolean late = windows.stream().anyMatch(window -> isLate(window, at));
            if (late && !lateRecord) {
                lateRecord = true;
                lost = committed.letters().isGivenUp(from, record.offset());
                givenUp += lost ? 1 : 0;
            }
            at.lateElements += late ? 1 : 0;
            at.onTimeElements += late ? 0 : 1;
            if (windows.isEmpty()) {
                expect(element, null, false, record, comparison);
            }
            for (Window window : windows) {
                boolean missed = isLate(window, at);
                count(window, missed, missed && lost);
                if (!missed || !lost) {
                    expect(element, window, missed, record, comparison);
                }
            }
        }
        return lateRecord;
    }

    private boolean isLate(Window window, Partition at) {
        return at.newestMillis != Elements.NO_TIME && parts.closesAt(window) <= at.newestMillis - at.boundMillis;
    }

    private void count(Window window, boolean late, boolean lost) {
        // The ledger does not keep older ones either, so neither is without bound. Sessions are not known yet.
        if (parts.session() != null || committed.isBeyondCorrection(window)) {
            return;
        }
        InWindow counts = windows.computeIfAbsent(window, w -> new InWindow());
        if (late) {
            counts.late++;
            counts.givenUp += lost ? 1 : 0;
        } else {
            counts.onTime++;
        }
    }

    private void expect(
            Element element, @Nullable Window window, boolean late, RecordCursor record, Comparison comparison) {
        try {
            comparison.expect(element, window, late, record);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            throw new AuditException(
                    "pipeline '" + parts.name()
                            + "' cannot be audited: what its aggregate makes of the record at offset "
                            + record.offset() + " depends on what it was given before (" + e
                            + "), so the answer depends on how the log was cut into steps. An aggregate may refuse a"
                            + " value, but not because of other values",
                    e);
        }
    }

    private Partition partition(TopicPartition partition) {
        return partitions.computeIfAbsent(partition, p -> new Partition());
    }

    /** What was counted; zeros where nothing was read. */
    Partition of(TopicPartition partition) {
        return partitions.getOrDefault(partition, new Partition());
    }

    Partition total() {
        Partition total = new Partition();
        for (Partition each : partitions.values()) {
            total.read += each.read;
            total.onTime += each.onTime;
            total.late += each.late;
            total.filtered += each.filtered;
            total.deadLettered += each.deadLettered;
        }
        return total;
    }

    Map<Window, InWindow> windows() {
        return windows;
    }

    InWindow of(Window window) {
        return windows.getOrDefault(window, new InWindow());
    }

    /** Late records that no correction could fold in. */
    long givenUp() {
        return givenUp;
    }
}
