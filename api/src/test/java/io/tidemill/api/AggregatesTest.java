package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AggregatesTest {
    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** Folds in random parts, each written and read again, merged in random order. */
    private <T, A, R> R inParts(Aggregate<T, A, R> aggregate, List<T> values) throws Exception {
        List<A> parts = new ArrayList<>();
        for (T value : values) {
            if (parts.isEmpty() || random.nextInt(4) == 0) {
                parts.add(aggregate.create());
            }
            int last = parts.size() - 1;
            parts.set(last, aggregate.add(parts.get(last), value));
        }
        Collections.shuffle(parts, random);
        A merged = aggregate.create();
        for (A part : parts) {
            ByteSink sink = new ByteSink();
            aggregate.write(part, sink);
            merged = aggregate.merge(merged, aggregate.read(new ByteSource(sink.toByteArray())));
        }
        return aggregate.result(merged);
    }

    @Test
    void longsAgreeWithBigIntegers() throws Exception {
        for (int round = 0; round < 200; round++) {
            List<Long> values = new ArrayList<>();
            for (int i = 1 + random.nextInt(50); i > 0; i--) {
                values.add(random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(1000) - 500L);
            }
            BigInteger sum = values.stream().map(BigInteger::valueOf).reduce(BigInteger.ZERO, BigInteger::add);
            boolean fits = sum.bitLength() < 64;
            Aggregate<Long, ?, Long> aggregate = Aggregate.sum(value -> value);
            if (fits) {
                assertThat(inParts(aggregate, values)).as("seed %d", seed).isEqualTo(sum.longValue());
            } else {
                assertThatThrownBy(() -> inParts(aggregate, values))
                        .as("seed %d", seed)
                        .isInstanceOf(ArithmeticException.class)
                        .hasMessageContaining(sum.toString());
            }
            assertThat(inParts(Aggregate.<Long>count(), values)).isEqualTo(values.size());
            assertThat(inParts(Aggregate.<Long>min(value -> value), values)).isEqualTo(Collections.min(values));
            assertThat(inParts(Aggregate.<Long>max(value -> value), values)).isEqualTo(Collections.max(values));
            assertThat(inParts(Aggregate.<Long>average(value -> value), values))
                    .as("seed %d", seed)
                    .isEqualTo(new BigDecimal(sum)
                            .divide(BigDecimal.valueOf(values.size()), new MathContext(60))
                            .doubleValue());
        }
    }

    @Test
    void sumsOfDoublesAreTheExactSumRoundedOnceInAnyOrder() throws Exception {
        for (int round = 0; round < 300; round++) {
            List<Double> values = new ArrayList<>();
            BigDecimal exact = BigDecimal.ZERO;
            for (int i = 1 + random.nextInt(60); i > 0; i--) {
                double value = random.nextGaussian() * Math.pow(2, random.nextInt(200) - 100);
                values.add(value);
                exact = exact.add(new BigDecimal(value));
                if (random.nextInt(5) == 0) {
                    values.add(-value);
                    exact = exact.subtract(new BigDecimal(value));
                }
            }
            assertThat(inParts(Aggregate.<Double>sumDouble(value -> value), values))
                    .as("seed %d", seed)
                    .isEqualTo(exact.doubleValue());
        }
    }

    @Test
    void sumsThatLeaveTheRangeOnTheWayComeBack() throws Exception {
        double huge = 1.7e308;
        Aggregate<Double, ?, Double> sum = Aggregate.sumDouble(value -> value);
        assertThat(inParts(sum, List.of(huge, huge, -huge))).isEqualTo(huge);
        assertThat(inParts(sum, List.of(huge, -huge, huge, 1.0, -huge))).isEqualTo(1.0);
        assertThat(inParts(sum, List.of(huge, huge))).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(inParts(sum, List.of(huge / 3, huge / 3, huge / 3, -huge))).isBetween(-1e293, 1e293);
    }

    @Test
    void theOrderOfAMapIsNoPartOfTheState() throws Exception {
        Map<String, Aggregate<Integer, ?, ?>> one = new LinkedHashMap<>();
        one.put("sum", Aggregate.sum(value -> value));
        one.put("count", Aggregate.count());
        Map<String, Aggregate<Integer, ?, ?>> other = new LinkedHashMap<>();
        other.put("count", Aggregate.count());
        other.put("sum", Aggregate.sum(value -> value));
        assertThat(Aggregate.all(one).format())
                .isEqualTo(Aggregate.all(other).format())
                .isEqualTo("all(count=count, sum=sum)");
        assertThat(movedTo(Aggregate.all(one), Aggregate.all(other))).isEqualTo(Map.of("count", 1L, "sum", 300L));
    }

    private static <A, B> Map<String, Object> movedTo(
            Aggregate<Integer, A, Map<String, Object>> from, Aggregate<Integer, B, Map<String, Object>> to)
            throws Exception {
        ByteSink sink = new ByteSink();
        from.write(from.add(from.create(), 300), sink);
        return to.result(to.read(new ByteSource(sink.toByteArray())));
    }

    @Test
    void infinitiesAndNaNAreAsInIeee754() throws Exception {
        Aggregate<Double, ?, Double> sum = Aggregate.sumDouble(value -> value);
        assertThat(inParts(sum, List.of(1.0, Double.POSITIVE_INFINITY, 2.0))).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(inParts(sum, List.of(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY)))
                .isNaN();
        assertThat(inParts(sum, List.of(1.0, Double.NaN))).isNaN();
        assertThat(inParts(Aggregate.<Double>maxDouble(value -> value), List.of(-0.0, 0.0)))
                .isEqualTo(0.0);
        assertThat(inParts(Aggregate.<Double>minDouble(value -> value), List.of(0.0, -0.0)))
                .isEqualTo(-0.0);
        assertThat(inParts(Aggregate.<Double>minDouble(value -> value), List.of(Double.NaN, 1.0)))
                .isEqualTo(1.0);
    }

    @Test
    void severalAtOnceAgreeWithEachAlone() throws Exception {
        Map<String, Aggregate<Integer, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("sum", Aggregate.sum(value -> value));
        parts.put("mean", Aggregate.averageDouble(value -> value));
        List<Integer> values = List.of(3, 1, 2, 2);
        assertThat(inParts(Aggregate.all(parts), values))
                .isEqualTo(Map.of("count", 4L, "sum", 8L, "mean", 2.0))
                .extracting(Map::keySet)
                .asString()
                .isEqualTo("[count, sum, mean]");
        Aggregate<Integer, ?, String> both = Aggregate.both(
                Aggregate.<Integer>max(value -> value), Aggregate.<Integer>count(), (max, count) -> max + "/" + count);
        assertThat(inParts(both, values)).isEqualTo("3/4");
    }

    @Test
    void aFailingPartLeavesTheOthersAsTheyWere() throws Exception {
        Map<String, Aggregate<Integer, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("count", Aggregate.count());
        parts.put("inverse", Aggregate.sum(value -> 100 / value));
        keepsItsValue(Aggregate.all(parts));
        keepsItsValue(Aggregate.both(
                Aggregate.<Integer>count(), Aggregate.<Integer>sum(value -> 100 / value), (count, sum) -> count + sum));
    }

    private static <A, R> void keepsItsValue(Aggregate<Integer, A, R> aggregate) throws Exception {
        A accumulator = aggregate.add(aggregate.create(), 50);
        R before = aggregate.result(accumulator);
        assertThatThrownBy(() -> aggregate.add(accumulator, 0)).isInstanceOf(ArithmeticException.class);
        assertThat(aggregate.result(accumulator)).isEqualTo(before);
    }

    /** Several in one array answer, and are stored, as each by itself. */
    @Test
    void numbersInOneArrayAreAsEachByItself() throws Exception {
        Map<String, Aggregate<Long, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("sum", Aggregate.sum(value -> value));
        parts.put("average", Aggregate.average(value -> value));
        parts.put("count", Aggregate.count());
        parts.put("max", Aggregate.max(value -> value));
        parts.put("min", Aggregate.min(value -> value));
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200; i++) {
            long[] values = random.longs(1 + random.nextInt(20), -1L << 58, 1L << 58)
                    .map(value -> value >> random.nextInt(60))
                    .toArray();
            ByteSink each = new ByteSink();
            Map<String, Object> wanted = new LinkedHashMap<>();
            for (String name : parts.keySet()) {
                wanted.put(name, alone(Objects.requireNonNull(parts.get(name)), values, null));
            }
            parts.keySet().stream()
                    .sorted()
                    .forEach(name -> alone(Objects.requireNonNull(parts.get(name)), values, each));
            ByteSink together = new ByteSink();
            assertThat(alone(Aggregate.all(parts), values, together))
                    .as("seed " + seed)
                    .isEqualTo(wanted);
            assertThat(together.toByteArray()).as("seed " + seed).isEqualTo(each.toByteArray());
        }
    }

    @SuppressWarnings("unchecked") // the accumulators only meet the aggregate that made them
    private static Object alone(Aggregate<Long, ?, ?> of, long[] values, @Nullable ByteSink stored) {
        Aggregate<Long, Object, Object> aggregate = (Aggregate<Long, Object, Object>) of;
        try {
            Object left = aggregate.create();
            Object right = aggregate.create();
            for (int i = 0; i < values.length; i++) {
                if (i % 3 == 0) {
                    left = aggregate.add(left, values[i]);
                } else {
                    right = aggregate.add(right, values[i]);
                }
            }
            ByteSink between = new ByteSink();
            aggregate.write(right, between);
            Object whole = aggregate.merge(left, aggregate.read(new ByteSource(between.toByteArray())));
            if (stored != null) {
                aggregate.write(whole, stored);
            }
            return aggregate.result(whole);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
