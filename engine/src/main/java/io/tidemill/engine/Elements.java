package io.tidemill.engine;

import io.tidemill.api.ByteSink;
import java.util.Arrays;

/** What one record becomes. Used again for the next one; not thread-safe. */
final class Elements {
    /** The most that one record may become. */
    static final int COUNT_MAX = 100_000;

    int count;
    Object[] values = new Object[4];
    long[] times = new long[4];
    int[] keyStarts = new int[4];
    int[] keyLengths = new int[4];
    int[] hashes = new int[4];
    final ByteSink keys = new ByteSink(64);

    /** The encoded elements of a pipeline that does not aggregate, each from its start to the next one's. */
    int[] encodedStarts = new int[5];

    final ByteSink encoded = new ByteSink();

    void clear() {
        Arrays.fill(values, 0, Math.min(count, values.length), null);
        count = 0;
        keys.reset();
        encoded.reset();
    }

    /** Makes room for one more; returns its number. */
    int add(Object value, long time) {
        if (count == values.length) {
            int wider = count * 2;
            values = Arrays.copyOf(values, wider);
            times = Arrays.copyOf(times, wider);
            keyStarts = Arrays.copyOf(keyStarts, wider);
            keyLengths = Arrays.copyOf(keyLengths, wider);
            hashes = Arrays.copyOf(hashes, wider);
            encodedStarts = Arrays.copyOf(encodedStarts, wider + 1);
        }
        values[count] = value;
        times[count] = time;
        return count++;
    }
}
