package io.tidemill.sketches;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import io.tidemill.api.DoubleField;
import io.tidemill.api.Mapper;

/**
 * Approximate aggregates. All say how wrong they may be, are bounded in memory, and can be part of {@link Aggregate#all}.
 *
 * <p>{@link #approximateDistinct} and {@link #quantiles} do not depend on the order of the values, nor on how they were cut
 * into steps: the same log gives the same answer to the last digit. {@link #frequentItems} does once there are more
 * distinct values than it counts; its bounds hold in any order.
 */
public final class Sketches {
    /** Of {@link #approximateDistinct(Mapper, Codec)}: 4 KiB for a key. */
    public static final double STANDARD_ERROR_DEFAULT = 0.0125;

    /** Of {@link #quantiles(DoubleField, double...)}. */
    public static final double RELATIVE_ERROR_DEFAULT = 0.01;

    /** Of {@link #frequentItems(Mapper, Codec, int)}. */
    public static final int CAPACITY_DEFAULT = 1_000;

    private Sketches() {}

    /** About how many distinct values the field has, with a standard error of 1.25 %. */
    public static <T, V> Aggregate<T, ?, DistinctEstimate> approximateDistinct(
            Mapper<? super T, ? extends V> field, Codec<V> codec) {
        return approximateDistinct(field, codec, STANDARD_ERROR_DEFAULT);
    }

    /**
     * About how many distinct values the field has (UltraLogLog: Ertl, VLDB 2024). Values are equal when their encoded
     * bytes are. Up to a few hundred are counted exactly, in 8 bytes each; beyond, a key costs (0.78 / standardError)²
     * bytes, rounded up to a power of two, however many values there are. The answer is a function of the set of values.
     *
     * @param standardError the relative error that is not exceeded in two of three cases, and three times which is not in
     *     99 of 100: 0.0025 to 0.1, which is 128 KiB to 64 bytes
     */
    public static <T, V> Aggregate<T, ?, DistinctEstimate> approximateDistinct(
            Mapper<? super T, ? extends V> field, Codec<V> codec, double standardError) {
        return new ApproximateDistinct<>(field, codec, DistinctSketch.precision(standardError));
    }

    /** The quantiles of the field at these ranks, with a relative error of at most 1 %. */
    public static <T> Aggregate<T, ?, Quantiles> quantiles(DoubleField<? super T> field, double... ranks) {
        return quantilesWithin(RELATIVE_ERROR_DEFAULT, field, ranks);
    }

    /**
     * The quantiles of the field at these ranks (DDSketch: Masson, Rim and Lee, VLDB 2019). The answer is a function of the
     * multiset of values, and exact in its counts up to 2⁵³ values.
     *
     * <p>The values are numbers from -1e300 to 1e300. A record with another one, with NaN or with an infinity fails with
     * {@link IllegalArgumentException}, before anything is changed. Numbers not farther than 1e-300 from zero are taken for 0.
     *
     * <p>At an error of 1 % there are 64 bins for each factor of two. A key costs two to four bytes for each bin that is not
     * empty where it is stored, and in memory 8 for each between the least and the greatest of a sign, 512 at least. Of each
     * sign 64 factors of two are kept, the ones farthest from zero: in memory 32 KiB. Where values lie in more of them, those
     * nearest to zero are put together, and quantiles among them have wide bounds.
     *
     * @param relativeError how far an estimate may be from the true value, relative to it: 0.0005 to 0.1
     * @param ranks 1 to 100 numbers from 0 to 1
     */
    public static <T> Aggregate<T, ?, Quantiles> quantilesWithin(
            double relativeError, DoubleField<? super T> field, double... ranks) {
        return new QuantilesOf<>(field, QuantileSketch.binsPerFactor(relativeError), Ranks.of(ranks));
    }

    /** The {@code k} most frequent values of the field, told from a thousand counters. */
    public static <T, V> Aggregate<T, ?, FrequentItems<V>> frequentItems(
            Mapper<? super T, ? extends V> field, Codec<V> codec, int k) {
        return frequentItems(field, codec, k, Math.max(k, CAPACITY_DEFAULT));
    }

    /**
     * The {@code k} most frequent values of the field (Misra and Gries 1982; merged as by Agarwal and others 2012). As long
     * as there are no more distinct values than {@code capacity}, all counts are exact. Beyond, of {@code n} values:
     *
     * <ul>
     *   <li>no count is off by more than {@code n / (capacity + 1)};
     *   <li>no value is missed that occurred more often than that, if {@code k} leaves room for it;
     *   <li>the bounds always hold, but where in them a count lies, and which of the rarer values are there, <em>depends on
     *       the order of the values and on the steps in which they came</em>. A replay may then tell other numbers, and an
     *       audit reports them. Where that must not be, use {@link Aggregate#mostFrequent}.
     * </ul>
     *
     * <p>A key costs up to twice {@code capacity} values with about a hundred bytes each. A value has at most 1 KiB of
     * bytes; a record with a larger one fails with {@link IllegalArgumentException}.
     *
     * @param k 1 to {@code capacity}
     * @param capacity 1 to 20,000
     */
    public static <T, V> Aggregate<T, ?, FrequentItems<V>> frequentItems(
            Mapper<? super T, ? extends V> field, Codec<V> codec, int k, int capacity) {
        return new FrequentItemsOf<>(field, codec, k, capacity);
    }
}
