package io.tidemill.sketches;

/**
 * A value and about how often it occurred: certainly {@code lower} times or more and {@code upper} times or less.
 *
 * @param certain whether it certainly is one of the {@code k} most frequent, or as frequent as the last of them
 */
public record FrequentItem<V>(V value, long lower, long upper, boolean certain) {
    /** The upper bound, which is near the truth for values that were frequent all along. */
    public long estimate() {
        return upper;
    }
}
