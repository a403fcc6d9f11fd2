package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyBytesTest {
    private static final int LENGTH_MAX = 40;

    /** Of any length, with no difference or one in any place, up to the ends of the arrays. */
    @Test
    void equalIsWhatArraysSay() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            int length = random.nextInt(LENGTH_MAX);
            int leftAt = random.nextInt(9);
            int rightAt = random.nextInt(9);
            byte[] left = new byte[leftAt + length];
            byte[] right = new byte[rightAt + length];
            random.nextBytes(left);
            System.arraycopy(left, leftAt, right, rightAt, length);
            if (length > 0 && random.nextBoolean()) {
                right[rightAt + random.nextInt(length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            }
            assertThat(KeyBytes.equal(left, leftAt, right, rightAt, length))
                    .isEqualTo(Arrays.equals(left, leftAt, leftAt + length, right, rightAt, rightAt + length));
        }
    }
}
