package io.tidemill.sketches;

/**
 * Buckets for doubles, numbered in the order of {@link Double#compare}, each as wide as a relative error allows.
 *
 * <p>A bucket's number is the upper bits of the double itself: its exponent and the first bits of its fraction. So finding
 * it takes no logarithm, which may differ by a bit between machines, and the borders are doubles. Bucket 0 holds zero and the
 * numbers nearer to it than {@link Double#MIN_NORMAL}; negative numbers have the negative number of their opposites.
 * Infinities and NaN have buckets of their own.
 */
final class Buckets {
    private static final int FRACTION_BITS = 52;
    private static final int PRECISION_MIN = 3;
    private static final long FIRST = Double.doubleToLongBits(Double.MIN_NORMAL);

    private Buckets() {}

    /** How many bits of the fraction tell buckets apart. */
    static int precision(double relativeError) {
        if (!(relativeError >= 0.0005 && relativeError <= 0.1)) {
            throw new IllegalArgumentException("a relative error is 0.0005 to 0.1, not " + relativeError);
        }
        int precision = PRECISION_MIN;
        while (relativeError(precision) > relativeError) {
            precision++;
        }
        return precision;
    }

    /** The estimate is the middle of a bucket. */
    static double relativeError(int precision) {
        return 1.0 / (2 << precision);
    }

    /** The value, or 0 for those that are taken for it: with bucket 0 a single number, every bucket has one sign. */
    static double normal(double value) {
        return Math.abs(value) < Double.MIN_NORMAL ? 0.0 : value;
    }

    static int of(double value, int precision) {
        double magnitude = Math.abs(value);
        if (magnitude < Double.MIN_NORMAL) {
            return 0;
        }
        int bucket = 1 + (int) ((Double.doubleToLongBits(magnitude) - FIRST) >> (FRACTION_BITS - precision));
        return value < 0 ? -bucket : bucket;
    }

    /** That of NaN. */
    static int last(int precision) {
        return of(Double.NaN, precision);
    }

    /** That of negative infinity. */
    static int first(int precision) {
        return of(Double.NEGATIVE_INFINITY, precision);
    }

    /** The least value in the bucket. */
    static double least(int bucket, int precision) {
        return bucket < 0 ? -outer(-bucket, precision) : inner(bucket, precision);
    }

    /** The greatest value in the bucket. */
    static double greatest(int bucket, int precision) {
        return bucket < 0 ? -inner(-bucket, precision) : outer(bucket, precision);
    }

    private static double inner(int bucket, int precision) {
        return bucket == 0 ? 0.0 : Double.longBitsToDouble(firstBits(bucket, precision));
    }

    private static double outer(int bucket, int precision) {
        double inner = inner(bucket, precision);
        boolean single = bucket == 0 || !Double.isFinite(inner);
        return single ? inner : Double.longBitsToDouble(firstBits(bucket + 1, precision) - 1);
    }

    private static long firstBits(int bucket, int precision) {
        return FIRST + ((bucket - 1L) << (FRACTION_BITS - precision));
    }
}
