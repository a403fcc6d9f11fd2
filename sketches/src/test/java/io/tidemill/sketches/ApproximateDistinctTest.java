package io.tidemill.sketches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dynatrace.hash4j.distinctcount.UltraLogLog;
import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ApproximateDistinctTest {
    /** The sorted XXH3 hashes of c, a and b: those of the algorithm's reference. */
    private static final String FEW = "03 8c40219a46b9f81b e6c632b61e964e1f 575a0b1c44d8843f".replace(" ", "");

    /** Five, for more than the four hashes that are kept, and the registers of a hundred words. */
    private static final String MANY = "05"
            + "1d1d202c1424182420262000281f241818001d18001a1c18141414211e140018"
            + "001c271d001400201d1d1c1400000014181a141800201e1e2c14000028291428";

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private static Aggregate<Long, ?, DistinctEstimate> distinct(double standardError) {
        return Sketches.approximateDistinct(number -> number, Codec.int64(), standardError);
    }

    private List<Long> numbers(int count) {
        long from = random.nextLong();
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(from + i);
        }
        return numbers;
    }

    @Test
    void aFewAreCountedExactly() throws Exception {
        for (int count : List.of(0, 1, 2, 255, 256)) {
            List<Long> numbers = numbers(count);
            numbers.addAll(List.copyOf(numbers));
            assertThat(Parts.fold(distinct(Sketches.STANDARD_ERROR_DEFAULT), numbers, random))
                    .as("seed %d", seed)
                    .isEqualTo(new DistinctEstimate(count, count, count));
        }
        assertThat(Parts.fold(distinct(Sketches.STANDARD_ERROR_DEFAULT), numbers(257), random)
                        .lower())
                .isEqualTo(257);
    }

    @Test
    void neitherOrderNorPartsNorRepetitionsMatter() throws Exception {
        for (int round = 0; round < 30; round++) {
            Aggregate<Long, ?, DistinctEstimate> aggregate = distinct(random.nextBoolean() ? 0.1 : 0.05);
            List<Long> once = numbers(1 + random.nextInt(random.nextBoolean() ? 30 : 3_000));
            List<Long> often = new ArrayList<>(once);
            for (int i = 0; i < once.size(); i++) {
                often.add(once.get(random.nextInt(once.size())));
            }
            assertThat(Parts.fold(aggregate, often, random))
                    .as("seed %d", seed)
                    .isEqualTo(Parts.inOrder(aggregate, once));
            assertThat(Parts.bytes(aggregate, often, random))
                    .as("seed %d", seed)
                    .isEqualTo(Parts.bytes(aggregate, once, random));
        }
    }

    @Test
    void theErrorIsTheStatedOne() throws Exception {
        for (double standardError : List.of(0.1, 0.05, 0.0125)) {
            for (int count : List.of(300, 1_000, 20_000)) {
                isWithinBounds(standardError, count, 100_000 / count + 50);
            }
        }
    }

    private void isWithinBounds(double standardError, int count, int rounds) throws Exception {
        Aggregate<Long, ?, DistinctEstimate> aggregate = distinct(standardError);
        double squares = 0;
        int outside = 0;
        for (int round = 0; round < rounds; round++) {
            DistinctEstimate estimate = Parts.inOrder(aggregate, numbers(count));
            double error = (double) (estimate.estimate() - count) / count;
            squares += error * error;
            outside += estimate.lower() > count || estimate.upper() < count ? 1 : 0;
        }
        // The root mean square of 55 errors is itself off by 10 %, hardly ever by five times that.
        assertThat(Math.sqrt(squares / rounds))
                .as("error of %s for %d values, seed %d", aggregate.format(), count, seed)
                .isLessThan(standardError * 1.5);
        assertThat(outside)
                .as("of %d outside of their bounds, seed %d", rounds, seed)
                .isLessThanOrEqualTo(3 + rounds / 50);
    }

    @Test
    void aKeyCostsNoMoreThanTheStatedBytes() throws Exception {
        for (double standardError : List.of(0.1, 0.0125, 0.0025)) {
            int registers = Integer.highestOneBit((int) Math.ceil(Math.pow(0.7822 / standardError, 2)) - 1) * 2;
            assertThat(Parts.bytes(distinct(standardError), numbers(50_000), random))
                    .hasSizeBetween(registers + 1, registers + 2);
        }
        assertThat(Parts.bytes(distinct(0.0125), numbers(256), random)).hasSize(2 + 256 * 8);
    }

    @Test
    void errorsOutOfRangeAreRefused() {
        for (double wrong : new double[] {0, 0.0024, 0.11, -1, Double.NaN}) {
            assertThatThrownBy(() -> distinct(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0.0025 to 0.1");
        }
    }

    @Test
    void theFormatNamesCodecHashAndSize() {
        assertThat(distinct(0.0125).format()).isEqualTo("approximateDistinct(int64, xxh3, 12)");
        assertThat(distinct(0.0025).format()).isEqualTo("approximateDistinct(int64, xxh3, 17)");
        assertThat(distinct(0.1).format()).isEqualTo("approximateDistinct(int64, xxh3, 6)");
    }

    @Test
    void oldBytesAreRead() throws Exception {
        Aggregate<String, ?, DistinctEstimate> words = Sketches.approximateDistinct(word -> word, Codec.text(), 0.1);
        assertThat(HexFormat.of().formatHex(Parts.bytes(words, List.of("a", "b", "c"), random)))
                .isEqualTo(FEW);
        List<String> hundred = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            hundred.add("word " + i);
        }
        assertThat(HexFormat.of().formatHex(Parts.bytes(words, hundred, random)))
                .isEqualTo(MANY);
        assertThat(Parts.read(words, FEW)).isEqualTo(DistinctEstimate.exact(3));
        assertThat(Parts.read(words, MANY)).isEqualTo(new DistinctEstimate(107, 82, 151));
    }

    @Test
    void nonsenseIsRefused() {
        Aggregate<Long, ?, ?> aggregate = distinct(0.1);
        Parts.refuses(aggregate, "06", "6 hashes where 4 are kept");
        Parts.refuses(aggregate, "ffffffff0f", "-1 hashes");
        Parts.refuses(aggregate, "01 00", "bytes wanted");
        Parts.refuses(aggregate, "05 00", "64 bytes wanted");
        Parts.refuses(aggregate, "02" + "00".repeat(16), "out of order");
        Parts.refuses(aggregate, "05 15" + "00".repeat(63), "no register of an UltraLogLog is 21");
        Parts.refuses(aggregate, "05 01" + "00".repeat(63), "no register of an UltraLogLog is 1");
    }

    @Test
    void exactlyTheRegistersThatHashesMakeAreLegal() throws Exception {
        Aggregate<Long, ?, ?> aggregate = distinct(0.1);
        Set<Integer> legal = registersOf(6);
        for (int register = 0; register < 256; register++) {
            String bytes = "05" + HexFormat.of().toHexDigits((byte) register) + "00".repeat(63);
            if (legal.contains(register)) {
                Parts.read(aggregate, bytes);
            } else {
                Parts.refuses(aggregate, bytes, "no register");
            }
        }
    }

    /** All that the first register can become, by any hashes. */
    private static Set<Integer> registersOf(int precision) {
        Set<Integer> seen = new HashSet<>(Set.of(0));
        List<Integer> open = new ArrayList<>(seen);
        while (!open.isEmpty()) {
            int from = open.remove(open.size() - 1);
            for (int zeros = 0; zeros <= 64 - precision; zeros++) {
                byte[] state = new byte[1 << precision];
                state[0] = (byte) from;
                long hash = zeros == 64 - precision ? 0 : 1L << (63 - precision - zeros);
                int to = UltraLogLog.wrap(state).add(hash).getState()[0] & 0xFF;
                if (seen.add(to)) {
                    open.add(to);
                }
            }
        }
        return seen;
    }

    @Test
    void randomBytesAreReadOrRefused() throws Exception {
        Aggregate<Long, ?, ?> aggregate = distinct(0.1);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = new byte[random.nextInt(70)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) random.nextInt(6);
            }
            Parts.readsOrRefuses(aggregate, bytes);
        }
        byte[] full = new byte[65];
        Arrays.fill(full, (byte) 0xFF);
        full[0] = 5;
        assertThat(Parts.read(aggregate, HexFormat.of().formatHex(full))).isNotNull();
    }
}
