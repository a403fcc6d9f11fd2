package io.tidemill.benchmarks.history;

import java.util.List;

/**
 * A figure beside those before it.
 *
 * @param change how much better (positive) or worse it is than their median, as a share of it
 * @param noise the share by which a figure may differ without meaning anything
 */
record Trend(Figure figure, double before, double change, double noise, Verdict verdict) {
    enum Verdict {
        /** There are too few before it to tell. */
        NEW,
        /** Others used the machine. */
        NOISY,
        STEADY,
        BETTER,
        WORSE
    }

    /** With fewer, the noise is not known. */
    static final int PREDECESSORS_MIN = 3;

    /** Differences below this are never called anything. */
    private static final double NOISE_MIN = 0.05;

    /** Of the standard deviation. */
    private static final double DEVIATIONS = 3;

    /** From the median of absolute deviations to the standard deviation, if it is normal. */
    private static final double PER_DEVIATION = 1.4826;

    /** @param predecessors none of them noisy */
    static Trend of(Figure figure, boolean noisy, List<Figure> predecessors) {
        if (predecessors.isEmpty()) {
            return new Trend(figure, figure.value(), 0, 0, noisy ? Verdict.NOISY : Verdict.NEW);
        }
        double before = Medians.of(values(predecessors));
        double change = before == 0 ? 0 : (figure.value() - before) / before * (figure.moreIsBetter() ? 1 : -1);
        double noise = noise(figure, before, predecessors);
        return new Trend(figure, before, change, noise, verdict(noisy, predecessors.size(), change, noise));
    }

    private static Verdict verdict(boolean noisy, int predecessors, double change, double noise) {
        if (noisy) {
            return Verdict.NOISY;
        }
        if (predecessors < PREDECESSORS_MIN) {
            return Verdict.NEW;
        }
        if (Math.abs(change) <= noise) {
            return Verdict.STEADY;
        }
        return change > 0 ? Verdict.BETTER : Verdict.WORSE;
    }

    /** The largest of: the least that matters, what recordings differ by, and half of what the runs of this one differ by. */
    private static double noise(Figure figure, double before, List<Figure> predecessors) {
        if (before == 0) {
            return NOISE_MIN;
        }
        List<Double> deviations = values(predecessors).stream()
                .map(value -> Math.abs(value - before))
                .toList();
        double between = DEVIATIONS * PER_DEVIATION * Medians.of(deviations) / before;
        double within = (figure.most() - figure.least()) / 2 / before;
        return Math.max(NOISE_MIN, Math.max(between, within));
    }

    private static List<Double> values(List<Figure> figures) {
        return figures.stream().map(Figure::value).toList();
    }
}
