package io.tidemill.sketches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemill.api.Aggregate;
import io.tidemill.api.Codec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class FrequentItemsTest {
    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    private static Aggregate<String, ?, FrequentItems<String>> frequent(int k, int capacity) {
        return Sketches.frequentItems(word -> word, Codec.text(), k, capacity);
    }

    /** Low numbers are the frequent ones. */
    private List<String> words(int count, int vocabulary) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add("w" + random.nextInt(1 + random.nextInt(1 + random.nextInt(vocabulary))));
        }
        return words;
    }

    private static Map<String, Long> counts(List<String> words) {
        return words.stream().collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    }

    @Test
    void exactInAnyOrderAsLongAsThereIsACounterForEach() throws Exception {
        for (int round = 0; round < 200; round++) {
            List<String> words = words(1 + random.nextInt(500), 50);
            int k = 1 + random.nextInt(50);
            FrequentItems<String> answer = Parts.fold(frequent(k, 50), words, random);
            List<FrequentItem<String>> expected = counts(words).entrySet().stream()
                    .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                    .limit(k)
                    .map(each -> new FrequentItem<>(each.getKey(), each.getValue(), each.getValue(), true))
                    .toList();
            assertThat(answer).as("seed %d", seed).isEqualTo(new FrequentItems<>(words.size(), 0, expected));
        }
    }

    @Test
    void boundsHoldAndNothingFrequentIsMissedInAnyOrder() throws Exception {
        for (int round = 0; round < 150; round++) {
            int capacity = 1 + random.nextInt(40);
            int k = 1 + random.nextInt(capacity);
            List<String> words = words(1 + random.nextInt(3_000), 1_000);
            check(Parts.fold(frequent(k, capacity), words, random), counts(words), k, capacity, words.size());
        }
    }

    private void check(FrequentItems<String> answer, Map<String, Long> truth, int k, int capacity, long total) {
        assertThat(answer.count()).isEqualTo(total);
        assertThat(answer.missedMax()).as("seed %d", seed).isLessThanOrEqualTo(total / (capacity + 1));
        Set<String> told = new HashSet<>();
        long kth = truth.values().stream()
                .sorted(Comparator.reverseOrder())
                .skip(Math.min(k, truth.size()) - 1L)
                .findFirst()
                .orElseThrow();
        for (FrequentItem<String> item : answer.items()) {
            long count = truth.getOrDefault(item.value(), 0L);
            assertThat(count).as("%s, seed %d", item, seed).isBetween(item.lower(), item.upper());
            assertThat(item.upper() - item.lower()).isEqualTo(answer.missedMax());
            assertThat(item.estimate()).isEqualTo(item.upper());
            assertThat(!item.certain() || count >= kth)
                    .as("%s, seed %d", item, seed)
                    .isTrue();
            told.add(item.value());
        }
        long last = answer.items().isEmpty()
                ? 0
                : answer.items().get(answer.items().size() - 1).upper();
        truth.forEach((word, count) -> assertThat(told.contains(word) || count <= Math.max(answer.missedMax(), last))
                .as("%s %d times, seed %d", word, count, seed)
                .isTrue());
        if (answer.items().size() < k) {
            truth.forEach((word, count) -> assertThat(told.contains(word) || count <= answer.missedMax())
                    .as("%s %d times, seed %d", word, count, seed)
                    .isTrue());
        }
    }

    @Test
    void heavyValuesAreFoundAmongManyRareOnes() throws Exception {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            words.add("rare " + i);
        }
        for (int heavy = 1; heavy <= 5; heavy++) {
            for (int i = 0; i < heavy * 1_000; i++) {
                words.add("heavy " + heavy);
            }
        }
        FrequentItems<String> answer = Parts.fold(Sketches.frequentItems(word -> word, Codec.text(), 5), words, random);
        assertThat(answer.items())
                .as("seed %d", seed)
                .extracting(FrequentItem::value)
                .containsExactly("heavy 5", "heavy 4", "heavy 3", "heavy 2", "heavy 1");
        assertThat(answer.items()).allMatch(FrequentItem::certain);
        assertThat(answer.missedMax()).isLessThanOrEqualTo(35_000 / 1_001);
        assertThat(Parts.bytes(Sketches.frequentItems(word -> word, Codec.text(), 5), words, random))
                .hasSizeLessThan(2_000 * 16 + 32);
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> frequent(0, 10)).hasMessageContaining("k is 1 to the capacity of 10");
        assertThatThrownBy(() -> frequent(11, 10)).hasMessageContaining("k is 1 to the capacity of 10");
        assertThatThrownBy(() -> frequent(1, 0)).hasMessageContaining("capacity is 1 to 20000");
        assertThatThrownBy(() -> frequent(1, 20_001)).hasMessageContaining("capacity is 1 to 20000");
    }

    @Test
    void aValueThatIsTooLargeFailsItsRecord() {
        assertThatThrownBy(() -> Parts.inOrder(frequent(1, 1), List.of("x".repeat(1_025))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1024 bytes, this one has 1025");
    }

    @Test
    void theFormatNamesCodecAndCapacity() {
        assertThat(frequent(3, 10).format()).isEqualTo("frequentItems(text, 10)");
    }

    @Test
    void oldBytesAreRead() throws Exception {
        // Seven values; a five times less one taken off, b once.
        assertThat(Parts.read(frequent(1, 2), "10 02 02 0161 08 0162 02"))
                .isEqualTo(new FrequentItems<>(8, 1, List.of(new FrequentItem<>("a", 4, 5, true))));
        assertThat(Parts.bytes(frequent(1, 2), List.of("a", "a", "a"), random))
                .isEqualTo(new byte[] {6, 0, 1, 1, 'a', 6});
    }

    @Test
    void nonsenseIsRefused() {
        Aggregate<String, ?, ?> aggregate = frequent(1, 2);
        Parts.refuses(aggregate, "02 00 05", "5 counters");
        Parts.refuses(aggregate, "02 00 ffffffff0f", "-1 counters");
        Parts.refuses(aggregate, "02 00 01 ffffffff07", "bytes wanted");
        Parts.refuses(aggregate, "02 00 01 0161 00", "a count of 0");
        Parts.refuses(aggregate, "08 00 02 0161 02 0161 02", "a value twice");
        Parts.refuses(aggregate, "02 00 01 0161 04", "a total of 1 where 2 are counted");
        Parts.refuses(aggregate, "04 02 01 0161 02", "may lack 1");
        Parts.refuses(aggregate, "04 01 01 0161 02", "may lack -1");
        Parts.refuses(aggregate, "02 00 01 8108" + "61".repeat(1_025) + "02", "a value of 1025 bytes");
    }

    @Test
    void randomBytesAreReadOrRefused() throws Exception {
        Aggregate<String, ?, ?> aggregate = frequent(1, 3);
        byte[] good = Parts.bytes(aggregate, words(100, 10), random);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = good.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Parts.readsOrRefuses(aggregate, bytes);
        }
    }
}
