package io.tidemill.operations;

import io.tidemill.log.TopicPartition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * How large a pipeline's watermark bound should be, and what each would cost.
 *
 * @param windows in words
 * @param operator what elements can be late for
 * @param boundInForce the pipeline's own
 * @param recommended twice the 99th percentile of {@code lateness}, rounded up to a round duration
 * @param lateness of all partitions
 * @param partitions of each that holds elements
 * @param candidates by bound; the one in force and the recommended one are among them
 * @param conclusion a sentence each
 * @param warnings what makes the advice less sure, a sentence each
 * @param live what the pipeline itself has seen, all partitions together; null where it keeps nothing of the kind
 */
public record Advice(
        String pipeline,
        String topic,
        String windows,
        String operator,
        Duration allowedLateness,
        Duration boundInForce,
        Duration recommended,
        History history,
        Lateness lateness,
        SortedMap<TopicPartition, Lateness> partitions,
        List<Candidate> candidates,
        List<String> conclusion,
        List<String> warnings,
        @Nullable Live live) {

    /**
     * What the advice is drawn from.
     *
     * @param records those that were read; some of them were filtered or would be dead letters
     * @param elements what became of the others
     * @param earliest the earliest event time of an element; null where there is none
     * @param newest the newest one
     * @param isPart whether there are records that were left out
     */
    public record History(
            long records,
            long filtered,
            long deadLettered,
            long elements,
            @Nullable Instant earliest,
            @Nullable Instant newest,
            boolean isPart) {}

    /** How far elements were behind the newest event time of their partition before them: percentiles, right to 0.1 %. */
    public record Lateness(
            long elements, Duration p50, Duration p90, Duration p95, Duration p99, Duration p999, Duration max) {}

    /**
     * One bound, tried on history.
     *
     * @param why why it is listed, in a word or two each
     * @param lateRecords records that would have been late for a window; exact
     * @param onTimeRecords exact
     * @param lateWindows how often an element would have been late for a window; exact
     * @param delayTypical how far the newest event time was past the end of a window when its result came; the median
     * @param delayMax the same at its longest
     * @param accumulatorsTypical open accumulators, one per key and window; the median over all records
     * @param accumulatorsPeak the most at a time
     * @param bytesTypical what they take in the changelog; an estimate from a sample. In memory it is several times as much
     * @param bytesPeak the same for the most
     */
    public record Candidate(
            Duration bound,
            List<String> why,
            long lateRecords,
            long onTimeRecords,
            long lateWindows,
            Duration delayTypical,
            Duration delayMax,
            long accumulatorsTypical,
            long accumulatorsPeak,
            long bytesTypical,
            long bytesPeak) {

        /** 0 to 1: of the records that were neither filtered nor dead letters. */
        public double lateShare() {
            long judged = lateRecords + onTimeRecords;
            return judged == 0 ? 0 : (double) lateRecords / judged;
        }
    }

    /**
     * What the pipeline has kept while it ran.
     *
     * @param lateShareInForce the share of elements, 0 to 1, that are late under the bound in force; to 0.8 % of the bound
     * @param lateShareRecommended the same under the recommended bound
     */
    public record Live(Lateness lateness, double lateShareInForce, double lateShareRecommended) {}

    public Candidate inForce() {
        return candidate(boundInForce);
    }

    public Candidate ofRecommended() {
        return candidate(recommended);
    }

    /** Throws {@link IllegalArgumentException} for a bound that was not tried. */
    public Candidate candidate(Duration bound) {
        return candidates.stream()
                .filter(each -> each.bound().equals(bound))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no candidate of " + bound));
    }
}
