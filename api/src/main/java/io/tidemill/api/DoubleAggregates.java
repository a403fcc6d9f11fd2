package io.tidemill.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * Aggregates of doubles whose results do not depend on the order of the values.
 *
 * <p>Sums keep Shewchuk's non-overlapping partial sums ("Adaptive Precision Floating-Point Arithmetic and Fast Robust
 * Geometric Predicates", 1997): their exact sum is the exact sum of the values, and rounding happens once, at the end.
 */
final class DoubleAggregates {
    private DoubleAggregates() {}

    static final class ExactSum {
        /** As long as no partial sum is larger, adding two cannot overflow. */
        private static final double HALF_RANGE = Double.MAX_VALUE / 4;

        private static final byte[] NOTHING = {};

        private double[] partials = new double[4];
        private int size;
        private double special; // the sum of infinities and NaN

        /** The rest of the sum, once partial sums have left the range of doubles. */
        private BigDecimal beyond = BigDecimal.ZERO;

        long count;

        void add(double value) {
            if (!Double.isFinite(value)) {
                special += value;
                return;
            }
            if (Math.abs(value) > HALF_RANGE || (size > 0 && Math.abs(partials[size - 1]) > HALF_RANGE)) {
                moveBeyond();
                beyond = beyond.add(new BigDecimal(value));
                return;
            }
            double carry = value;
            int kept = 0;
            for (int i = 0; i < size; i++) {
                double partial = partials[i];
                double large = Math.abs(carry) >= Math.abs(partial) ? carry : partial;
                double small = Math.abs(carry) >= Math.abs(partial) ? partial : carry;
                double sum = large + small;
                double rest = small - (sum - large);
                if (rest != 0.0) {
                    partials[kept++] = rest;
                }
                carry = sum;
            }
            if (!Double.isFinite(carry)) {
                throw new IllegalStateException("two partial sums of half the range of doubles cannot overflow");
            }
            if (kept == partials.length) {
                partials = Arrays.copyOf(partials, kept * 2);
            }
            partials[kept++] = carry;
            size = kept;
        }

        private void moveBeyond() {
            for (int i = 0; i < size; i++) {
                beyond = beyond.add(new BigDecimal(partials[i]));
            }
            size = 0;
        }

        void add(ExactSum other) {
            beyond = beyond.add(other.beyond);
            for (int i = 0; i < other.size; i++) {
                add(other.partials[i]);
            }
            special += other.special;
            count += other.count;
        }

        double rounded() {
            if (special != 0.0 || Double.isNaN(special)) {
                return special;
            }
            if (beyond.signum() != 0) {
                moveBeyond();
                return beyond.doubleValue();
            }
            if (size == 0) {
                return 0.0;
            }
            int i = size - 1;
            double high = partials[i];
            double low = 0.0;
            while (i > 0) {
                double before = high;
                double next = partials[--i];
                high = before + next;
                low = next - (high - before);
                if (low != 0.0) {
                    break;
                }
            }
            // Round half to even over the remaining partials: nudge only when they push past the halfway point.
            if (i > 0 && ((low < 0.0 && partials[i - 1] < 0.0) || (low > 0.0 && partials[i - 1] > 0.0))) {
                double twice = low * 2.0;
                double nudged = high + twice;
                if (twice == nudged - high) {
                    high = nudged;
                }
            }
            return high;
        }

        void write(ByteSink sink) {
            sink.writeVarlong(count);
            sink.writeDouble(special);
            sink.writeSized(
                    beyond.signum() == 0 ? NOTHING : beyond.unscaledValue().toByteArray());
            sink.writeVarlong(beyond.signum() == 0 ? 0 : beyond.scale());
            sink.writeVarint(size);
            for (int i = 0; i < size; i++) {
                sink.writeDouble(partials[i]);
            }
        }

        static ExactSum read(ByteSource source) {
            ExactSum sum = new ExactSum();
            sum.count = source.readVarlong();
            sum.special = source.readDouble();
            byte[] unscaled = source.readSized();
            int scale = (int) source.readVarlong();
            sum.beyond = unscaled.length == 0 ? BigDecimal.ZERO : new BigDecimal(new BigInteger(unscaled), scale);
            int size = source.readVarint();
            // A double's exponents span 2,098 bits: 40 partials of 53 bits hold any sum.
            if (size < 0 || size > 64) {
                throw new IllegalStateException("an exact sum of " + size + " partials");
            }
            sum.partials = new double[Math.max(4, size)];
            sum.size = size;
            for (int i = 0; i < size; i++) {
                sum.partials[i] = source.readDouble();
            }
            return sum;
        }
    }

    /** What {@link Sum} and {@link Average} share. */
    private interface Summing<T> extends Aggregate<T, ExactSum, Double> {
        DoubleField<? super T> field();

        @Override
        default ExactSum create() {
            return new ExactSum();
        }

        @Override
        default ExactSum add(ExactSum accumulator, T value) throws Exception {
            accumulator.add(field().of(value));
            accumulator.count++;
            return accumulator;
        }

        @Override
        default ExactSum merge(ExactSum left, ExactSum right) {
            left.add(right);
            return left;
        }

        @Override
        default void write(ExactSum accumulator, ByteSink sink) {
            accumulator.write(sink);
        }

        @Override
        default ExactSum read(ByteSource source) {
            return ExactSum.read(source);
        }
    }

    record Sum<T>(DoubleField<? super T> field) implements Summing<T> {
        @Override
        public String format() {
            return "sumDouble";
        }

        @Override
        public Double result(ExactSum accumulator) {
            return accumulator.rounded();
        }
    }

    record Average<T>(DoubleField<? super T> field) implements Summing<T> {
        @Override
        public String format() {
            return "averageDouble";
        }

        @Override
        public Double result(ExactSum accumulator) {
            return accumulator.rounded() / accumulator.count;
        }
    }

    static final class DoubleCell {
        double value;

        DoubleCell(double value) {
            this.value = value;
        }
    }

    record Extreme<T>(DoubleField<? super T> field, boolean greatest) implements Aggregate<T, DoubleCell, Double> {
        /** Greater than every double by {@link Double#compare} is NaN; less than every double is negative infinity. */
        @Override
        public String format() {
            return greatest ? "maxDouble" : "minDouble";
        }

        @Override
        public DoubleCell create() {
            return new DoubleCell(greatest ? Double.NEGATIVE_INFINITY : Double.NaN);
        }

        @Override
        public DoubleCell add(DoubleCell accumulator, T value) throws Exception {
            return keep(accumulator, field.of(value));
        }

        @Override
        public DoubleCell merge(DoubleCell left, DoubleCell right) {
            return keep(left, right.value);
        }

        private DoubleCell keep(DoubleCell accumulator, double value) {
            int order = Double.compare(value, accumulator.value);
            if (greatest ? order > 0 : order < 0) {
                accumulator.value = value;
            }
            return accumulator;
        }

        @Override
        public Double result(DoubleCell accumulator) {
            return accumulator.value;
        }

        @Override
        public void write(DoubleCell accumulator, ByteSink sink) {
            sink.writeDouble(accumulator.value);
        }

        @Override
        public DoubleCell read(ByteSource source) {
            return new DoubleCell(source.readDouble());
        }
    }
}
