package io.tidemill.engine;

/**
 * What a correction did, in records.
 *
 * @param read late records that were read
 * @param corrected late records that were folded in, also those that had been deferred
 * @param deferred late records that wait for their window to close
 * @param uncorrectable late records that became dead letters
 * @param results corrected results that were emitted, and results that were taken back
 * @param ledger the pipeline's, after the correction
 */
public record CorrectionSummary(
        long read, long corrected, long deferred, long uncorrectable, long results, Ledger ledger) {}
