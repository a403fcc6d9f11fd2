package io.tidemill.benchmarks.history;

import java.util.List;

final class Medians {
    private Medians() {}

    /** Of one value or more, in any order. */
    static double of(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
