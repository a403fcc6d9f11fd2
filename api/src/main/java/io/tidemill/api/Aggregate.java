package io.tidemill.api;

import java.io.Serializable;
import java.util.Map;

/**
 * Folds values into an accumulator and an accumulator into a result.
 *
 * <p>The engine folds parts of a batch apart and merges them, so {@code merge} must be associative, agree with
 * {@code add}, and, where a key comes from several partitions, be commutative: between partitions the log keeps no order.
 * Accumulators may be mutable: {@code add} and {@code merge} may change and return their first argument, and keep no
 * reference to the second. Instances are thread-safe; an accumulator is only ever used by one thread at a time.
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

    /** Joins two results into one; errors as in {@link Aggregate#result}. */
    @FunctionalInterface
    interface Joiner<A, B, R> extends Serializable {
        R join(A first, B second) throws Exception;
    }
}
