package io.tidemill.operations;

import java.util.List;

/**
 * What an audit found. The first five are records at the source, recomputed.
 *
 * @param read records that the pipeline has read
 * @param onTime of them: all of their elements were on time
 * @param late of them: late for one window or more
 * @param filtered of them: became no element
 * @param deadLettered of them: failed
 * @param results results that were compared: one per key and window, per key of a running aggregate, or per record of a
 *     pipeline that does not aggregate
 * @param mismatches results that differ, are missing, were written twice, or should not be there
 * @param awaitingCorrection of the mismatches: explained by late records that no correction has folded in yet
 * @param open results that were not compared, because their window has not closed or because they changed meanwhile
 * @param examples mismatches, those that no correction explains first; at most 20
 * @param imbalances where the pipeline's ledger differs from what was recomputed or does not add up, a sentence each
 * @param notCompared topics of results that were not recomputed, since they are behind several operators that keep state, or behind
 *     others than aggregates
 */
public record AuditReport(
        long read,
        long onTime,
        long late,
        long filtered,
        long deadLettered,
        long results,
        long mismatches,
        long awaitingCorrection,
        long open,
        List<Mismatch> examples,
        List<String> imbalances,
        List<String> notCompared) {
    public AuditReport {
        examples = List.copyOf(examples);
        imbalances = List.copyOf(imbalances);
        notCompared = List.copyOf(notCompared);
    }

    /** Whether everything that was compared is as it should be. */
    public boolean isClean() {
        return mismatches == 0 && imbalances.isEmpty();
    }
}
