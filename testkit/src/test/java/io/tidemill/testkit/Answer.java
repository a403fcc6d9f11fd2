package io.tidemill.testkit;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An aggregate, and the same answer reckoned from a list in the plainest way, both as text. */
@SuppressWarnings("ImmutableEnumChecker") // the aggregates are, but nothing says so to the compiler
enum Answer {
    COUNT(Aggregate.count(), samples -> (long) samples.size()),
    SUM(Aggregate.sum(Sample::amount), Answer::sum),
    MIN(
            Aggregate.min(Sample::amount),
            samples -> samples.stream().mapToLong(Sample::amount).min().orElseThrow()),
    MAX(
            Aggregate.max(Sample::amount),
            samples -> samples.stream().mapToLong(Sample::amount).max().orElseThrow()),
    AVERAGE(Aggregate.average(Sample::amount), samples -> sum(samples).doubleValue() / samples.size()),
    SUM_DOUBLE(Aggregate.sumDouble(Sample::weight), Answer::sumDouble),
    AVERAGE_DOUBLE(Aggregate.averageDouble(Sample::weight), samples -> sumDouble(samples) / samples.size()),
    MIN_DOUBLE(
            Aggregate.minDouble(Sample::weight),
            samples -> samples.stream().map(Sample::weight).min(Double::compare).orElseThrow()),
    MAX_DOUBLE(
            Aggregate.maxDouble(Sample::weight),
            samples -> samples.stream().map(Sample::weight).max(Double::compare).orElseThrow()),
    BOTH(
            Aggregate.both(
                    Aggregate.<Sample>count(),
                    Aggregate.sumDouble(Sample::weight),
                    (count, sum) -> count + " weigh " + sum),
            samples -> samples.size() + " weigh " + sumDouble(samples)),
    ALL(all(), Answer::allOf),
    /** Fails for some samples, so that the aggregate itself makes dead letters. */
    PICKY(Aggregate.sum(Answer::picky), Answer::sum),
    CUSTOM(new Fingerprint(), Fingerprint::of);

    /** What {@link #PICKY} does not take. */
    static final int PICKY_MODULUS = 11;

    final Aggregate<Sample, ?, ?> aggregate;
    private final Function<List<Sample>, Object> plain;

    Answer(Aggregate<Sample, ?, ?> aggregate, Function<List<Sample>, Object> plain) {
        this.aggregate = aggregate;
        this.plain = plain;
    }

    String of(List<Sample> samples) {
        return String.valueOf(plain.apply(samples));
    }

    boolean takes(Sample sample) {
        return this != PICKY || Math.floorMod(sample.amount(), PICKY_MODULUS) != 5;
    }

    private static long picky(Sample sample) {
        if (!PICKY.takes(sample)) {
            throw new UnsupportedOperationException("not " + sample.amount());
        }
        return sample.amount();
    }

    private static BigInteger sum(List<Sample> samples) {
        return samples.stream()
                .map(sample -> BigInteger.valueOf(sample.amount()))
                .reduce(BigInteger.ZERO, BigInteger::add);
    }

    private static double sumDouble(List<Sample> samples) {
        double special = 0;
        boolean negativeZero = true;
        BigDecimal exact = BigDecimal.ZERO;
        for (Sample sample : samples) {
            if (Double.isFinite(sample.weight())) {
                exact = exact.add(new BigDecimal(sample.weight()));
            } else {
                special += sample.weight();
            }
            negativeZero &= Double.compare(sample.weight(), -0.0) == 0;
        }
        return special != 0 ? special : negativeZero ? -0.0 : exact.doubleValue();
    }

    private static Aggregate<Sample, ?, Map<String, Object>> all() {
        Map<String, Aggregate<Sample, ?, ?>> parts = new LinkedHashMap<>();
        parts.put("n", Aggregate.count());
        parts.put("least", Aggregate.min(Sample::amount));
        parts.put("mean", Aggregate.averageDouble(Sample::weight));
        parts.put("print", new Fingerprint());
        return Aggregate.all(parts);
    }

    private static Object allOf(List<Sample> samples) {
        return "{n=" + COUNT.of(samples) + ", least=" + MIN.of(samples) + ", mean=" + AVERAGE_DOUBLE.of(samples)
                + ", print=" + CUSTOM.of(samples) + "}";
    }

    /** Tells which samples there were and how often each, whatever their order. */
    private record Fingerprint() implements Aggregate<Sample, long[], String> {
        static String of(List<Sample> samples) {
            long count = 0;
            BigInteger product = BigInteger.ONE;
            BigInteger modulus = BigInteger.ONE.shiftLeft(64);
            for (Sample sample : samples) {
                count++;
                product = product.multiply(BigInteger.valueOf(mix(sample) | 1)).mod(modulus);
            }
            return count + "/" + Long.toHexString(product.longValue());
        }

        private static long mix(Sample sample) {
            return (sample.hashCode() * 0x9E3779B97F4A7C15L) ^ (sample.amount() * 0xC2B2AE3D27D4EB4FL);
        }

        @Override
        public long[] create() {
            return new long[] {0, 1};
        }

        @Override
        public long[] add(long[] accumulator, Sample value) {
            accumulator[0]++;
            accumulator[1] *= mix(value) | 1;
            return accumulator;
        }

        @Override
        public long[] merge(long[] left, long[] right) {
            return new long[] {left[0] + right[0], left[1] * right[1]};
        }

        @Override
        public String result(long[] accumulator) {
            return accumulator[0] + "/" + Long.toHexString(accumulator[1]);
        }

        @Override
        public void write(long[] accumulator, ByteSink sink) {
            sink.writeLong(accumulator[0]);
            sink.writeLong(accumulator[1]);
        }

        @Override
        public long[] read(ByteSource source) {
            return new long[] {source.readLong(), source.readLong()};
        }
    }
}
