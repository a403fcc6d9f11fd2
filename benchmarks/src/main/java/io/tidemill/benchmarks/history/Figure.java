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
        List<Double> sorted = runs.stream().sorted().toList();
        return new Figure(name, unit, moreIsBetter, Medians.of(sorted), sorted.get(0), sorted.get(sorted.size() - 1));
    }
}
