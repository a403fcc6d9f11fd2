package io.tidemill.operations;

import java.util.ArrayList;
import java.util.List;

/** What the comparisons found, over all passes. */
final class Tally {
    private static final int EXAMPLES_MAX = 20;

    long results;
    long mismatches;
    long awaitingCorrection;
    long open;

    /** Results that rightly are not there, because they failed. */
    long failed;

    private final List<Mismatch> wrong = new ArrayList<>();
    private final List<Mismatch> awaiting = new ArrayList<>();

    void mismatch(Mismatch example) {
        mismatch(1, example);
    }

    void mismatch(long count, Mismatch example) {
        mismatches += count;
        add(wrong, example);
    }

    void mismatchThatAwaitsCorrection(Mismatch example) {
        mismatches++;
        awaitingCorrection++;
        add(awaiting, example);
    }

    private static void add(List<Mismatch> examples, Mismatch example) {
        if (examples.size() < EXAMPLES_MAX) {
            examples.add(example);
        }
    }

    List<Mismatch> examples() {
        List<Mismatch> all = new ArrayList<>(wrong);
        all.addAll(awaiting);
        return all.subList(0, Math.min(EXAMPLES_MAX, all.size()));
    }
}
