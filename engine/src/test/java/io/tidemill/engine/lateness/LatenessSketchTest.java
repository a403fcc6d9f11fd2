package io.tidemill.engine.lateness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatenessSketchTest {
    private static final Duration CENTURY = Duration.ofDays(36_500);

    private static LatenessSketch live() {
        return new LatenessSketch(LatenessSketch.DIGITS_LIVE);
    }

    private static byte[] bytes(LatenessSketch sketch) {
        ByteSink sink = new ByteSink();
        sketch.write(sink);
        return sink.toByteArray();
    }

    private static LatenessSketch again(LatenessSketch sketch) {
        return LatenessSketch.read(new ByteSource(bytes(sketch)));
    }

    @Test
    void anEmptyOneKnowsNothingAndSaysSo() {
        LatenessSketch sketch = again(live());
        assertThat(sketch.count()).isZero();
        assertThat(sketch.behindMillis(99)).isZero();
        assertThat(sketch.behindMillisMax()).isZero();
        assertThat(sketch.lateShare(Duration.ZERO)).isZero();
        assertThat(bytes(sketch)).hasSize(4);
    }

    @Test
    void lateUnderABoundIsWhatIsOverdueByItOrMore() {
        LatenessSketch sketch = live();
        sketch.add(0, -1);
        sketch.add(5, 0);
        sketch.add(70, 20);
        sketch.add(90, 40);
        assertThat(sketch.lateCount(Duration.ZERO)).isEqualTo(3);
        assertThat(sketch.lateCount(Duration.ofMillis(1))).isEqualTo(2);
        assertThat(sketch.lateCount(Duration.ofMillis(20))).isEqualTo(2);
        assertThat(sketch.lateCount(Duration.ofMillis(21))).isEqualTo(1);
        assertThat(sketch.lateCount(Duration.ofMillis(41))).isZero();
        assertThat(sketch.lateShare(Duration.ZERO)).isEqualTo(0.75);
        assertThat(sketch.behindMillisMax()).isEqualTo(90);
    }

    @Test
    void theSmallestBoundForAShare() {
        LatenessSketch sketch = live();
        assertThat(sketch.boundFor(0.01)).isEqualTo(Duration.ZERO);
        for (int i = 0; i < 1_000; i++) {
            sketch.add(i, i < 900 ? -1 : i - 900);
        }
        assertThat(sketch.boundFor(0.2)).isEqualTo(Duration.ZERO);
        assertThat(sketch.boundFor(0.1)).isEqualTo(Duration.ZERO);
        assertThat(sketch.boundFor(0.01)).isEqualTo(Duration.ofMillis(90));
        assertThat(sketch.lateShare(Duration.ofMillis(90))).isEqualTo(0.01);
        assertThat(sketch.boundFor(0)).isEqualTo(Duration.ofMillis(100));
        assertThat(sketch.lateCount(Duration.ofMillis(100))).isZero();
    }

    @Test
    void valuesOutOfRangeAreTakenForTheLimit() {
        LatenessSketch sketch = live();
        sketch.add(-5, -5);
        sketch.add(Long.MAX_VALUE, Long.MAX_VALUE);
        assertThat(sketch.behindMillis(1)).isZero();
        assertThat(sketch.behindMillisMax()).isCloseTo(CENTURY.toMillis(), withPercentage(1));
        assertThat(sketch.lateCount(CENTURY)).isEqualTo(1);
        assertThat(sketch.lateCount(CENTURY.multipliedBy(2))).isEqualTo(1);
        assertThat(again(sketch).lateCount(CENTURY.minusDays(1_000))).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {LatenessSketch.DIGITS_LIVE, LatenessSketch.DIGITS_FINE})
    void whatIsToldIsRightToItsDigits(int digits) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        LatenessSketch sketch = new LatenessSketch(digits);
        double precision = digits == LatenessSketch.DIGITS_LIVE ? 0.008 : 0.001;
        long[] behind = new long[20_000];
        long[] overdue = new long[20_000];
        for (int i = 0; i < behind.length; i++) {
            behind[i] = (long) Math.exp(random.nextDouble() * 20);
            overdue[i] = behind[i] - random.nextInt(3_600_000);
            sketch.add(behind[i], overdue[i]);
        }
        Arrays.sort(behind);
        for (double percentile : new double[] {50, 90, 95, 99, 99.9}) {
            long exact = behind[(int) Math.round(percentile / 100 * behind.length) - 1];
            assertThat((double) sketch.behindMillis(percentile))
                    .as("p%s, seed %d", percentile, seed)
                    .isBetween(exact * (1 - precision) - 1, (double) exact);
        }
        for (int i = 0; i < 50; i++) {
            long bound = (long) Math.exp(random.nextDouble() * 20);
            assertThat(sketch.lateCount(Duration.ofMillis(bound)))
                    .as("bound %d, seed %d", bound, seed)
                    .isBetween(late(overdue, (long) (bound * (1 + precision)) + 1), late(overdue, (long)
                            (bound * (1 - precision))));
        }
    }

    private static long late(long[] overdue, long bound) {
        return Arrays.stream(overdue).filter(each -> each >= bound).count();
    }

    @Test
    void partsMergedAreTheWhole() {
        Random random = new Random(1);
        LatenessSketch whole = live();
        LatenessSketch left = live();
        LatenessSketch right = live();
        for (int i = 0; i < 10_000; i++) {
            long value = random.nextInt(1 << random.nextInt(31));
            whole.add(value, value - 500);
            (random.nextBoolean() ? left : right).add(value, value - 500);
        }
        LatenessSketch copy = left.copy();
        copy.merge(right);
        left.merge(again(right));
        assertThat(Arrays.equals(bytes(left), bytes(whole))).isTrue();
        assertThat(Arrays.equals(bytes(copy), bytes(whole))).isTrue();
    }

    @Test
    void aFineOneMergesIntoACoarseOne() {
        LatenessSketch fine = new LatenessSketch(LatenessSketch.DIGITS_FINE);
        fine.add(123_456, 3_456);
        LatenessSketch live = live();
        live.merge(fine);
        assertThat((double) live.behindMillisMax()).isCloseTo(123_456, withPercentage(1));
    }

    @Test
    void readBackItGoesOnAsItWas() {
        LatenessSketch sketch = live();
        for (int i = 0; i < 1_000; i++) {
            sketch.add(i * 37L, i * 37L - 2_000);
        }
        LatenessSketch read = again(sketch);
        assertThat(Arrays.equals(bytes(read), bytes(sketch))).isTrue();
        read.add(1L << 40, 1L << 40);
        sketch.add(1L << 40, 1L << 40);
        assertThat(Arrays.equals(bytes(read), bytes(sketch))).isTrue();
    }

    @Test
    void itIsSmallHoweverMuchItHasSeen() {
        LatenessSketch usual = live();
        LatenessSketch worst = live();
        Random random = new Random(2);
        for (int i = 0; i < 1_000_000; i++) {
            long exponential = (long) (-Math.log(random.nextDouble()) * 60_000);
            usual.add(exponential, exponential - random.nextInt(3_600_000));
            long anything = (long) Math.exp(random.nextDouble() * 28.8);
            worst.add(anything, anything);
        }
        assertThat(bytes(usual).length).isLessThan(5_000);
        assertThat(bytes(worst).length).isLessThanOrEqualTo(LatenessSketch.WRITTEN_BYTES_MAX);
        LatenessSketch coarse = again(worst);
        assertThat(coarse.count()).isEqualTo(worst.count());
        for (Duration bound : new Duration[] {Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofDays(30)}) {
            assertThat(coarse.lateShare(bound)).isCloseTo(worst.lateShare(bound), offset(0.01));
        }
    }

    @Test
    void damagedBytesAreRefusedAndTakeNoRoom() {
        LatenessSketch sketch = live();
        for (int i = 0; i < 100; i++) {
            sketch.add(i * 1_000L, i);
        }
        byte[] whole = bytes(sketch);
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            byte[] cut = Arrays.copyOf(damaged, i % 2 == 0 ? damaged.length : random.nextInt(damaged.length));
            try {
                LatenessSketch.read(new ByteSource(cut));
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThatThrownBy(() -> LatenessSketch.read(new ByteSource(new byte[] {9, 2, 0, 0})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("version 9");
    }
}
