package io.tidemill.sketches;

import com.datadoghq.sketch.ddsketch.DDSketch;
import com.datadoghq.sketch.ddsketch.mapping.BitwiseLinearlyInterpolatedMapping;
import com.datadoghq.sketch.ddsketch.mapping.IndexMapping;
import com.datadoghq.sketch.ddsketch.store.Bin;
import com.datadoghq.sketch.ddsketch.store.CollapsingLowestDenseStore;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A DDSketch (Masson, Rim and Lee, VLDB 2019), and the least and the greatest value as they are.
 *
 * <p>A function of the multiset of values, whatever their order and however they were cut into parts: a value's bin is the
 * upper bits of the double itself, where other mappings take a logarithm, which may differ by a bit between machines. And
 * where a store drops its lowest bins into one, that one follows from the highest alone, which is a maximum.
 */
final class QuantileSketch {
    /** The library counts in doubles, which are exact up to here: 285 years at a million values a second. */
    static final long COUNT_MAX = 1L << 53;

    private static final int FACTORS_OF_TWO_MAX = 64;

    private final DDSketch sketch;
    private final Bins negative;
    private final Bins positive;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;

    /** With so many bins for each factor of two, a power of two. */
    QuantileSketch(int binsPerFactor) {
        IndexMapping mapping = new BitwiseLinearlyInterpolatedMapping(Integer.numberOfTrailingZeros(binsPerFactor));
        int binsMax = FACTORS_OF_TWO_MAX * binsPerFactor;
        sketch = new DDSketch(
                mapping,
                () -> new CollapsingLowestDenseStore(binsMax),
                () -> new CollapsingLowestDenseStore(binsMax),
                SketchedRange.ZERO_MAX);
        negative = new Bins(sketch.getNegativeValueStore(), mapping, binsMax);
        positive = new Bins(sketch.getPositiveValueStore(), mapping, binsMax);
    }

    /** An estimate is the middle of a bin. */
    static int binsPerFactor(double relativeError) {
        if (!(relativeError >= 0.0005 && relativeError <= 0.1)) {
            throw new IllegalArgumentException("a relative error is 0.0005 to 0.1, not " + relativeError);
        }
        int binsPerFactor = 1;
        while (0.5 / binsPerFactor > relativeError) {
            binsPerFactor *= 2;
        }
        return binsPerFactor;
    }

    /** Throws {@link IllegalArgumentException}, and changes nothing, where the value is none that can be counted. */
    void add(double value) {
        double taken = SketchedRange.taken(value);
        sketch.accept(taken);
        extend(taken, taken);
    }

    void add(QuantileSketch other) {
        sketch.mergeWith(other.sketch);
        extend(other.min, other.max);
    }

    private void extend(double least, double greatest) {
        min = Math.min(min, least);
        max = Math.max(max, greatest);
    }

    private long count() {
        return (long) sketch.getCount();
    }

    private long zeros() {
        return (long) (sketch.getCount()
                - negative.store().getTotalCount()
                - positive.store().getTotalCount());
    }

    /** The library's own quantiles have another rank, and no bounds. */
    Quantiles at(Ranks ranks) {
        if (sketch.isEmpty()) {
            throw new IllegalStateException("there are no values");
        }
        List<Share> shares = shares();
        List<Quantile> quantiles = new ArrayList<>();
        for (double rank : ranks.values()) {
            quantiles.add(at(rank, shares));
        }
        return new Quantiles(count(), min, max, List.copyOf(quantiles));
    }

    /** So many values lie from one bound to the other. */
    private record Share(double lower, double upper, long count) {}

    /** Ascending. */
    private List<Share> shares() {
        List<Share> shares = new ArrayList<>();
        for (Bin bin : negative.all()) {
            // Taken from zero, which keeps a zero positive.
            shares.add(new Share(0 - negative.upper(bin), 0 - negative.lower(bin), (long) bin.getCount()));
        }
        Collections.reverse(shares);
        shares.add(new Share(0, 0, zeros()));
        for (Bin bin : positive.all()) {
            shares.add(new Share(positive.lower(bin), positive.upper(bin), (long) bin.getCount()));
        }
        return shares;
    }

    private Quantile at(double rank, List<Share> shares) {
        long number = Ranks.number(rank, count());
        if (number == 1) {
            return new Quantile(rank, min, min, min);
        }
        if (number == count()) {
            return new Quantile(rank, max, max, max);
        }
        Share share = holding(number, shares);
        double lower = Math.max(min, share.lower);
        double upper = Math.min(max, share.upper);
        return new Quantile(rank, lower + (upper - lower) / 2, lower, upper);
    }

    private static Share holding(long number, List<Share> shares) {
        long seen = 0;
        for (Share share : shares) {
            seen += share.count;
            if (seen >= number) {
                return share;
            }
        }
        throw new AssertionError("value " + number + " of " + seen);
    }

    void write(ByteSink sink) {
        sink.writeDouble(min);
        sink.writeDouble(max);
        sink.writeVarlong(zeros());
        negative.write(sink);
        positive.write(sink);
    }

    static QuantileSketch read(ByteSource source, int binsPerFactor) {
        QuantileSketch read = new QuantileSketch(binsPerFactor);
        read.min = source.readDouble();
        read.max = source.readDouble();
        long zeros = source.readVarlong();
        Bins.require(zeros >= 0 && zeros <= COUNT_MAX, zeros + " zeros");
        read.sketch.accept(0, (double) zeros);
        read.negative.read(source);
        read.positive.read(source);
        Bins.require(read.sketch.getCount() <= COUNT_MAX, read.sketch.getCount() + " values");
        Bins.require(read.isLeast(read.min), "a least value of " + read.min);
        Bins.require(read.isGreatest(read.max), "a greatest value of " + read.max);
        return read;
    }

    private boolean isLeast(double value) {
        if (sketch.isEmpty()) {
            return value == Double.POSITIVE_INFINITY;
        }
        if (!negative.store().isEmpty()) {
            return negative.canHaveGreatest(-value);
        }
        return zeros() > 0 ? isZero(value) : positive.canHaveLeast(value);
    }

    private boolean isGreatest(double value) {
        if (sketch.isEmpty()) {
            return value == Double.NEGATIVE_INFINITY;
        }
        if (!positive.store().isEmpty()) {
            return positive.canHaveGreatest(value);
        }
        return zeros() > 0 ? isZero(value) : negative.canHaveLeast(-value);
    }

    private static boolean isZero(double value) {
        return Double.compare(value, 0.0) == 0;
    }
}
