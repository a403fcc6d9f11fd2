package io.tidemill.sketches;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;

/** Ranks from 0 to 1, in the order in which they were given. */
record Ranks(List<Double> values) implements Serializable {
    private static final int RANKS_MAX = 100;

    static Ranks of(double... ranks) {
        if (ranks.length < 1 || ranks.length > RANKS_MAX) {
            throw new IllegalArgumentException("1 to " + RANKS_MAX + " ranks, not " + ranks.length);
        }
        for (double rank : ranks) {
            if (!(rank >= 0 && rank <= 1)) {
                throw new IllegalArgumentException("a rank is 0 to 1, not " + rank);
            }
        }
        return new Ranks(Arrays.stream(ranks).boxed().toList());
    }

    /** The number of the value at a rank, from 1: as the decimal number that was written, since 0.07 × 100 is not 7. */
    static long number(double rank, long count) {
        BigDecimal exact = BigDecimal.valueOf(rank).multiply(BigDecimal.valueOf(count));
        return Math.max(1, exact.setScale(0, RoundingMode.CEILING).longValueExact());
    }
}
