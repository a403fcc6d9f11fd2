package io.tidemill.sketches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class QuantilesTest {
    /** The least, the greatest, a zero, one negative bin, and two positive ones: each one's distance and count. */
    private static final String FIXTURE =
            "c008000000000000 41cdcd6500000000 02 01 b33e02 02 a73e06 ee0102".replace(" ", "");

    /** Four numbers, of which the least three went into one bin. */
    private static final String PUT_TOGETHER =
            "3ff0000000000000 7e37e43c8800759c 00 00 02 cb7806 ff0302".replace(" ", "");

    private static final double[] RANKS = {0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private static Aggregate<Double, ?, Quantiles> within(double error, double... ranks) {
        return Sketches.quantilesWithin(error, value -> value, ranks);
    }

    private List<Double> values(int count) {
        int kind = random.nextInt(5);
        double scale = Math.pow(10, random.nextInt(40) - 20);
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(
                    switch (kind) {
                        case 0 -> random.nextGaussian() * scale;
                        case 1 -> Math.exp(random.nextGaussian() * 5) * scale;
                        case 2 -> (double) random.nextInt(100);
                        case 3 -> random.nextDouble() * scale + scale;
                        default -> special();
                    });
        }
        return values;
    }

    private double special() {
        double[] special = {
            0.0,
            -0.0,
            Double.MIN_VALUE,
            -Double.MIN_NORMAL,
            1e-300,
            -1e-300,
            Math.nextUp(1e-300),
            -Math.nextUp(1e-300),
            1e300,
            -1e300,
            1,
            -1,
            Math.nextDown(2.0),
            2.0
        };
        return special[random.nextInt(special.length)];
    }

    private static double number(List<Double> sorted, double rank) {
        // Integers in thousandths: the ranks here have no more digits.
        long thousandths = Math.round(rank * 1000);
        int number = (int) Math.max(1, (thousandths * sorted.size() + 999) / 1000);
        double value = sorted.get(number - 1);
        return Math.abs(value) <= 1e-300 ? 0.0 : value;
    }

    @Test
    void boundsHoldTheTruthAndEstimatesAreNear() throws Exception {
        for (int round = 0; round < 300; round++) {
            double error = List.of(0.1, 0.01, 0.0005).get(random.nextInt(3));
            List<Double> values = values(1 + random.nextInt(2_000));
            Quantiles answer = Parts.fold(within(error, RANKS), values, random);
            List<Double> sorted = values.stream().sorted().toList();
            assertThat(answer.count()).isEqualTo(values.size());
            assertThat(Double.compare(answer.min(), number(sorted, 0))).isZero();
            assertThat(Double.compare(answer.max(), number(sorted, 1))).isZero();
            boolean all = narrow(sorted);
            for (Quantile quantile : answer.quantiles()) {
                check(quantile, number(sorted, quantile.rank()), all ? error : Double.POSITIVE_INFINITY);
            }
        }
    }

    /** Whether no sign's values span so many factors of two that some are put together. */
    private static boolean narrow(List<Double> sorted) {
        return span(sorted.stream().filter(each -> each > 1e-300)) < 60
                && span(sorted.stream().filter(each -> each < -1e-300)) < 60;
    }

    private static double span(Stream<Double> values) {
        DoubleSummaryStatistics exponents =
                values.mapToDouble(Math::getExponent).summaryStatistics();
        return exponents.getCount() == 0 ? 0 : exponents.getMax() - exponents.getMin();
    }

    private void check(Quantile quantile, double truth, double error) {
        assertThat(Double.compare(quantile.lower(), truth))
                .as("%s of %s, seed %d", quantile, truth, seed)
                .isLessThanOrEqualTo(0);
        assertThat(Double.compare(quantile.upper(), truth))
                .as("%s of %s, seed %d", quantile, truth, seed)
                .isGreaterThanOrEqualTo(0);
        assertThat(Double.compare(quantile.lower(), quantile.estimate())).isLessThanOrEqualTo(0);
        assertThat(Double.compare(quantile.upper(), quantile.estimate())).isGreaterThanOrEqualTo(0);
        if (Double.isFinite(error)) {
            assertThat(Math.abs(quantile.estimate() - truth))
                    .as("%s of %s, seed %d", quantile, truth, seed)
                    .isLessThanOrEqualTo(Math.abs(truth) * error);
        }
    }

    @Test
    void neitherOrderNorPartsMatterAlsoWhereBinsArePutTogether() throws Exception {
        for (int round = 0; round < 100; round++) {
            double error = List.of(0.1, 0.01).get(random.nextInt(2));
            Aggregate<Double, ?, Quantiles> aggregate = within(error, RANKS);
            List<Double> values = round % 2 == 0 ? values(1 + random.nextInt(1_000)) : wide(3_000);
            assertThat(Parts.bytes(aggregate, values, random))
                    .as("seed %d", seed)
                    .isEqualTo(Parts.bytes(aggregate, values, random));
            assertThat(Parts.fold(aggregate, values, random))
                    .as("seed %d", seed)
                    .isEqualTo(Parts.inOrder(aggregate, values));
        }
    }

    /** Values of all sizes, which do not all get a bin of their own. */
    private List<Double> wide(int count) {
        List<Double> values = new ArrayList<>();
        while (values.size() < count) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Math.abs(value) <= 1e300) {
                values.add(value);
            }
        }
        return values;
    }

    @Test
    void whereBinsArePutTogetherBoundsNearZeroAreWideAndOthersAreNot() throws Exception {
        List<Double> values = wide(3_000);
        List<Double> sorted = values.stream().sorted().toList();
        Quantiles answer = Parts.fold(within(0.1, 0.01, 0.4, 0.6, 0.99), values, random);
        answer.quantiles().forEach(each -> check(each, number(sorted, each.rank()), Double.POSITIVE_INFINITY));
        assertThat(answer.quantiles().get(1).upper()).isZero();
        assertThat(answer.quantiles().get(2).lower()).isZero();
        check(answer.quantiles().get(0), number(sorted, 0.01), 0.1);
        check(answer.quantiles().get(3), number(sorted, 0.99), 0.1);
    }

    @Test
    void aKeyHasABoundInBytes() throws Exception {
        Aggregate<Double, ?, ?> aggregate = within(0.1, 0.5);
        List<Double> everyBin = new ArrayList<>();
        for (int i = 0; i < 64 * 8; i++) {
            everyBin.add(Math.scalb(1 + i % 8 / 8.0, i / 8));
            everyBin.add(-Math.scalb(1 + i % 8 / 8.0, i / 8));
        }
        byte[] bytes = Parts.bytes(aggregate, everyBin, random);
        assertThat(bytes).hasSizeBetween(everyBin.size() * 2, everyBin.size() * 2 + 32);
        for (int doubled = 0; doubled < 43; doubled++) {
            bytes = Parts.twice(aggregate, bytes);
        }
        assertThat(bytes).hasSizeLessThan(everyBin.size() * 9 + 32);
        everyBin.addAll(wide(10_000));
        assertThat(Parts.bytes(aggregate, everyBin, random)).hasSizeLessThan(1_024 * 4 + 32);
    }

    @Test
    void whatIsNoNumberFailsItsRecordAndChangesNothing() throws Exception {
        for (double wrong : new double[] {
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.MAX_VALUE,
            Math.nextUp(1e300),
            Math.nextDown(-1e300)
        }) {
            unchangedBy(within(0.01, 0.5), wrong);
        }
    }

    private static <A> void unchangedBy(Aggregate<Double, A, ?> aggregate, double wrong) throws Exception {
        for (List<Double> values : List.of(List.<Double>of(), List.of(-1.0, 0.0, 2.0))) {
            A accumulator = aggregate.create();
            for (double value : values) {
                accumulator = aggregate.add(accumulator, value);
            }
            byte[] before = Parts.written(aggregate, accumulator);
            A same = accumulator;
            assertThatThrownBy(() -> aggregate.add(same, wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there are quantiles of numbers from -1e300 to 1e300, not of " + wrong
                            + ": filter it, or make a number of it");
            assertThat(Parts.written(aggregate, accumulator)).isEqualTo(before);
        }
    }

    @Test
    void bytesAreReadToTheSameBytes() throws Exception {
        for (int round = 0; round < 200; round++) {
            Aggregate<Double, ?, ?> aggregate = within(0.1, 0.5);
            List<Double> values = round % 2 == 0 ? values(random.nextInt(100)) : wide(1_000);
            byte[] bytes = Parts.bytes(aggregate, values, random);
            assertThat(Parts.again(aggregate, bytes)).as("seed %d", seed).isEqualTo(bytes);
        }
    }

    @Test
    void countsAreExactWhereDoublesAre() throws Exception {
        long half = 1L << 52;
        Aggregate<Double, ?, Quantiles> median = within(0.1, 0.5);
        byte[] most = one(median, half);
        assertThat(Parts.read(median, HexFormat.of().formatHex(most)).count()).isEqualTo(half);
        byte[] twice = Parts.twice(median, most);
        assertThat(Parts.read(median, HexFormat.of().formatHex(twice)).count()).isEqualTo(2 * half);
        Parts.refuses(median, HexFormat.of().formatHex(one(median, 2 * half + 1)), "values in a bin");
    }

    private static byte[] one(Aggregate<Double, ?, ?> aggregate, long count) throws Exception {
        byte[] single = Parts.bytes(aggregate, List.of(1.0), new Random());
        ByteSink sink = new ByteSink();
        sink.write(single, 0, single.length - 1);
        sink.writeVarlong(count);
        return sink.toByteArray();
    }

    @Test
    void ranksAreTheDecimalNumbersThatWereWritten() throws Exception {
        List<Double> values = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            values.add((double) i);
        }
        // 0.07 * 100 is a little more than 7 in binary.
        assertThat(Parts.inOrder(within(0.01, 0.07, 0.0701), values).quantiles())
                .extracting(Quantile::lower)
                .containsExactly(7.0, 8.0);
    }

    @Test
    void aDistributionWithKnownQuantiles() throws Exception {
        List<Double> values = new ArrayList<>();
        for (int i = 1; i <= 10_000; i++) {
            values.add((double) i);
        }
        Quantiles answer = Parts.fold(Sketches.quantiles(value -> value, 0, 0.5, 0.99, 1), values, random);
        assertThat(answer.count()).isEqualTo(10_000);
        assertThat(answer.quantiles())
                .containsExactly(
                        new Quantile(0, 1, 1, 1),
                        new Quantile(0.5, 5024, 4992, 5056),
                        new Quantile(0.99, 9920, 9856, 9984),
                        new Quantile(1, 10_000, 10_000, 10_000));
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        for (double wrong : new double[] {0, 0.0004, 0.11, Double.NaN}) {
            assertThatThrownBy(() -> within(wrong, 0.5)).hasMessageContaining("0.0005 to 0.1");
        }
        for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> within(0.01, wrong)).hasMessageContaining("a rank is 0 to 1");
        }
        assertThatThrownBy(() -> within(0.01)).hasMessageContaining("1 to 100 ranks");
    }

    @Test
    void theFormatNamesThePrecisionAndNotTheRanks() {
        assertThat(within(0.01, 0.5).format())
                .isEqualTo(within(0.008, 0.9).format())
                .isEqualTo("quantiles(ddsketch, 64)");
        assertThat(within(0.0005, 0.5).format()).isEqualTo("quantiles(ddsketch, 1024)");
    }

    @Test
    void oldBytesAreRead() throws Exception {
        Aggregate<Double, ?, Quantiles> median = within(0.1, 0.5);
        List<Double> values = List.of(-3.0, 0.0, 1.0, 1.0, 1.01, 1e9);
        assertThat(HexFormat.of().formatHex(Parts.bytes(median, values, random)))
                .isEqualTo(FIXTURE);
        assertThat(Parts.read(median, FIXTURE))
                .isEqualTo(new Quantiles(6, -3, 1e9, List.of(new Quantile(0.5, 1.0625, 1, 1.125))));
    }

    @Test
    void oldBytesInWhichBinsWerePutTogetherAreRead() throws Exception {
        Aggregate<Double, ?, Quantiles> quantiles = within(0.1, 0.5);
        List<Double> values = List.of(1.0, 2.0, 3.0, 1e300);
        assertThat(HexFormat.of().formatHex(Parts.bytes(quantiles, values, random)))
                .isEqualTo(PUT_TOGETHER);
        Quantile median = Parts.read(quantiles, PUT_TOGETHER).quantiles().get(0);
        assertThat(median.lower()).isEqualTo(1);
        assertThat(median.upper()).isBetween(1e280, 1e281);
    }

    @Test
    void nonsenseIsRefused() {
        Aggregate<Double, ?, ?> median = within(0.1, 0.5);
        String one = "3ff0000000000000";
        String zero = "0000000000000000";
        String none = "7ff0000000000000 fff0000000000000";
        String bin = " a73e "; // of 1.0
        Parts.refuses(median, none + "01 00 00", "-1 zeros");
        Parts.refuses(median, none + "00 8104", "513 bins");
        Parts.refuses(median, none + "00 ffffffff0f", "-1 bins");
        Parts.refuses(median, none + "00 01 00 02", "bin ");
        Parts.refuses(median, none + "00 00 01 ffffffff07 02", "bin ");
        Parts.refuses(median, none + "00 00 01 01 00", "0 values in a bin");
        Parts.refuses(median, none + "00 00 02 01 02 8004 02", "bins too far apart");
        Parts.refuses(median, none + "00 00 01" + bin + "02", "a least value of Infinity");
        Parts.refuses(median, zero + one + "00 00 01" + bin + "02", "a least value of 0.0");
        Parts.refuses(median, one + "4000000000000000 00 00 01" + bin + "02", "a greatest value of 2.0");
        Parts.refuses(median, one + "7ff8000000000000 00 00 01" + bin + "02", "a greatest value of NaN");
        Parts.refuses(median, zero + "8000000000000000 02 00 00", "a greatest value of -0.0");
        Parts.refuses(median, one + one + "00 00 00", "a least value of 1.0");
        Parts.refuses(median, none + "00 02 01", "bytes wanted");
    }

    @Test
    void randomBytesAreReadOrRefused() throws Exception {
        Aggregate<Double, ?, ?> median = within(0.1, 0.5);
        byte[] good = Parts.bytes(median, values(10), random);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = good.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Parts.readsOrRefuses(median, bytes);
        }
    }
}
