package io.tidemill.operations;

import io.tidemill.engine.lateness.LatenessSketch;
import org.jspecify.annotations.Nullable;

/** Whether lateness has two humps: two sources of delay rather than one. */
final class Humps {
    /*
     * Elements are counted by powers of two of how far they are behind, which makes a hump of everything that varies by a
     * factor. Two humps are two peaks with a valley between them that is far lower than either; small ones do not count,
     * and neither does the order of a few milliseconds, in which clocks and batches show.
     */
    private static final double SHARE_MIN = 0.002;
    private static final long COUNT_MIN = 50;
    private static final int OCTAVES_APART_MIN = 3;
    private static final double VALLEY_MAX = 0.25;
    private static final int OCTAVES = Long.SIZE;

    /**
     * @param nearMillis about where the first hump is
     * @param farMillis about where the second is
     * @param valleyMillis where the second begins
     * @param farCount what is in the second
     */
    record Two(long nearMillis, long farMillis, long valleyMillis, long farCount) {}

    private Humps() {}

    /** Null where there is one, or none. */
    static @Nullable Two of(LatenessSketch sketch) {
        long[] octaves = new long[OCTAVES];
        sketch.forEachBehind((millis, count) -> octaves[octave(millis)] += count);
        long least = Math.max(COUNT_MIN, (long) (SHARE_MIN * sketch.count()));
        Two best = null;
        for (int valley = 1; valley < OCTAVES - 1; valley++) {
            Two found = around(octaves, valley, least);
            if (found != null && (best == null || found.farCount() > best.farCount())) {
                best = found;
            }
        }
        return best;
    }

    private static @Nullable Two around(long[] octaves, int valley, long least) {
        int near = peak(octaves, 0, valley);
        int far = peak(octaves, valley + 1, OCTAVES);
        long farCount = sum(octaves, valley + 1, OCTAVES);
        boolean isDeep = octaves[valley] <= VALLEY_MAX * Math.min(octaves[near], octaves[far]);
        return isDeep && far - near >= OCTAVES_APART_MIN && sum(octaves, 0, valley) >= least && farCount >= least
                ? new Two(middle(near), middle(far), 1L << (valley + 1), farCount)
                : null;
    }

    private static int octave(long millis) {
        return OCTAVES - 1 - Long.numberOfLeadingZeros(millis);
    }

    private static long middle(int octave) {
        return (1L << octave) + (1L << octave) / 2;
    }

    private static int peak(long[] octaves, int from, int to) {
        int peak = from;
        for (int i = from; i < to; i++) {
            peak = octaves[i] > octaves[peak] ? i : peak;
        }
        return peak;
    }

    private static long sum(long[] octaves, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += octaves[i];
        }
        return sum;
    }
}
