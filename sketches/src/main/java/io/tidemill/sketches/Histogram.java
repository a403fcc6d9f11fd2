package io.tidemill.sketches;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How many values fell into which of the {@link Buckets}.
 *
 * <p>Bounded by keeping the uppermost buckets that are not empty, and of the others only their sum. A bucket that a part
 * put into its sum is not among the uppermost of the whole either, so a histogram is a function of the multiset of values,
 * whatever their order and however they were cut into parts.
 */
final class Histogram {
    private static final int FACTORS_OF_TWO_MAX = 64;

    private final int precision;
    private int[] buckets = new int[1]; // ascending
    private long[] counts = new long[1];
    private int size;
    private long below; // values in buckets that are no longer kept
    private long total;
    private double min = Double.NaN;
    private double max = Double.NEGATIVE_INFINITY;

    Histogram(int precision) {
        this.precision = precision;
    }

    private int bucketsMax() {
        return FACTORS_OF_TWO_MAX << precision;
    }

    void add(double given) {
        double value = Buckets.normal(given);
        extend(value, value);
        add(Buckets.of(value, precision), 1);
    }

    void add(Histogram other) {
        extend(other.min, other.max);
        below += other.below;
        total += other.below;
        for (int i = 0; i < other.size; i++) {
            add(other.buckets[i], other.counts[i]);
        }
    }

    private void extend(double least, double greatest) {
        min = Double.compare(least, min) < 0 ? least : min;
        max = Double.compare(greatest, max) > 0 ? greatest : max;
    }

    private void add(int bucket, long count) {
        total += count;
        int found = Arrays.binarySearch(buckets, 0, size, bucket);
        if (found >= 0) {
            counts[found] += count;
        } else {
            insert(-found - 1, bucket, count);
        }
    }

    private void insert(int at, int bucket, long count) {
        if (size == bucketsMax()) {
            insertAboveLowest(at, bucket, count);
            return;
        }
        if (size == buckets.length) {
            buckets = Arrays.copyOf(buckets, size * 2);
            counts = Arrays.copyOf(counts, size * 2);
        }
        System.arraycopy(buckets, at, buckets, at + 1, size - at);
        System.arraycopy(counts, at, counts, at + 1, size - at);
        buckets[at] = bucket;
        counts[at] = count;
        size++;
    }

    /** The lowest bucket makes room, which may be the new one. */
    private void insertAboveLowest(int at, int bucket, long count) {
        if (at == 0) {
            below += count;
            return;
        }
        below += counts[0];
        System.arraycopy(buckets, 1, buckets, 0, at - 1);
        System.arraycopy(counts, 1, counts, 0, at - 1);
        buckets[at - 1] = bucket;
        counts[at - 1] = count;
    }

    Quantiles at(Ranks ranks) {
        if (total == 0) {
            throw new IllegalStateException("there are no values");
        }
        List<Quantile> quantiles = new ArrayList<>();
        for (double rank : ranks.values()) {
            quantiles.add(at(rank));
        }
        return new Quantiles(total, min, max, List.copyOf(quantiles));
    }

    private Quantile at(double rank) {
        long number = Ranks.number(rank, total);
        if (number == 1) {
            return new Quantile(rank, min, min, min);
        }
        if (number == total) {
            return new Quantile(rank, max, max, max);
        }
        if (number <= below) {
            double upper = Buckets.least(buckets[0], precision);
            return new Quantile(rank, upper, min, upper);
        }
        long seen = below;
        int i = 0;
        while (seen + counts[i] < number) {
            seen += counts[i++];
        }
        double lower = greater(min, Buckets.least(buckets[i], precision));
        double upper = less(max, Buckets.greatest(buckets[i], precision));
        return new Quantile(rank, middle(lower, upper), lower, upper);
    }

    private static double middle(double lower, double upper) {
        // Within a bucket both have one sign, so that their difference does not overflow.
        return lower == upper || !Double.isFinite(lower) ? lower : lower + (upper - lower) / 2;
    }

    private static double greater(double left, double right) {
        return Double.compare(left, right) > 0 ? left : right;
    }

    private static double less(double left, double right) {
        return Double.compare(left, right) < 0 ? left : right;
    }

    /** Each bucket as its distance from the one before, the first from the least there is. */
    void write(ByteSink sink) {
        sink.writeDouble(min);
        sink.writeDouble(max);
        sink.writeVarlong(below);
        sink.writeVarint(size);
        int before = Buckets.first(precision) - 1;
        for (int i = 0; i < size; i++) {
            sink.writeVarint(buckets[i] - before);
            sink.writeVarlong(counts[i]);
            before = buckets[i];
        }
    }

    static Histogram read(ByteSource source, int precision) {
        Histogram histogram = new Histogram(precision);
        histogram.min = Buckets.normal(source.readDouble());
        histogram.max = Buckets.normal(source.readDouble());
        histogram.below = source.readVarlong();
        histogram.total = histogram.below;
        int size = source.readVarint();
        require(size >= 0 && size <= histogram.bucketsMax(), size + " buckets");
        require(histogram.below >= 0, histogram.below + " values below them");
        require(histogram.below == 0 || size == histogram.bucketsMax(), "values below too few buckets");
        long bucket = Buckets.first(precision) - 1L;
        for (int i = 0; i < size; i++) {
            int distance = source.readVarint();
            bucket += distance;
            require(distance > 0 && bucket <= Buckets.last(precision), "bucket " + bucket);
            histogram.readCount(source, (int) bucket);
        }
        histogram.requireExtremes();
        return histogram;
    }

    private void readCount(ByteSource source, int bucket) {
        long count = source.readVarlong();
        require(count > 0 && total + count > 0, count + " values in a bucket");
        insert(size, bucket, count);
        total += count;
    }

    private void requireExtremes() {
        if (size > 0) {
            int lowest = Buckets.of(min, precision);
            require(below > 0 ? lowest < buckets[0] : lowest == buckets[0], "a least value of " + min);
            require(Buckets.of(max, precision) == buckets[size - 1], "a greatest value of " + max);
        }
    }

    private static void require(boolean legal, String what) {
        if (!legal) {
            throw new IllegalStateException("not a histogram: it has " + what);
        }
    }
}
