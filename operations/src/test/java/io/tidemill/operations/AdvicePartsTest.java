package io.tidemill.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemill.api.Tumbling;
import io.tidemill.api.Window;
import io.tidemill.engine.lateness.LatenessSketch;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the advisor is made of. */
class AdvicePartsTest {
    private static final long HOUR = 3_600_000;

    @ParameterizedTest
    @CsvSource({
        "0, PT0S",
        "1, PT0.001S",
        "3, PT0.005S",
        "501, PT1S",
        "1001, PT2S",
        "30000, PT30S",
        "30001, PT1M",
        "600000, PT10M",
        "600001, PT15M",
        "1800001, PT1H",
        "13000000, PT6H",
        "43200001, PT24H",
        "86400001, PT48H",
        "2592000001, PT960H",
    })
    void durationsAreRoundedUp(long millis, Duration expected) {
        assertThat(RoundDurations.up(millis)).isEqualTo(expected);
    }

    @Test
    void everyRoundDurationIsItsOwn() {
        for (long millis = 0, steps = 0; steps < 100; steps++) {
            Duration round = RoundDurations.up(millis);
            assertThat(round.toMillis()).isGreaterThanOrEqualTo(millis);
            assertThat(RoundDurations.up(round.toMillis())).isEqualTo(round);
            millis = round.toMillis() + 1;
        }
        assertThat(RoundDurations.up(Long.MAX_VALUE / 4)).isEqualTo(Duration.ofDays(36_500));
    }

    private static LatenessSketch sketch() {
        return new LatenessSketch(LatenessSketch.DIGITS_FINE);
    }

    @Test
    void oneHumpIsNotTwo() {
        Random random = new Random(1);
        LatenessSketch even = sketch();
        LatenessSketch exponential = sketch();
        LatenessSketch broad = sketch();
        for (int i = 0; i < 20_000; i++) {
            even.add(random.nextInt(600_000), -1);
            exponential.add((long) (-Math.log(random.nextDouble()) * 60_000), -1);
            broad.add((long) Math.exp(8 + random.nextGaussian() * 2), -1);
        }
        assertThat(Humps.of(sketch())).isNull();
        assertThat(Humps.of(even)).isNull();
        assertThat(Humps.of(exponential)).isNull();
        assertThat(Humps.of(broad)).isNull();
    }

    @Test
    void twoSourcesOfDelayAreTwoHumps() {
        Random random = new Random(2);
        LatenessSketch sketch = sketch();
        for (int i = 0; i < 20_000; i++) {
            boolean offline = random.nextInt(100) == 0;
            sketch.add((long) Math.exp((offline ? 16 : 7) + random.nextGaussian() * 0.5), -1);
        }
        Humps.Two humps = Humps.of(sketch);
        assertThat(humps).isNotNull();
        if (humps != null) {
            assertThat(humps.nearMillis()).isBetween(500L, 3_000L);
            assertThat(humps.farMillis()).isBetween(4_000_000L, 20_000_000L);
            assertThat(humps.valleyMillis()).isBetween(3_000L, 4_000_000L);
            assertThat(humps.farCount()).isBetween(120L, 300L);
        }
    }

    @Test
    void thePartitionThatIsLeastFarHoldsTheOthersBack() {
        Frontier frontier = new Frontier(3, 1_000);
        frontier.take(0, 50, 0);
        frontier.take(1, 70, 0);
        assertThat(frontier.slowest()).isEqualTo(Elements.NO_TIME);
        frontier.ended(2);
        assertThat(frontier.slowest()).isEqualTo(50);
        assertThat(frontier.fastest()).isEqualTo(70);
        frontier.take(0, 60, 500);
        assertThat(frontier.slowest()).isEqualTo(60);
        frontier.take(0, 55, 500);
        assertThat(frontier.slowest()).isEqualTo(60);
    }

    @Test
    void anIdlePartitionDoesNotAndNeitherDoesOneThatBeginsLate() {
        Frontier frontier = new Frontier(2, 1_000);
        frontier.take(0, 50, 0);
        assertThat(frontier.slowest()).isEqualTo(Elements.NO_TIME);
        frontier.take(0, 80, 1_001);
        assertThat(frontier.slowest()).isEqualTo(80);
        frontier.take(1, 10, 1_100);
        assertThat(frontier.slowest()).as("a watermark never goes back").isEqualTo(80);
        frontier.take(0, 200, 1_200);
        assertThat(frontier.slowest()).isEqualTo(80);
        frontier.take(1, 190, 1_300);
        assertThat(frontier.slowest()).isEqualTo(190);
    }

    @Test
    void tooManyAccumulatorsAreSampled() {
        int keys = 100_000;
        OpenState state = new OpenState(new long[] {0, HOUR}, 0, 1_000);
        Frontier frontier = new Frontier(1, 1_000);
        Random random = new Random(3);
        Tumbling hours = Tumbling.of(Duration.ofHours(1));
        for (int hour = 0; hour < 3; hour++) {
            Window window = hours.windowOf(hour * HOUR);
            for (int key = 0; key < keys; key++) {
                state.hold(window, random.nextLong(), 3);
            }
            frontier.take(0, (hour + 1) * HOUR, 0);
            state.advance(frontier);
        }
        assertThat(state.scale()).isGreaterThan(50);
        assertThat((double) state.peak(0)).isBetween(keys * 0.85, keys * 1.15);
        assertThat((double) state.peak(1)).isBetween(2 * keys * 0.85, 2 * keys * 1.15);
        assertThat(state.delayTypicalMillis(0)).isZero();
        assertThat((double) state.delayTypicalMillis(1)).isBetween(HOUR * 0.99, (double) HOUR);
    }

    /** By the design: late when its time is behind the watermark, less the allowed lateness. */
    @Test
    void anElementOfASessionIsJudgedByItsOwnMillisecond() {
        WindowAssigner sessions = WindowAssigner.sessions(1_000);
        for (long time : new long[] {-1_500, 0, 999, 12_345}) {
            long watermark = time;
            assertThat(sessions.windowsOf(time)).singleElement().satisfies(window -> {
                assertThat(window.endMillis() <= watermark).isFalse();
                assertThat(window.endMillis() <= watermark + 1).isTrue();
            });
            assertThat(sessions.heldFor(time).startMillis()).isBetween(time - 999, time);
            assertThat(sessions.heldFor(time).endMillis()).isGreaterThan(time + 1_000);
        }
    }

    @Test
    void figuresAreTold() {
        assertThat(Conclusion.percent(0.074)).isEqualTo("7.4 %");
        assertThat(Conclusion.percent(0.5)).isEqualTo("50 %");
        assertThat(Conclusion.percent(0.00031)).isEqualTo("0.031 %");
        assertThat(Conclusion.percent(0)).isEqualTo("0 %");
        assertThat(Conclusion.rough(12_345)).isEqualTo(12_000);
        assertThat(Conclusion.rough(77)).isEqualTo(77);
        assertThat(Conclusion.bytes(1_200_000)).isEqualTo("1.1 MiB");
        assertThat(RoundDurations.readable(1_379_500)).isEqualTo(Duration.ofMinutes(23));
    }
}
