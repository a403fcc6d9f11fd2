package io.tidemill.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class Murmur2Test {
    @Test
    void agreesWithKafka() {
        Random random = new Random(1);
        for (int length = 0; length < 100; length++) {
            byte[] bytes = new byte[length + 10];
            random.nextBytes(bytes);
            int expected = Utils.murmur2(Arrays.copyOfRange(bytes, 5, 5 + length));
            assertThat(Murmur2.hash(bytes, 5, length)).isEqualTo(expected);
            assertThat(Murmur2.partition(expected, 7)).isEqualTo(Utils.toPositive(expected) % 7);
        }
    }

    @Test
    void lanesShareTheKeysOfEveryPartition() {
        int[][] counts = new int[4][2];
        for (int i = 0; i < 10_000; i++) {
            byte[] key = ("page-" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
            int hash = Murmur2.hash(key, 0, key.length);
            counts[Murmur2.partition(hash, 4)][Murmur2.lane(hash, 2)]++;
        }
        for (int[] partition : counts) {
            assertThat(partition[0]).isBetween(1_000, 1_500);
        }
    }
}
