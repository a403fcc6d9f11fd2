package io.tidemill.doctor;

import java.util.Collection;

/** Figures of a few measurements, and settings that follow from them. */
final class Numbers {
    private static final long LONGEST_MILLIS = 24 * 3_600_000L;

    private Numbers() {}

    /** The {@code share} quantile, 0 to 1; 0 without values. */
    static long quantile(Collection<Long> values, double share) {
        long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))];
    }

    static long median(Collection<Long> values) {
        return quantile(values, 0.5);
    }

    static long max(Collection<Long> values) {
        return values.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** {@code millis} with half as much again for safety, rounded up to what one would write into a configuration. */
    static long setting(long millis) {
        long wanted = Math.min(LONGEST_MILLIS, Math.max(1, millis)) * 3 / 2;
        return roundUp(wanted, stepFor(wanted));
    }

    private static long stepFor(long millis) {
        if (millis <= 10_000) {
            return 500;
        }
        if (millis <= 60_000) {
            return 5_000;
        }
        return millis <= 600_000 ? 30_000 : 60_000;
    }

    private static long roundUp(long value, long step) {
        return (value + step - 1) / step * step;
    }
}
