package io.tidemill.groups;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How far apart events were: the longest, and a quantile from buckets that are a quarter of an octave wide. Up to 24 hours. */
final class FetchGaps {
    private static final int PER_OCTAVE = 4;
    private static final int BUCKETS = 27 * PER_OCTAVE + 1;

    private final int[] counts = new int[BUCKETS];
    private long total;
    private long maxMillis = -1;

    void add(long millis) {
        long gap = Math.max(0, millis);
        maxMillis = Math.max(maxMillis, gap);
        counts[bucket(gap)]++;
        total++;
    }

    private static int bucket(long millis) {
        double octaves = Math.log(millis + 1.0) / Math.log(2);
        return (int) Math.min(BUCKETS - 1, Math.ceil(octaves * PER_OCTAVE));
    }

    /** Null if there was none. */
    @Nullable
    Long maxMillis() {
        return total == 0 ? null : maxMillis;
    }

    /** The upper end of the bucket that the 99th percentile lies in, no more than the longest; null if there was none. */
    @Nullable
    Long p99Millis() {
        long rank = total - total / 100;
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (total > 0 && seen >= rank) {
                return Math.min(maxMillis, (long) Math.floor(Math.pow(2, (double) i / PER_OCTAVE)) - 1);
            }
        }
        return null;
    }

    void clear() {
        Arrays.fill(counts, 0);
        total = 0;
        maxMillis = -1;
    }
}
