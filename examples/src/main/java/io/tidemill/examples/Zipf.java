package io.tidemill.examples;

/** Draws ranks of which rank r, from 0, comes with a probability proportional to 1 / (r + 1). Immutable. */
final class Zipf {
    /*
     * The alias method (Walker 1977, built as by Vose 1991): as many columns as ranks, all of the same weight. A column
     * holds its own rank up to a mark and another, its alias, above it. A draw takes a column, then a side of its mark, so
     * it costs one look at the table, however many ranks there are. A cell is the mark in 31 bits, then the alias.
     */
    private static final long MARK_ONE = 1L << 31;

    private final long[] cells;

    Zipf(int ranks) {
        double sum = 0;
        for (int rank = ranks - 1; rank >= 0; rank--) {
            sum += 1.0 / (rank + 1);
        }
        double[] weights = new double[ranks]; // in columns
        for (int rank = 0; rank < ranks; rank++) {
            weights[rank] = ranks / (rank + 1.0) / sum;
        }
        cells = table(weights);
    }

    private static long[] table(double[] weights) {
        // Weights fall with the rank, so the light ranks are the last ones, and a rank that has become light is next.
        long[] cells = new long[weights.length];
        int light = weights.length - 1;
        int heavy = 0;
        while (heavy < light) {
            cells[light] = cell(weights[light], heavy);
            weights[heavy] -= 1 - weights[light];
            light--;
            while (heavy < light && weights[heavy] < 1) {
                cells[heavy] = cell(weights[heavy], heavy + 1);
                weights[heavy + 1] -= 1 - weights[heavy];
                heavy++;
            }
        }
        cells[heavy] = cell(1, heavy);
        return cells;
    }

    private static long cell(double mark, int alias) {
        return (Math.min(Math.round(mark * MARK_ONE), MARK_ONE - 1) << 32) | alias;
    }

    /** A rank from 64 random bits. */
    int rank(long bits) {
        int column = (int) (((bits >>> 32) * cells.length) >>> 32);
        long cell = cells[column];
        return (bits & (MARK_ONE - 1)) < (cell >>> 32) ? column : (int) cell;
    }
}
