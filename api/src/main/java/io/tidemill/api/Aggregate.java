package io.tidemill.api;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Folds values into an accumulator and an accumulator into a result.
 *
 * <p>The engine folds parts of a batch apart and merges them, so {@code merge} must be associative, agree with
 * {@code add}, and, where a key comes from several partitions, be commutative: between partitions the log keeps no order.
 * Accumulators may be mutable: {@code add} and {@code merge} may change and return their first argument. They neither
 * change nor return the second one, nor keep a reference to it: a slice of time is merged into each of its windows. Instances are thread-safe; an accumulator is only ever used by one thread at a time.
 *
 * <p>What {@code add} throws makes the record a dead letter of class {@link FailureClass#CODE}; it must throw before it
 * changes the accumulator. What {@code result} throws makes the result a dead letter. {@code create}, {@code merge},
 * {@code write} and {@code read} must not throw: the pipeline stops if they do.
 *
 * @param <T> the values
 * @param <A> the accumulator
 * @param <R> the result
 */
public interface Aggregate<T, A, R> extends Serializable {
    /** How many distinct values of a key are held unless said otherwise. */
    int DISTINCT_MAX_DEFAULT = 1_000_000;

    A create();

    A add(A accumulator, T value) throws Exception;

    A merge(A left, A right);

    R result(A accumulator) throws Exception;

    /** Appends the accumulator's bytes, from which {@link #read} makes an equal one. */
    void write(A accumulator, ByteSink sink);

    A read(ByteSource source);

    /**
     * What the accumulator's bytes depend on: state that was kept under another format is refused. An aggregate of
     * aggregates names its parts. Of a user's own aggregate it is the class's name, unless it says more.
     */
    default String format() {
        return getClass().getName();
    }

    /**
     * Whether {@link #read(ByteSource, String)} reads accumulators of {@code olderFormat}, so that state of that format can
     * be taken over with a savepoint. Its own format, unless it says more.
     */
    default boolean reads(String olderFormat) {
        return olderFormat.equals(format());
    }

    /**
     * Makes an accumulator of bytes that were written when {@link #format} was {@code olderFormat}. Called only where
     * {@link #reads} says yes, and when a savepoint is checked or restored; it must use up all of {@code source}'s bytes.
     */
    default A read(ByteSource source, String olderFormat) {
        if (!reads(olderFormat)) {
            throw new IllegalArgumentException("'" + format() + "' does not read '" + olderFormat + "'");
        }
        return read(source);
    }

    /** How many values. */
    static <T> Aggregate<T, ?, Long> count() {
        return new Aggregates.Count<>();
    }

    /**
     * The exact sum. Partial sums have 128 bits, so only a final sum outside {@code long} fails, with
     * {@link ArithmeticException}.
     */
    static <T> Aggregate<T, ?, Long> sum(LongField<? super T> field) {
        return new Aggregates.Sum<>(field);
    }

    static <T> Aggregate<T, ?, Long> min(LongField<? super T> field) {
        return new Aggregates.Extreme<>(field, false);
    }

    static <T> Aggregate<T, ?, Long> max(LongField<? super T> field) {
        return new Aggregates.Extreme<>(field, true);
    }

    /** The arithmetic mean: the exact sum over the count, rounded once. */
    static <T> Aggregate<T, ?, Double> average(LongField<? super T> field) {
        return new Aggregates.Average<>(field);
    }

    /**
     * The sum, rounded once from its exact value, so that it does not depend on the order of the values (Shewchuk 1997, as
     * in Python's {@code math.fsum}). Infinities and NaN as in IEEE 754.
     */
    static <T> Aggregate<T, ?, Double> sumDouble(DoubleField<? super T> field) {
        return new DoubleAggregates.Sum<>(field);
    }

    /** By {@link Double#compare}: {@code -0.0} before {@code 0.0}, NaN after all. */
    static <T> Aggregate<T, ?, Double> minDouble(DoubleField<? super T> field) {
        return new DoubleAggregates.Extreme<>(field, false);
    }

    /** By {@link Double#compare}: {@code -0.0} before {@code 0.0}, NaN after all. */
    static <T> Aggregate<T, ?, Double> maxDouble(DoubleField<? super T> field) {
        return new DoubleAggregates.Extreme<>(field, true);
    }

    /** The mean of doubles: {@link #sumDouble} over the count. */
    static <T> Aggregate<T, ?, Double> averageDouble(DoubleField<? super T> field) {
        return new DoubleAggregates.Average<>(field);
    }

    /**
     * How many distinct values the field has: exactly. {@link #countDistinct(Mapper, Codec, int)} with the default bound.
     */
    static <T, V> Aggregate<T, ?, Long> countDistinct(Mapper<? super T, ? extends V> field, Codec<V> codec) {
        return countDistinct(field, codec, DISTINCT_MAX_DEFAULT);
    }

    /**
     * How many distinct values the field has: exactly. Values are equal when their encoded bytes are. The accumulator holds
     * each of them, which costs its bytes and 12 to 24 more, and is written whole whenever it has changed.
     *
     * <p>Where a key has more than {@code distinctMax} values, or more than 32 MiB of them, the accumulator lets go of all,
     * and its result fails with {@link IllegalStateException}. No record fails for it: which one would have, depends on the
     * steps in which they came. Raising the bound does not bring back what was let go of.
     *
     * @param distinctMax 1 to 2,000,000
     */
    static <T, V> Aggregate<T, ?, Long> countDistinct(
            Mapper<? super T, ? extends V> field, Codec<V> codec, int distinctMax) {
        return new DistinctAggregates.CountDistinct<>(field, codec, distinctMax);
    }

    /** The {@code k} most frequent values of the field; as the longer method, with the default bound. */
    static <T, V> Aggregate<T, ?, List<Counted<V>>> mostFrequent(
            Mapper<? super T, ? extends V> field, Codec<V> codec, int k) {
        return mostFrequent(field, codec, k, DISTINCT_MAX_DEFAULT);
    }

    /**
     * The {@code k} most frequent values of the field with their counts, exactly; the most frequent first, and among equally
     * frequent ones that with the smaller encoded bytes (unsigned). Cost and bounds are those of
     * {@link #countDistinct(Mapper, Codec, int)}: every distinct value is held.
     *
     * @param k 1 to 1,000
     * @param distinctMax 1 to 2,000,000
     */
    static <T, V> Aggregate<T, ?, List<Counted<V>>> mostFrequent(
            Mapper<? super T, ? extends V> field, Codec<V> codec, int k, int distinctMax) {
        return new DistinctAggregates.MostFrequent<>(field, codec, k, distinctMax);
    }

    /**
     * The {@code k} values with the largest {@code by}, the largest first, and among equals that with the smaller encoded
     * bytes (unsigned). A value that came twice is there twice.
     *
     * <p>A value has at most 16 KiB of bytes; a record with a larger one fails with {@link IllegalArgumentException}.
     *
     * @param field what is kept of a value
     * @param k 1 to 1,000
     */
    static <T, V> Aggregate<T, ?, List<Ranked<V>>> topK(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec, int k) {
        return new RankedAggregates.Top<>(by, field, codec, k, true);
    }

    /** The {@code k} values with the smallest {@code by}, the smallest first; otherwise as {@link #topK}. */
    static <T, V> Aggregate<T, ?, List<Ranked<V>>> bottomK(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec, int k) {
        return new RankedAggregates.Top<>(by, field, codec, k, false);
    }

    /** The value with the least {@code by}; among equals, and in its size, as {@link #topK}. */
    static <T, V> Aggregate<T, ?, V> minBy(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec) {
        return new RankedAggregates.First<>(by, field, codec, false);
    }

    /** The value with the greatest {@code by}; among equals, and in its size, as {@link #topK}. */
    static <T, V> Aggregate<T, ?, V> maxBy(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec) {
        return new RankedAggregates.First<>(by, field, codec, true);
    }

    /**
     * All values that share the least {@code by}, the one with the smaller encoded bytes (unsigned) first; in their size as
     * {@link #topK}. More than 1,000 fail: the result is a dead letter then, and no part of an answer is told.
     */
    static <T, V> Aggregate<T, ?, List<V>> allMinBy(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec) {
        return new RankedAggregates.AllFirst<>(by, field, codec, false);
    }

    /** All values that share the greatest {@code by}; otherwise as {@link #allMinBy}. */
    static <T, V> Aggregate<T, ?, List<V>> allMaxBy(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec) {
        return new RankedAggregates.AllFirst<>(by, field, codec, true);
    }

    /** Two aggregates of the same values, their results joined. */
    static <T, A1, R1, A2, R2, R> Aggregate<T, ?, R> both(
            Aggregate<T, A1, R1> first, Aggregate<T, A2, R2> second, Joiner<R1, R2, R> joiner) {
        return new Aggregates.Both<>(first, second, joiner);
    }

    /**
     * Several aggregates of the same values; the result maps each name to its answer, in the order of {@code parts}.
     * {@code parts} holds 1 to 64 entries.
     */
    static <T> Aggregate<T, ?, Map<String, Object>> all(Map<String, Aggregate<T, ?, ?>> parts) {
        return Aggregates.All.of(parts);
    }

    /** Joins two values into one; errors as in {@link Aggregate#result}. */
    @FunctionalInterface
    interface Joiner<A extends @Nullable Object, B extends @Nullable Object, R> extends Serializable {
        R join(A first, B second) throws Exception;
    }
}
