package io.tidemill.engine;

import io.tidemill.api.Window;
import io.tidemill.log.TopicPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The fate of every record and element that a pipeline has read.
 *
 * @param sources records, by partition
 * @param operators elements, in the order in which they pass the operators
 * @param windows elements by window, for as long as it can be corrected; none where windows are sessions, of which there may
 *     be one for every few elements
 * @param results records written to the results topic, all revisions counted, also those that take a result back
 * @param failedResults results that became dead letters
 * @param corrected late records that a correction has folded in
 * @param deferred late records that wait for their window to close first
 * @param uncorrectable late records that became dead letters when they were to be corrected
 */
public record Ledger(
        SortedMap<TopicPartition, Records> sources,
        List<Elements> operators,
        SortedMap<Window, WindowCounts> windows,
        long results,
        long failedResults,
        long corrected,
        long deferred,
        long uncorrectable) {

    /** Records of one partition; {@code read} is the sum of the others. */
    public record Records(
            long read,
            long onTime,
            long late,
            long filtered,
            long deadLettered,
            long onTimeElements,
            long lateElements) {
        Records plus(Records other) {
            return new Records(
                    read + other.read,
                    onTime + other.onTime,
                    late + other.late,
                    filtered + other.filtered,
                    deadLettered + other.deadLettered,
                    onTimeElements + other.onTimeElements,
                    lateElements + other.lateElements);
        }
    }

    /**
     * Elements into and out of one operator, records that failed there apart.
     *
     * @param inputs the operators that give it its elements; none of a source
     * @param out of an operator that keeps state its results, all revisions counted
     * @param dropped of a join and of operators that keep elements: how many of those that came are in no result, by the reason
     *     why. Corrections take back what they find to be otherwise
     */
    public record Elements(String operator, List<String> inputs, long in, long out, SortedMap<String, Long> dropped) {
        public Elements {
            inputs = List.copyOf(inputs);
            dropped = Collections.unmodifiableSortedMap(new TreeMap<>(dropped));
        }
    }

    /** Elements of one window. */
    public record WindowCounts(long onTime, long late, long corrected) {
        WindowCounts plus(WindowCounts other) {
            return new WindowCounts(onTime + other.onTime, late + other.late, corrected + other.corrected);
        }
    }

    /** All partitions together. */
    public Records total() {
        Records total = new Records(0, 0, 0, 0, 0, 0, 0);
        for (Records each : sources.values()) {
            total = total.plus(each);
        }
        return total;
    }

    /** What does not add up, a sentence each; empty if all does. */
    public List<String> imbalances() {
        List<String> found = new ArrayList<>();
        for (Map.Entry<TopicPartition, Records> each : sources.entrySet()) {
            Records counts = each.getValue();
            long fates = counts.onTime + counts.late + counts.filtered + counts.deadLettered;
            if (counts.read != fates) {
                found.add(each.getKey() + ": " + counts.read + " records were read, but " + fates + " have a fate");
            }
        }
        Map<String, Long> leaving = new HashMap<>();
        for (Elements each : operators) {
            long entering = each.inputs.isEmpty() ? each.in : 0;
            for (String input : each.inputs) {
                entering += leaving.getOrDefault(input, 0L);
            }
            if (each.in() != entering) {
                found.add("'" + each.operator() + "' was given " + entering + " elements, but counted " + each.in());
            }
            leaving.put(each.operator(), each.out());
        }
        Records total = total();
        if (corrected + deferred + uncorrectable > total.late) {
            found.add("more late records were corrected, deferred or given up ("
                    + (corrected + deferred + uncorrectable) + ") than there are (" + total.late + ")");
        }
        return found;
    }
}
