package io.tidemill.sketches;

import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counters for some of the values: Misra and Gries, "Finding repeated elements", 1982; merged as in Agarwal and others,
 * "Mergeable summaries", 2012.
 *
 * <p>Up to twice {@code capacity} values are counted. One more, and the count of number {@code capacity + 1} is taken off
 * all of them; those with nothing left go. What is taken off is remembered, and is what a count may lack. As each time at
 * least {@code capacity + 1} counts lose that much, a count never lacks more than one of {@code capacity + 1} values.
 */
final class Counters {
    /** Of one value: forty thousand of them are 40 MiB, and a record of the changelog holds 64. */
    static final int VALUE_BYTES_MAX = 1 << 10;

    private static final Comparator<Map.Entry<Key, Long>> MOST_FREQUENT_FIRST =
            Map.Entry.<Key, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey());

    /** Comparable, so that a map stays fast when somebody makes up values with equal hashes. */
    private record Key(byte[] bytes) implements Comparable<Key> {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public int compareTo(Key other) {
            return Arrays.compareUnsigned(bytes, other.bytes);
        }
    }

    private final int capacity;
    private final Map<Key, Long> counts = new HashMap<>();
    private long total;
    private long lacking;

    Counters(int capacity) {
        this.capacity = capacity;
    }

    void add(byte[] value) {
        total++;
        counts.merge(new Key(value), 1L, Long::sum);
        prune();
    }

    void add(Counters other) {
        total += other.total;
        lacking += other.lacking;
        other.counts.forEach((key, count) -> counts.merge(key, count, Long::sum));
        prune();
    }

    private void prune() {
        if (counts.size() <= 2 * capacity) {
            return;
        }
        long[] ascending =
                counts.values().stream().mapToLong(Long::longValue).sorted().toArray();
        long off = ascending[ascending.length - 1 - capacity];
        lacking += off;
        counts.values().removeIf(count -> count <= off);
        counts.replaceAll((key, count) -> count - off);
    }

    <V> FrequentItems<V> top(int k, Codec<V> codec) throws Exception {
        List<Map.Entry<Key, Long>> inOrder = new ArrayList<>(counts.entrySet());
        inOrder.sort(MOST_FREQUENT_FIRST);
        long others = inOrder.size() > k ? inOrder.get(k).getValue() + lacking : lacking;
        List<FrequentItem<V>> items = new ArrayList<>();
        for (Map.Entry<Key, Long> each : inOrder.subList(0, Math.min(k, inOrder.size()))) {
            byte[] bytes = each.getKey().bytes;
            long count = each.getValue();
            items.add(
                    new FrequentItem<>(codec.decode(bytes, 0, bytes.length), count, count + lacking, count >= others));
        }
        return new FrequentItems<>(total, lacking, List.copyOf(items));
    }

    void tryValues(Codec<?> codec) throws Exception {
        for (Key key : counts.keySet()) {
            codec.decode(key.bytes, 0, key.bytes.length);
        }
    }

    void write(ByteSink sink) {
        sink.writeVarlong(total);
        sink.writeVarlong(lacking);
        sink.writeVarint(counts.size());
        counts.forEach((key, count) -> {
            sink.writeSized(key.bytes);
            sink.writeVarlong(count);
        });
    }

    static Counters read(ByteSource source, int capacity) {
        Counters counters = new Counters(capacity);
        counters.total = source.readVarlong();
        counters.lacking = source.readVarlong();
        int size = source.readVarint();
        require(size >= 0 && size <= 2 * capacity, size + " counters");
        long counted = 0;
        for (int i = 0; i < size; i++) {
            byte[] value = source.readSized();
            long count = source.readVarlong();
            require(count > 0 && counted + count > 0, "a count of " + count);
            require(value.length <= VALUE_BYTES_MAX, "a value of " + value.length + " bytes");
            require(counters.counts.put(new Key(value), count) == null, "a value twice");
            counted += count;
        }
        counters.requireTotals(counted);
        return counters;
    }

    private void requireTotals(long counted) {
        boolean legal = total >= counted && lacking >= 0 && lacking <= (total - counted) / (capacity + 1L);
        require(legal, "a total of " + total + " where " + counted + " are counted and each may lack " + lacking);
    }

    private static void require(boolean legal, String what) {
        if (!legal) {
            throw new IllegalStateException("not the counters of frequent values: they have " + what);
        }
    }
}
