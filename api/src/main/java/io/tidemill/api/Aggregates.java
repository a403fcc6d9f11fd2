package io.tidemill.api;

import io.tidemill.api.plan.AggregateOfParts;
import io.tidemill.api.plan.KeptValues;
import io.tidemill.api.plan.PartsChange;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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

    record Count<T>() implements Aggregate<T, LongCell, Long>, Numbers<T, LongCell> {
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

        @Override
        public int width() {
            return 1;
        }

        @Override
        public void begin(long[] cells, int at) {
            cells[at] = 0;
        }

        @Override
        public long take(T value) {
            return 1;
        }

        @Override
        public void fold(long[] cells, int at, long taken) {
            cells[at] += taken;
        }

        @Override
        public void merge(long[] left, int leftAt, long[] right, int rightAt) {
            left[leftAt] += right[rightAt];
        }

        @Override
        public Object answer(long[] cells, int at) {
            return cells[at];
        }

        @Override
        public void write(long[] cells, int at, ByteSink sink) {
            sink.writeVarlong(cells[at]);
        }

        @Override
        public void read(long[] cells, int at, ByteSource source) {
            cells[at] = source.readVarlong();
        }

        @Override
        public LongCell toAccumulator(long[] cells, int at) {
            return new LongCell(cells[at]);
        }

        @Override
        public void toCells(LongCell accumulator, long[] cells, int at) {
            cells[at] = accumulator.value;
        }
    }

    /** A sum in 128 bits, two's complement. */
    static final class WideSum {
        long high;
        long low;

        void add(long value) {
            add(value >> 63, value);
        }

        WideSum() {}

        private WideSum(long high, long low) {
            this.high = high;
            this.low = low;
        }

        void add(long otherHigh, long otherLow) {
            long sum = low + otherLow;
            high += otherHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
            low = sum;
        }

        /** The same in two cells of an array, the high one first. */
        static WideSum of(long[] cells, int at) {
            return new WideSum(cells[at], cells[at + 1]);
        }

        static void add(long[] cells, int at, long otherHigh, long otherLow) {
            long low = cells[at + 1];
            long sum = low + otherLow;
            cells[at] += otherHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
            cells[at + 1] = sum;
        }

        static void write(long[] cells, int at, ByteSink sink) {
            sink.writeVarlong(cells[at]);
            sink.writeVarlong(cells[at + 1]);
        }

        static void read(long[] cells, int at, ByteSource source) {
            cells[at] = source.readVarlong();
            cells[at + 1] = source.readVarlong();
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

    record Sum<T>(LongField<? super T> field) implements Aggregate<T, WideSum, Long>, Numbers<T, WideSum> {
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

        @Override
        public int width() {
            return 2;
        }

        @Override
        public void begin(long[] cells, int at) {
            cells[at] = 0;
            cells[at + 1] = 0;
        }

        @Override
        public long take(T value) throws Exception {
            return field.of(value);
        }

        @Override
        public void fold(long[] cells, int at, long taken) {
            WideSum.add(cells, at, taken >> 63, taken);
        }

        @Override
        public void merge(long[] left, int leftAt, long[] right, int rightAt) {
            WideSum.add(left, leftAt, right[rightAt], right[rightAt + 1]);
        }

        @Override
        public Object answer(long[] cells, int at) {
            return result(WideSum.of(cells, at));
        }

        @Override
        public void write(long[] cells, int at, ByteSink sink) {
            WideSum.write(cells, at, sink);
        }

        @Override
        public void read(long[] cells, int at, ByteSource source) {
            WideSum.read(cells, at, source);
        }

        @Override
        public WideSum toAccumulator(long[] cells, int at) {
            return WideSum.of(cells, at);
        }

        @Override
        public void toCells(WideSum accumulator, long[] cells, int at) {
            cells[at] = accumulator.high;
            cells[at + 1] = accumulator.low;
        }
    }

    record Extreme<T>(LongField<? super T> field, boolean greatest)
            implements Aggregate<T, LongCell, Long>, Numbers<T, LongCell> {
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

        @Override
        public int width() {
            return 1;
        }

        @Override
        public void begin(long[] cells, int at) {
            cells[at] = greatest ? Long.MIN_VALUE : Long.MAX_VALUE;
        }

        @Override
        public long take(T value) throws Exception {
            return field.of(value);
        }

        @Override
        public void fold(long[] cells, int at, long taken) {
            cells[at] = greatest ? Math.max(cells[at], taken) : Math.min(cells[at], taken);
        }

        @Override
        public void merge(long[] left, int leftAt, long[] right, int rightAt) {
            fold(left, leftAt, right[rightAt]);
        }

        @Override
        public Object answer(long[] cells, int at) {
            return cells[at];
        }

        @Override
        public void write(long[] cells, int at, ByteSink sink) {
            sink.writeVarlong(cells[at]);
        }

        @Override
        public void read(long[] cells, int at, ByteSource source) {
            cells[at] = source.readVarlong();
        }

        @Override
        public LongCell toAccumulator(long[] cells, int at) {
            return new LongCell(cells[at]);
        }

        @Override
        public void toCells(LongCell accumulator, long[] cells, int at) {
            cells[at] = accumulator.value;
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

    record Average<T>(LongField<? super T> field) implements Aggregate<T, CountedSum, Double>, Numbers<T, CountedSum> {
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

        @Override
        public int width() {
            return 3;
        }

        @Override
        public void begin(long[] cells, int at) {
            cells[at] = 0;
            cells[at + 1] = 0;
            cells[at + 2] = 0;
        }

        @Override
        public long take(T value) throws Exception {
            return field.of(value);
        }

        @Override
        public void fold(long[] cells, int at, long taken) {
            WideSum.add(cells, at, taken >> 63, taken);
            cells[at + 2]++;
        }

        @Override
        public void merge(long[] left, int leftAt, long[] right, int rightAt) {
            WideSum.add(left, leftAt, right[rightAt], right[rightAt + 1]);
            left[leftAt + 2] += right[rightAt + 2];
        }

        @Override
        public Object answer(long[] cells, int at) {
            return result(new CountedSum(WideSum.of(cells, at), cells[at + 2]));
        }

        @Override
        public void write(long[] cells, int at, ByteSink sink) {
            WideSum.write(cells, at, sink);
            sink.writeVarlong(cells[at + 2]);
        }

        @Override
        public void read(long[] cells, int at, ByteSource source) {
            WideSum.read(cells, at, source);
            cells[at + 2] = source.readVarlong();
        }

        @Override
        public CountedSum toAccumulator(long[] cells, int at) {
            return new CountedSum(WideSum.of(cells, at), cells[at + 2]);
        }

        @Override
        public void toCells(CountedSum accumulator, long[] cells, int at) {
            cells[at] = accumulator.sum.high;
            cells[at + 1] = accumulator.sum.low;
            cells[at + 2] = accumulator.count;
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
            implements Aggregate<T, Pair<A1, A2>, R>, KeptValues<Pair<A1, A2>> {
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

        @Override
        public void tryValues(Pair<A1, A2> accumulator) throws Exception {
            KeptValues.tryOf(first, accumulator.first);
            KeptValues.tryOf(second, accumulator.second);
        }
    }

    static final class All<T>
            implements Aggregate<T, Object[], Map<String, Object>>, AggregateOfParts<Object[]>, KeptValues<Object[]> {
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

        /** The same, in the most compact way there is. */
        @SuppressWarnings("unchecked") // as above; and an array of a generic type cannot be made otherwise
        static <T> Aggregate<T, ?, Map<String, Object>> of(Map<String, Aggregate<T, ?, ?>> parts) {
            All<T> all = new All<>(parts);
            if (!all.parts.stream().allMatch(part -> part instanceof Numbers<?, ?>)) {
                return all;
            }
            Numbers<T, ?>[] numbers =
                    all.parts.stream().map(part -> (Numbers<T, ?>) part).toArray(Numbers[]::new);
            return new AllNumbers<>(all.names, all.storedNames, numbers, all.format(), all);
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

        @Override
        public void tryValues(Object[] accumulator) throws Exception {
            for (int i = 0; i < accumulator.length; i++) {
                KeptValues.tryOf(parts.get(i), accumulator[i]);
            }
        }

        private Object[] inOrder(Map<String, Object> accumulators) {
            return storedNames.stream().map(accumulators::get).toArray();
        }

        private Map<String, Aggregate<T, Object, Object>> byName() {
            Map<String, Aggregate<T, Object, Object>> byName = new LinkedHashMap<>();
            for (int i = 0; i < parts.size(); i++) {
                byName.put(storedNames.get(i), parts.get(i));
            }
            return byName;
        }

        @Override
        public @Nullable PartsChange change(String olderFormat) {
            OlderParts older = OlderParts.of(olderFormat);
            return older == null ? null : older.change(byName());
        }

        /** No part lost, reset or unreadable: what else is to go must be named by whoever restores. */
        @Override
        public boolean reads(String olderFormat) {
            if (olderFormat.equals(format())) {
                return true;
            }
            PartsChange change = change(olderFormat);
            return change != null
                    && change.lost().isEmpty()
                    && change.reset().isEmpty()
                    && change.unreadable().isEmpty();
        }

        @Override
        public Object[] read(ByteSource source, String olderFormat) {
            return olderFormat.equals(format()) ? read(source) : readParts(source, olderFormat);
        }

        @Override
        public Object[] readParts(ByteSource source, String olderFormat) {
            OlderParts older = OlderParts.of(olderFormat);
            if (older == null) {
                throw new IllegalArgumentException("'" + olderFormat + "' does not tell its parts");
            }
            return inOrder(older.read(source, byName()));
        }
    }
}
