package io.tidemill.sketches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class QuantilesTest {
    /** The least, the greatest, none below, five buckets, and each one's distance and count. */
    private static final String FIXTURE =
            "c008000000000000 7ff0000000000000 00 05 f53f02 fd3f02 f13f06 ee0102 923e02".replace(" ", "");

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
            Double.MAX_VALUE,
            -Double.MAX_VALUE,
            Double.NaN,
            1,
            -1,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.MIN_NORMAL,
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
        return Math.abs(value) < Double.MIN_NORMAL ? 0.0 : value;
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
            boolean all = span(sorted) < 60;
            for (Quantile quantile : answer.quantiles()) {
                check(quantile, number(sorted, quantile.rank()), all ? error : Double.POSITIVE_INFINITY);
            }
        }
    }

    /** How many factors of two the values span; those of one sign and finite only. */
    private static double span(List<Double> sorted) {
        double least = sorted.get(0);
        double greatest = sorted.get(sorted.size() - 1);
        boolean oneSign = least > 0 && Double.isFinite(greatest);
        return oneSign ? (Math.log(greatest) - Math.log(least)) / Math.log(2) : Double.POSITIVE_INFINITY;
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
    void neitherOrderNorPartsMatterAlsoWhereBucketsArePutTogether() throws Exception {
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

    /** Values of all sizes, which do not all get a bucket of their own. */
    private List<Double> wide(int count) {
        List<Double> values = new ArrayList<>();
        while (values.size() < count) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (!Double.isNaN(value)) {
                values.add(value);
            }
        }
        return values;
    }

    @Test
    void whereBucketsArePutTogetherLowBoundsAreWideAndHighOnesAreNot() throws Exception {
        List<Double> values = wide(3_000);
        List<Double> sorted = values.stream().sorted().toList();
        Quantiles answer = Parts.fold(within(0.1, 0.001, 0.5, 0.9, 0.99), values, random);
        answer.quantiles().forEach(each -> check(each, number(sorted, each.rank()), Double.POSITIVE_INFINITY));
        Quantile low = answer.quantiles().get(0);
        assertThat(low.lower()).isEqualTo(answer.min());
        assertThat(low.upper()).isGreaterThan(answer.min());
        check(answer.quantiles().get(3), number(sorted, 0.99), 0.1);
        assertThat(Parts.bytes(within(0.1, 0.5), values, random)).hasSizeLessThan(512 * 4 + 32);
    }

    @Test
    void ranksAreTheDecimalNumbersThatWereWritten() throws Exception {
        List<Double> values = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            values.add(Math.pow(2, i));
        }
        // 0.07 * 100 is a little more than 7 in binary.
        assertThat(Parts.inOrder(within(0.01, 0.07, 0.0701), values).quantiles())
                .extracting(Quantile::lower)
                .containsExactly(Math.pow(2, 7), Math.pow(2, 8));
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
                        new Quantile(0.5, 5024, 4992, Math.nextDown(5056.0)),
                        new Quantile(0.99, 9920, 9856, Math.nextDown(9984.0)),
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
                .isEqualTo("quantiles(6)");
        assertThat(within(0.0005, 0.5).format()).isEqualTo("quantiles(10)");
    }

    @Test
    void oldBytesAreRead() throws Exception {
        Aggregate<Double, ?, Quantiles> median = within(0.1, 0.5);
        List<Double> values = List.of(-3.0, 0.0, 1.0, 1.0, 1.01, 1e9, Double.POSITIVE_INFINITY);
        assertThat(HexFormat.of().formatHex(Parts.bytes(median, values, random)))
                .isEqualTo(FIXTURE);
        Quantiles answer = Parts.read(median, FIXTURE);
        assertThat(answer)
                .isEqualTo(new Quantiles(
                        7, -3, Double.POSITIVE_INFINITY, List.of(new Quantile(0.5, 1.0625, 1, Math.nextDown(1.125)))));
    }

    @Test
    void nonsenseIsRefused() {
        Aggregate<Double, ?, ?> median = within(0.1, 0.5);
        String one = "3ff0000000000000";
        Parts.refuses(median, one + one + "00 8104", "513 buckets");
        Parts.refuses(median, one + one + "00 ffffffff0f", "-1 buckets");
        Parts.refuses(median, one + one + "01 00", "-1 values below");
        Parts.refuses(median, one + one + "02 00", "below too few buckets");
        Parts.refuses(median, one + one + "00 01 00 02", "bucket");
        Parts.refuses(median, one + one + "00 01 ffffffff07 02", "bucket");
        Parts.refuses(median, one + one + "00 01 01 00", "0 values in a bucket");
        Parts.refuses(median, one + one + "00 01 01 02", "a least value of 1.0");
        Parts.refuses(median, one + one + "00 02 01", "bytes wanted");
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

    @Test
    void everyBucketBeginsWhereTheOneBeforeEnds() {
        for (int precision : List.of(3, 6, 10)) {
            int first = Buckets.first(precision);
            assertThat(Buckets.least(first, precision)).isEqualTo(Double.NEGATIVE_INFINITY);
            assertThat(Buckets.greatest(first, precision)).isEqualTo(Double.NEGATIVE_INFINITY);
            assertThat(Buckets.least(Buckets.last(precision), precision)).isNaN();
            double before = Double.NEGATIVE_INFINITY;
            for (int bucket = first + 1; before < Double.MAX_VALUE; bucket++) {
                double least = Buckets.least(bucket, precision);
                double greatest = Buckets.greatest(bucket, precision);
                boolean besideZero = bucket == 0 || bucket == 1;
                boolean joins = besideZero || least == Math.nextUp(before);
                if (!joins || Buckets.of(least, precision) != bucket || Buckets.of(greatest, precision) != bucket) {
                    throw new AssertionError("bucket " + bucket + " from " + least + " to " + greatest);
                }
                before = greatest;
            }
            int infinity = Buckets.of(Double.POSITIVE_INFINITY, precision);
            assertThat(infinity).isEqualTo(-first).isLessThan(Buckets.last(precision));
            assertThat(Buckets.greatest(infinity, precision)).isEqualTo(Double.POSITIVE_INFINITY);
        }
    }
}
