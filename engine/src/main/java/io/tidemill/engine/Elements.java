package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import java.util.Arrays;

/** What one record becomes. Used again for the next one; not thread-safe. */
final class Elements {
    /** The most that one record may become. */
    static final int COUNT_MAX = 100_000;

    private static final int RENEWED_MAX = 1_024;

    int count;
    Object[] values = new Object[4];
    long[] times = new long[4];
    int[] keyStarts = new int[4];
    /** -1 where it has no key of its own. */
    int[] keyLengths = new int[4];

    int[] hashes = new int[4];
    final ByteSink keys = new ByteSink(64);

    /** Where each ended: at a stage or at a topic. */
    ChainStep[] ends = new ChainStep[4];

    /** Of those that ended at a topic: where they are in {@link #encoded}. */
    int[] encodedStarts = new int[4];

    int[] encodedLengths = new int[4];

    /** Which of those it is that ended in the same place, where somebody has counted. */
    int[] numbers = new int[4];

    final ByteSink encoded = new ByteSink();

    /**
     * What is written into young objects costs the collector nothing; into old ones it costs a memory barrier for each
     * element.
     */
    void renew() {
        if (values.length <= RENEWED_MAX) {
            values = new Object[values.length];
            count = 0;
        }
    }

    void clear() {
        Arrays.fill(values, 0, Math.min(count, values.length), null);
        count = 0;
        keys.reset();
        encoded.reset();
    }

    /** Makes room for one more; returns its number. */
    int add(Object value, long time, ChainStep end) {
        if (count == values.length) {
            int wider = count * 2;
            values = Arrays.copyOf(values, wider);
            times = Arrays.copyOf(times, wider);
            keyStarts = Arrays.copyOf(keyStarts, wider);
            keyLengths = Arrays.copyOf(keyLengths, wider);
            hashes = Arrays.copyOf(hashes, wider);
            ends = Arrays.copyOf(ends, wider);
            encodedStarts = Arrays.copyOf(encodedStarts, wider);
            encodedLengths = Arrays.copyOf(encodedLengths, wider);
            numbers = Arrays.copyOf(numbers, wider);
        }
        values[count] = value;
        times[count] = time;
        if (ends[count] != end) {
            ends[count] = end;
        }
        return count++;
    }
}
