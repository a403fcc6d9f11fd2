package io.tidemill.engine;

/** An aggregate whose accumulators keep rows as they were encoded. */
interface KeepsRows {
    /** Decodes the rows that are there, and forgets them; throws what the codec throws. */
    void decode(RowSet accumulator) throws Exception;
}
