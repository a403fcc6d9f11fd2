package io.tidemill.examples.nexmark;

import java.util.SplittableRandom;

/** Random numbers that are the same in every version of Java: only that of {@code nextLong} is promised to be. Not thread-safe. */
final class Draws {
    private final SplittableRandom random;

    Draws(long seed) {
        random = new SplittableRandom(seed);
    }

    /** 0 to {@code bound - 1}; a bound of 1 to 2<sup>62</sup> - 1. */
    long below(long bound) {
        return Math.multiplyHigh(random.nextLong() >>> 1, 2 * bound);
    }

    int below(int bound) {
        return (int) below((long) bound);
    }

    /** 0 to 1, without 1. */
    double fraction() {
        return (random.nextLong() >>> 11) * 0x1.0p-53;
    }

    <T> T oneOf(T[] values) {
        return values[below(values.length)];
    }
}
