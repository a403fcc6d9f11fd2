package io.tidemill.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipfTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10, 1000})
    void everyRankComesAsOftenAsItsWeightSays(int ranks) {
        int draws = 2_000_000;
        double[] shares = new double[ranks];
        Zipf zipf = new Zipf(ranks);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < draws; i++) {
            shares[zipf.rank(random.nextLong())] += 1.0 / draws;
        }
        double sum = 0;
        for (int rank = 0; rank < ranks; rank++) {
            sum += 1.0 / (rank + 1);
        }
        for (int rank = 0; rank < ranks; rank++) {
            double expected = 1.0 / (rank + 1) / sum;
            double deviation = Math.sqrt(expected * (1 - expected) / draws);
            assertThat(shares[rank]).isCloseTo(expected, within(5 * deviation + 1e-9));
        }
    }

    @Test
    void theExtremesOfTheBitsAreRanksToo() {
        Zipf zipf = new Zipf(10_000);
        assertThat(zipf.rank(0L)).isBetween(0, 9_999);
        assertThat(zipf.rank(-1L)).isBetween(0, 9_999);
    }
}
