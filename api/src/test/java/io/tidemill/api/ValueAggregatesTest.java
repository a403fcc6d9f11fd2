package io.tidemill.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Distinct, frequent and ranked values: equal to what plain collections say, however they are cut into parts. */
class ValueAggregatesTest {
    private static final Mapper<String, String> ITSELF = word -> word;
    private static final LongField<String> LENGTH = String::length;

    private final long seed = Long.getLong("tidemill.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void agreesWithPlainCollections() throws Exception {
        for (int round = 0; round < 300; round++) {
            List<String> words = words(1 + random.nextInt(200), 1 + random.nextInt(150));
            int k = 1 + random.nextInt(20);
            assertThat(inParts(Aggregate.countDistinct(ITSELF, Codec.text()), words))
                    .as("seed %d", seed)
                    .isEqualTo(new HashSet<>(words).size());
            assertThat(inParts(Aggregate.mostFrequent(ITSELF, Codec.text(), k), words))
                    .as("seed %d", seed)
                    .isEqualTo(mostFrequent(words, k));
            assertThat(inParts(Aggregate.topK(LENGTH, ITSELF, Codec.text(), k), words))
                    .as("seed %d", seed)
                    .isEqualTo(ranked(words, k, Comparator.comparing(String::length, Comparator.reverseOrder())));
            assertThat(inParts(Aggregate.bottomK(LENGTH, ITSELF, Codec.text(), k), words))
                    .as("seed %d", seed)
                    .isEqualTo(ranked(words, k, Comparator.comparing(String::length)));
            assertThat(inParts(Aggregate.maxBy(LENGTH, ITSELF, Codec.text()), words))
                    .as("seed %d", seed)
                    .isEqualTo(inParts(Aggregate.topK(LENGTH, ITSELF, Codec.text(), 1), words)
                            .get(0)
                            .value());
            assertThat(inParts(Aggregate.minBy(LENGTH, ITSELF, Codec.text()), words))
                    .as("seed %d", seed)
                    .isEqualTo(ranked(words, 1, Comparator.comparing(String::length))
                            .get(0)
                            .value());
            assertThat(inParts(Aggregate.allMaxBy(LENGTH, ITSELF, Codec.text()), words))
                    .as("seed %d", seed)
                    .isEqualTo(sharing(
                            words, words.stream().mapToInt(String::length).max()));
            assertThat(inParts(Aggregate.allMinBy(LENGTH, ITSELF, Codec.text()), words))
                    .as("seed %d", seed)
                    .isEqualTo(sharing(
                            words, words.stream().mapToInt(String::length).min()));
        }
    }

    private static List<String> sharing(List<String> words, OptionalInt length) {
        return words.stream()
                .filter(word -> word.length() == length.orElseThrow())
                .sorted()
                .toList();
    }

    @Test
    void moreThanAThousandThatShareTheFirstPlaceFailTheResult() throws Exception {
        List<String> words = new ArrayList<>(Collections.nCopies(1_000, "ab"));
        words.add("c");
        Aggregate<String, ?, List<String>> longest = Aggregate.allMaxBy(LENGTH, ITSELF, Codec.text());
        assertThat(inParts(longest, words)).hasSize(1_000);
        words.add("de");
        assertThatThrownBy(() -> inParts(longest, words))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more than 1000 values share the greatest number, 2");
        words.add("fgh");
        assertThat(inParts(longest, words)).containsExactly("fgh");
        assertThat(inParts(longest, List.of())).isEmpty();
    }

    @Test
    void oneTooManyFailsTheResultHoweverTheyAreCut() throws Exception {
        for (int round = 0; round < 200; round++) {
            List<String> words = words(40, 12);
            int distinct = new HashSet<>(words).size();
            assertThat(inParts(Aggregate.countDistinct(ITSELF, Codec.text(), distinct), words))
                    .isEqualTo(distinct);
            assertThatThrownBy(() -> inParts(Aggregate.countDistinct(ITSELF, Codec.text(), distinct - 1), words))
                    .as("seed %d", seed)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("more than " + (distinct - 1) + " distinct values")
                    .hasMessageContaining("Sketches.approximateDistinct");
            assertThatThrownBy(() -> inParts(Aggregate.mostFrequent(ITSELF, Codec.text(), 3, distinct - 1), words))
                    .as("seed %d", seed)
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void bytesAreBoundedToo() throws Exception {
        failsBeyond32MiB(Aggregate.countDistinct(number -> number, new Padded(1 << 20)));
    }

    private static <A> void failsBeyond32MiB(Aggregate<Long, A, Long> distinct) throws Exception {
        A accumulator = distinct.create();
        for (long number = 0; number < 32; number++) {
            accumulator = distinct.add(accumulator, number);
        }
        assertThat(distinct.result(accumulator)).isEqualTo(32);
        A over = distinct.add(accumulator, 32L);
        assertThatThrownBy(() -> distinct.result(over)).isInstanceOf(IllegalStateException.class);
        ByteSink sink = new ByteSink();
        distinct.write(over, sink);
        assertThat(sink.size()).as("all of them are let go of").isLessThan(16);
    }

    /** A number in as many bytes as wanted. */
    private record Padded(int size) implements Codec<Long> {
        @Override
        public Long decode(byte[] bytes, int offset, int length) {
            return new ByteSource(bytes, offset, length).readLong();
        }

        @Override
        public void encode(Long value, ByteSink sink) {
            sink.writeLong(value);
            sink.write(new byte[size - Long.BYTES]);
        }

        @Override
        public String format() {
            return "padded";
        }
    }

    @Test
    void aMillionDistinctValuesTakeTheirBytesAndLittleMore() throws Exception {
        Aggregate<Long, ?, Long> distinct = Aggregate.countDistinct(number -> number, Codec.int64());
        assertThat(count(distinct, 1_000_000)).isEqualTo(1_000_000);
    }

    private static <A> long count(Aggregate<Long, A, Long> distinct, int values) throws Exception {
        A accumulator = distinct.create();
        for (long number = 0; number < 2L * values; number++) {
            accumulator = distinct.add(accumulator, number % values);
        }
        ByteSink sink = new ByteSink();
        distinct.write(accumulator, sink);
        assertThat(sink.size()).isLessThan(values * 9 + 16);
        return distinct.result(distinct.read(new ByteSource(sink.array(), 0, sink.size())));
    }

    @Test
    void whatFailsLeavesTheAccumulatorAsItWas() throws Exception {
        Codec<Long> fragile = new Codec<>() {
            @Override
            public Long decode(byte[] bytes, int offset, int length) throws Exception {
                return Codec.int64().decode(bytes, offset, length);
            }

            @Override
            public void encode(Long value, ByteSink sink) {
                sink.writeInt(0);
                if (value < 0) {
                    throw new IllegalArgumentException("half way");
                }
                sink.writeInt(value.intValue());
            }

            @Override
            public String format() {
                return "fragile";
            }
        };
        keepsItsResult(Aggregate.countDistinct(number -> number, fragile));
        keepsItsResult(Aggregate.countDistinct(number -> number, fragile, 1));
        keepsItsResult(Aggregate.mostFrequent(number -> number, fragile, 2));
        keepsItsResult(Aggregate.topK(number -> number, number -> number, fragile, 2));
    }

    private static <A, R> void keepsItsResult(Aggregate<Long, A, R> aggregate) throws Exception {
        A accumulator = aggregate.add(aggregate.create(), 7L);
        R before = aggregate.result(accumulator);
        assertThatThrownBy(() -> aggregate.add(accumulator, -1L)).isInstanceOf(IllegalArgumentException.class);
        assertThat(aggregate.result(aggregate.add(accumulator, 7L))).isNotNull();
        assertThat(aggregate.result(aggregate.add(aggregate.create(), 7L))).isEqualTo(before);
    }

    @Test
    void aRankedValueThatIsTooLargeFailsItsRecord() {
        Aggregate<Long, ?, Long> largest = Aggregate.maxBy(number -> number, number -> number, new Padded(16_385));
        assertThatThrownBy(() -> inParts(largest, List.of(1L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16385");
    }

    @Test
    void nothingHasNoFirst() {
        assertThatThrownBy(() -> inParts(Aggregate.maxBy(LENGTH, ITSELF, Codec.text()), List.of()))
                .isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void formatsNameWhatTheBytesDependOn() {
        assertThat(Aggregate.countDistinct(ITSELF, Codec.text(), 5).format()).isEqualTo("countDistinct(text)");
        assertThat(Aggregate.mostFrequent(ITSELF, Codec.text(), 5).format()).isEqualTo("mostFrequent(text)");
        assertThat(Aggregate.topK(LENGTH, ITSELF, Codec.text(), 5).format()).isEqualTo("topK(5, text)");
        assertThat(Aggregate.bottomK(LENGTH, ITSELF, Codec.text(), 5).format()).isEqualTo("bottomK(5, text)");
        assertThat(Aggregate.minBy(LENGTH, ITSELF, Codec.text()).format()).isEqualTo("minBy(text)");
        assertThat(Aggregate.maxBy(LENGTH, ITSELF, Codec.text()).format()).isEqualTo("maxBy(text)");
        assertThat(Aggregate.allMaxBy(LENGTH, ITSELF, Codec.text()).format()).isEqualTo("allMaxBy(text)");
    }

    @Test
    void boundsAreChecked() {
        for (int wrong : List.of(-1, 0, 2_000_001)) {
            assertThatThrownBy(() -> Aggregate.countDistinct(ITSELF, Codec.text(), wrong))
                    .hasMessageContaining("distinctMax is 1 to 2000000");
        }
        for (int wrong : List.of(-1, 0, 1_001)) {
            assertThatThrownBy(() -> Aggregate.topK(LENGTH, ITSELF, Codec.text(), wrong))
                    .hasMessageContaining("k is 1 to 1000");
            assertThatThrownBy(() -> Aggregate.mostFrequent(ITSELF, Codec.text(), wrong))
                    .hasMessageContaining("k is 1 to 1000");
        }
    }

    @Test
    void nonsenseIsRefused() {
        Aggregate<String, ?, Long> distinct = Aggregate.countDistinct(ITSELF, Codec.text());
        Aggregate<String, ?, ?> frequent = Aggregate.mostFrequent(ITSELF, Codec.text(), 3);
        Aggregate<String, ?, ?> top = Aggregate.topK(LENGTH, ITSELF, Codec.text(), 2);
        refuses(distinct, "0002016101", "bytes wanted");
        refuses(distinct, "000201610161", "occurs twice");
        refuses(distinct, "05010161", "let go");
        refuses(distinct, "00ffffffff0f", "a set of -1");
        refuses(distinct, "00ffffffff07", "bytes wanted");
        refuses(distinct, "0001ffffffff07", "2147483647 bytes wanted");
        refuses(frequent, "0001016100", "occurred 0 times");
        refuses(frequent, "0001016101", "occurred -1 times");
        refuses(top, "03020161020161020161", "3 ranked values where 2 are kept");
        refuses(top, "0202016204016c", "out of order");
        refuses(top, "02020162020161", "out of order");
        refuses(top, "0102ffffffff07", "bytes wanted");
    }

    @Test
    void randomBytesAreReadOrRefused() {
        List<Aggregate<String, ?, ?>> all = List.of(
                Aggregate.countDistinct(ITSELF, Codec.text()),
                Aggregate.mostFrequent(ITSELF, Codec.text(), 3),
                Aggregate.topK(LENGTH, ITSELF, Codec.text(), 2));
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(24)];
            random.nextBytes(bytes);
            for (Aggregate<String, ?, ?> aggregate : all) {
                try {
                    aggregate.read(new ByteSource(bytes));
                } catch (IllegalStateException refused) {
                    assertThat(refused).hasMessageMatching(".+");
                }
            }
        }
    }

    @Test
    void oldBytesAreRead() throws Exception {
        assertThat(readResult(Aggregate.countDistinct(ITSELF, Codec.text()), "00020161026262"))
                .isEqualTo(2);
        assertThat(readResult(Aggregate.mostFrequent(ITSELF, Codec.text(), 1), "0002016102026262 06".replace(" ", "")))
                .isEqualTo(List.of(new Counted<>("bb", 3)));
        assertThat(readResult(Aggregate.topK(LENGTH, ITSELF, Codec.text(), 2), "02040262620201 61".replace(" ", "")))
                .isEqualTo(List.of(new Ranked<>("bb", 2), new Ranked<>("a", 1)));
        assertThat(hex(Aggregate.countDistinct(ITSELF, Codec.text()), List.of("a", "bb", "a")))
                .isEqualTo("00020161026262");
        assertThat(hex(Aggregate.countDistinct(ITSELF, Codec.text(), 1), List.of("a", "bb", "a")))
                .isEqualTo("0100");
        assertThat(hex(Aggregate.mostFrequent(ITSELF, Codec.text(), 1), List.of("a", "bb", "bb", "bb")))
                .isEqualTo("000201610202626206");
        assertThat(hex(Aggregate.topK(LENGTH, ITSELF, Codec.text(), 2), List.of("a", "bb", "c")))
                .isEqualTo("0204026262020161");
    }

    private static <A, R> R readResult(Aggregate<String, A, R> aggregate, String hex) throws Exception {
        return aggregate.result(aggregate.read(new ByteSource(HexFormat.of().parseHex(hex))));
    }

    private static <A> String hex(Aggregate<String, A, ?> aggregate, List<String> values) throws Exception {
        A accumulator = aggregate.create();
        for (String value : values) {
            accumulator = aggregate.add(accumulator, value);
        }
        ByteSink sink = new ByteSink();
        aggregate.write(accumulator, sink);
        return HexFormat.of().formatHex(sink.toByteArray());
    }

    private static void refuses(Aggregate<String, ?, ?> aggregate, String hex, String why) {
        assertThatThrownBy(() -> aggregate.read(new ByteSource(HexFormat.of().parseHex(hex))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(why);
    }

    private List<String> words(int count, int vocabulary) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int word = random.nextInt(1 + random.nextInt(vocabulary));
            words.add("é".repeat(word % 3) + "x".repeat(word % 7) + word);
        }
        return words;
    }

    private static List<Counted<String>> mostFrequent(List<String> words, int k) {
        Map<String, Long> counts =
                words.stream().collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(k)
                .map(each -> new Counted<>(each.getKey(), each.getValue()))
                .toList();
    }

    private static List<Ranked<String>> ranked(List<String> words, int k, Comparator<String> order) {
        return words.stream()
                .sorted(order.thenComparing(Comparator.naturalOrder()))
                .limit(k)
                .map(each -> new Ranked<>(each, each.length()))
                .toList();
    }

    /** Folds in random parts, each written and read again, merged in a random tree. */
    private <T, A, R> R inParts(Aggregate<T, A, R> aggregate, List<T> values) throws Exception {
        List<A> parts = new ArrayList<>(List.of(aggregate.create()));
        for (T value : values) {
            if (random.nextInt(4) == 0) {
                parts.add(aggregate.create());
            }
            int last = parts.size() - 1;
            parts.set(last, aggregate.add(parts.get(last), value));
        }
        Collections.shuffle(parts, random);
        while (parts.size() > 1) {
            A right = copy(aggregate, parts.remove(random.nextInt(parts.size())));
            int at = random.nextInt(parts.size());
            parts.set(at, aggregate.merge(parts.get(at), right));
        }
        return aggregate.result(copy(aggregate, parts.get(0)));
    }

    private static <A> A copy(Aggregate<?, A, ?> aggregate, A accumulator) {
        ByteSink sink = new ByteSink();
        aggregate.write(accumulator, sink);
        ByteSource source = new ByteSource(sink.toByteArray());
        A copy = aggregate.read(source);
        assertThat(source.remaining()).isZero();
        return copy;
    }
}
