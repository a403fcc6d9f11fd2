package io.tidemill.sketches;

/**
 * Of which numbers there are quantiles. Round numbers, well within what the library takes at any precision: its own limits are
 * computed with exponential functions, of which the last bit may differ between machines.
 */
final class SketchedRange {
    /** What is not farther from zero is taken for it. */
    static final double ZERO_MAX = 1e-300;

    static final double MAGNITUDE_MAX = 1e300;

    private SketchedRange() {}

    /** Not zero nor what is taken for it. */
    static boolean contains(double magnitude) {
        return magnitude > ZERO_MAX && magnitude <= MAGNITUDE_MAX;
    }

    /** The number as it is counted. */
    static double taken(double value) {
        double magnitude = Math.abs(value);
        if (contains(magnitude)) {
            return value;
        }
        if (magnitude <= ZERO_MAX) {
            return 0.0;
        }
        throw new IllegalArgumentException("there are quantiles of numbers from -1e300 to 1e300, not of " + value
                + ": filter it, or make a number of it");
    }
}
