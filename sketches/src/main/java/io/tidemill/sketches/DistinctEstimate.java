package io.tidemill.sketches;

/**
 * About how many distinct values there were.
 *
 * @param lower the true count is from here
 * @param upper to here, in at least 99 of 100 cases. Equal to {@code lower} as long as the values were so few that their
 *     hashes were kept: then the count is exact, unless two of their 64-bit hashes are equal
 */
public record DistinctEstimate(long estimate, long lower, long upper) {
    static DistinctEstimate exact(long count) {
        return new DistinctEstimate(count, count, count);
    }
}
