package io.tidemill.benchmarks.history;

import java.util.List;

/**
 * One measured number, the median of several runs.
 *
 * @param least of the runs
 * @param most of the runs
 */
record Figure(String name, String unit, boolean moreIsBetter, double value, double least, double most) {
    static Figure of(String name, String unit, boolean moreIsBetter, List<Double> runs) {
        List<Double> sorted = runs.stream().map(Figure::rounded).sorted().toList();
        return new Figure(
                name, unit, moreIsBetter, rounded(Medians.of(sorted)), sorted.get(0), sorted.get(sorted.size() - 1));
    }

    /** To thousandths. */
    private static double rounded(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
