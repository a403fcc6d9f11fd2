package io.tidemill.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Aggregates of whole numbers, and aggregates of aggregates. */
final class Aggregates {
    private static final int PARTS_MAX = 64;

    private Aggregates() {}

    static final class LongCell {
        long value;

        LongCell(long value) {
            this.value = value;
        }
    }

    record Count<T>() implements Aggregate<T, LongCell, Long> {
        @Override
        public String format() {
            return "count";
        }

        @Override
        public LongCell create() {
            return new LongCell(0);
        }

        @Override
        public LongCell add(LongCell accumulator, T value) {
            accumulator.value++;
            return accumulator;
        }

        @Override
        public LongCell merge(LongCell left, LongCell right) {
            left.value += right.value;
            return left;
        }

        @Override
        public Long result(LongCell accumulator) {
            return accumulator.value;
        }

        @Override
        public void write(LongCell accumulator, ByteSink sink) {
            sink.writeVarlong(accumulator.value);
        }

        @Override
        public LongCell read(ByteSource source) {
            return new LongCell(source.readVarlong());
        }
    }

    /** A sum in 128 bits, two's complement. */
    static final class WideSum {
        long high;
        long low;

        void add(long value) {
            add(value >> 63, value);
        }

        void add(long otherHigh, long otherLow) {
            long sum = low + otherLow;
            high += otherHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
            low = sum;
        }

        boolean fitsLong() {
            return high == low >> 63;
        }

        BigInteger toBigInteger() {
            return BigInteger.valueOf(high)
                    .shiftLeft(64)
                    .add(BigInteger.valueOf(low >>> 1).shiftLeft(1).add(BigInteger.valueOf(low & 1)));
        }

        void write(ByteSink sink) {
            sink.writeVarlong(high);
            sink.writeVarlong(low);
        }

        static WideSum read(ByteSource source) {
            WideSum sum = new WideSum();
            sum.high = source.readVarlong();
            sum.low = source.readVarlong();
            return sum;
        }
    }

    record Sum<T>(LongField<? super T> field) implements Aggregate<T, WideSum, Long> {
        @Override
        public String format() {
            return "sum";
        }

        @Override
        public WideSum create() {
            return new WideSum();
        }

        @Override
        public WideSum add(WideSum accumulator, T value) throws Exception {
            accumulator.add(field.of(value));
            return accumulator;
        }

        @Override
        public WideSum merge(WideSum left, WideSum right) {
            left.add(right.high, right.low);
            return left;
        }

        @Override
        public Long result(WideSum accumulator) {
            if (!accumulator.fitsLong()) {
                throw new ArithmeticException("the sum " + accumulator.toBigInteger() + " does not fit a long");
            }
            return accumulator.low;
        }

        @Override
        public void write(WideSum accumulator, ByteSink sink) {
            accumulator.write(sink);
        }

        @Override
        public WideSum read(ByteSource source) {
            return WideSum.read(source);
        }
    }

    record Extreme<T>(LongField<? super T> field, boolean greatest) implements Aggregate<T, LongCell, Long> {
        @Override
        public String format() {
            return greatest ? "max" : "min";
        }

        @Override
        public LongCell create() {
            return new LongCell(greatest ? Long.MIN_VALUE : Long.MAX_VALUE);
        }

        @Override
        public LongCell add(LongCell accumulator, T value) throws Exception {
            return keep(accumulator, field.of(value));
        }

        @Override
        public LongCell merge(LongCell left, LongCell right) {
            return keep(left, right.value);
        }

        private LongCell keep(LongCell accumulator, long value) {
            accumulator.value = greatest ? Math.max(accumulator.value, value) : Math.min(accumulator.value, value);
            return accumulator;
        }

        @Override
        public Long result(LongCell accumulator) {
            return accumulator.value;
        }

        @Override
        public void write(LongCell accumulator, ByteSink sink) {
            sink.writeVarlong(accumulator.value);
        }

        @Override
        public LongCell read(ByteSource source) {
            return new LongCell(source.readVarlong());
        }
    }

    static final class CountedSum {
        final WideSum sum;
        long count;

        CountedSum(WideSum sum, long count) {
            this.sum = sum;
            this.count = count;
        }
    }

    record Average<T>(LongField<? super T> field) implements Aggregate<T, CountedSum, Double> {
        @Override
        public String format() {
            return "average";
        }

        @Override
        public CountedSum create() {
            return new CountedSum(new WideSum(), 0);
        }

        @Override
        public CountedSum add(CountedSum accumulator, T value) throws Exception {
            accumulator.sum.add(field.of(value));
            accumulator.count++;
            return accumulator;
        }

        @Override
        public CountedSum merge(CountedSum left, CountedSum right) {
            left.sum.add(right.sum.high, right.sum.low);
            left.count += right.count;
            return left;
        }

        @Override
        public Double result(CountedSum accumulator) {
            WideSum sum = accumulator.sum;
            if (sum.fitsLong() && Math.abs(sum.low) < 1L << 53) {
                return (double) sum.low / accumulator.count;
            }
            return new BigDecimal(sum.toBigInteger())
                    .divide(BigDecimal.valueOf(accumulator.count), new MathContext(50))
                    .doubleValue();
        }

        @Override
        public void write(CountedSum accumulator, ByteSink sink) {
            accumulator.sum.write(sink);
            sink.writeVarlong(accumulator.count);
        }

        @Override
        public CountedSum read(ByteSource source) {
            return new CountedSum(WideSum.read(source), source.readVarlong());
        }
    }

    static final class Pair<A, B> {
        A first;
        B second;

        Pair(A first, B second) {
            this.first = first;
            this.second = second;
        }
    }

    record Both<T, A1, R1, A2, R2, R>(
            Aggregate<T, A1, R1> first, Aggregate<T, A2, R2> second, Aggregate.Joiner<R1, R2, R> joiner)
            implements Aggregate<T, Pair<A1, A2>, R> {
        @Override
        public String format() {
            return "both(" + first.format() + ", " + second.format() + ")";
        }

        @Override
        public Pair<A1, A2> create() {
            return new Pair<>(first.create(), second.create());
        }

        @Override
        public Pair<A1, A2> add(Pair<A1, A2> accumulator, T value) throws Exception {
            // Folded apart first, so that a failure of the second leaves the first as it was.
            A2 added = second.add(second.create(), value);
            accumulator.first = first.add(accumulator.first, value);
            accumulator.second = second.merge(accumulator.second, added);
            return accumulator;
        }

        @Override
        public Pair<A1, A2> merge(Pair<A1, A2> left, Pair<A1, A2> right) {
            left.first = first.merge(left.first, right.first);
            left.second = second.merge(left.second, right.second);
            return left;
        }

        @Override
        public R result(Pair<A1, A2> accumulator) throws Exception {
            return joiner.join(first.result(accumulator.first), second.result(accumulator.second));
        }

        @Override
        public void write(Pair<A1, A2> accumulator, ByteSink sink) {
            first.write(accumulator.first, sink);
            second.write(accumulator.second, sink);
        }

        @Override
        public Pair<A1, A2> read(ByteSource source) {
            return new Pair<>(first.read(source), second.read(source));
        }
    }

    static final class All<T> implements Aggregate<T, Object[], Map<String, Object>> {
        /** In the order in which the user gave them. */
        private final List<String> names;

        /** In the order of their names, which is that of their bytes: the order of a map need not outlive a process. */
        private final List<String> storedNames;

        private final List<Aggregate<T, Object, Object>> parts;

        @SuppressWarnings("unchecked") // each accumulator only ever meets the aggregate that made it
        All(Map<String, Aggregate<T, ?, ?>> parts) {
            if (parts.isEmpty() || parts.size() > PARTS_MAX) {
                throw new IllegalArgumentException("1 to " + PARTS_MAX + " aggregates, not " + parts.size());
            }
            names = List.copyOf(parts.keySet());
            storedNames = names.stream().sorted().toList();
            List<Aggregate<T, Object, Object>> inOrder = new ArrayList<>();
            for (String name : storedNames) {
                inOrder.add((Aggregate<T, Object, Object>) Objects.requireNonNull(parts.get(name)));
            }
            this.parts = List.copyOf(inOrder);
        }

        @Override
        public String format() {
            StringBuilder text = new StringBuilder("all(");
            for (int i = 0; i < parts.size(); i++) {
                text.append(i == 0 ? "" : ", ")
                        .append(storedNames.get(i))
                        .append('=')
                        .append(parts.get(i).format());
            }
            return text.append(')').toString();
        }

        @Override
        public Object[] create() {
            Object[] accumulators = new Object[parts.size()];
            for (int i = 0; i < accumulators.length; i++) {
                accumulators[i] = parts.get(i).create();
            }
            return accumulators;
        }

        @Override
        public Object[] add(Object[] accumulator, T value) throws Exception {
            // Folded apart first, so that a failure of a later part leaves the earlier ones as they were.
            Object[] added = create();
            for (int i = 0; i < added.length; i++) {
                added[i] = parts.get(i).add(added[i], value);
            }
            return merge(accumulator, added);
        }

        @Override
        public Object[] merge(Object[] left, Object[] right) {
            for (int i = 0; i < left.length; i++) {
                left[i] = parts.get(i).merge(left[i], right[i]);
            }
            return left;
        }

        @Override
        public Map<String, Object> result(Object[] accumulator) throws Exception {
            Map<String, Object> results = new LinkedHashMap<>();
            names.forEach(name -> results.put(name, name));
            for (int i = 0; i < accumulator.length; i++) {
                results.put(storedNames.get(i), parts.get(i).result(accumulator[i]));
            }
            return Collections.unmodifiableMap(results);
        }

        @Override
        public void write(Object[] accumulator, ByteSink sink) {
            for (int i = 0; i < accumulator.length; i++) {
                parts.get(i).write(accumulator[i], sink);
            }
        }

        @Override
        public Object[] read(ByteSource source) {
            Object[] accumulators = new Object[parts.size()];
            for (int i = 0; i < accumulators.length; i++) {
                accumulators[i] = parts.get(i).read(source);
            }
            return accumulators;
        }
    }
}
