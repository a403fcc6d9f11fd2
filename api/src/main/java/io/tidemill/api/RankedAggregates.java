package io.tidemill.api;

import io.tidemill.api.plan.KeptValues;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;

/** Aggregates that keep the values that come first by a number, and among equal numbers by their encoded bytes. */
final class RankedAggregates {
    static final int K_MAX = 1_000;

    /** A thousand of them are 16 MiB; a record of the changelog holds 64. */
    static final int VALUE_BYTES_MAX = 16 << 10;

    private RankedAggregates() {}

    static void requireK(int k) {
        if (k < 1 || k > K_MAX) {
            throw new IllegalArgumentException("k is 1 to " + K_MAX + ", not " + k);
        }
    }

    /** An encoded value and its number, the better the earlier. */
    record Entry(long by, byte[] bytes, boolean largestFirst) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int order = largestFirst ? Long.compare(other.by, by) : Long.compare(by, other.by);
            return order != 0 ? order : Arrays.compareUnsigned(bytes, other.bytes);
        }
    }

    /** Keeps the first {@code k} entries of all that came, in order; equal entries are as many as they were. */
    private interface Ranking<T, V, R> extends Aggregate<T, List<Entry>, R>, KeptValues<List<Entry>> {
        LongField<? super T> by();

        Mapper<? super T, ? extends V> field();

        Codec<V> codec();

        int k();

        boolean largestFirst();

        @Override
        default List<Entry> create() {
            return new ArrayList<>(1);
        }

        @Override
        default List<Entry> add(List<Entry> accumulator, T value) throws Exception {
            long number = by().of(value);
            ByteSink sink = new ByteSink(32);
            codec().encode(field().apply(value), sink);
            if (sink.size() > VALUE_BYTES_MAX) {
                throw new IllegalArgumentException("a ranked value has at most " + VALUE_BYTES_MAX
                        + " bytes, this one has " + sink.size() + ": keep less of it");
            }
            insert(accumulator, new Entry(number, sink.toByteArray(), largestFirst()));
            return accumulator;
        }

        @Override
        default List<Entry> merge(List<Entry> left, List<Entry> right) {
            right.forEach(entry -> insert(left, entry));
            return left;
        }

        default void insert(List<Entry> entries, Entry entry) {
            if (entries.size() == k() && entries.get(k() - 1).compareTo(entry) <= 0) {
                return;
            }
            int found = Collections.binarySearch(entries, entry);
            entries.add(found < 0 ? -found - 1 : found, entry);
            if (entries.size() > k()) {
                entries.remove(k());
            }
        }

        @Override
        default void write(List<Entry> accumulator, ByteSink sink) {
            sink.writeVarint(accumulator.size());
            for (Entry entry : accumulator) {
                sink.writeVarlong(entry.by);
                sink.writeSized(entry.bytes);
            }
        }

        @Override
        default void tryValues(List<Entry> accumulator) throws Exception {
            for (Entry entry : accumulator) {
                codec().decode(entry.bytes, 0, entry.bytes.length);
            }
        }

        @Override
        default List<Entry> read(ByteSource source) {
            int size = source.readVarint();
            if (size < 0 || size > k()) {
                throw new IllegalStateException(size + " ranked values where " + k() + " are kept");
            }
            List<Entry> entries = create();
            for (int i = 0; i < size; i++) {
                Entry entry = new Entry(source.readVarlong(), source.readSized(), largestFirst());
                if (i > 0 && entries.get(i - 1).compareTo(entry) > 0) {
                    throw new IllegalStateException("ranked values out of order");
                }
                entries.add(entry);
            }
            return entries;
        }
    }

    record Top<T, V>(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec, int k, boolean largestFirst)
            implements Ranking<T, V, List<Ranked<V>>> {
        Top {
            requireK(k);
        }

        /** With {@code k}: what a smaller one left out cannot be had back. */
        @Override
        public String format() {
            return (largestFirst ? "topK(" : "bottomK(") + k + ", " + codec.format() + ")";
        }

        @Override
        public List<Ranked<V>> result(List<Entry> accumulator) throws Exception {
            List<Ranked<V>> answer = new ArrayList<>(accumulator.size());
            for (Entry entry : accumulator) {
                answer.add(new Ranked<>(codec.decode(entry.bytes, 0, entry.bytes.length), entry.by));
            }
            return List.copyOf(answer);
        }
    }

    record First<T, V>(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec, boolean largestFirst)
            implements Ranking<T, V, V> {
        @Override
        public String format() {
            return (largestFirst ? "maxBy(" : "minBy(") + codec.format() + ")";
        }

        @Override
        public int k() {
            return 1;
        }

        @Override
        public V result(List<Entry> accumulator) throws Exception {
            if (accumulator.isEmpty()) {
                throw new NoSuchElementException("there are no values");
            }
            byte[] bytes = accumulator.get(0).bytes;
            return codec.decode(bytes, 0, bytes.length);
        }
    }

    /** Keeps one more than it tells, to know that there are too many. */
    record AllFirst<T, V>(
            LongField<? super T> by, Mapper<? super T, ? extends V> field, Codec<V> codec, boolean largestFirst)
            implements Ranking<T, V, List<V>> {
        @Override
        public String format() {
            return (largestFirst ? "allMaxBy(" : "allMinBy(") + codec.format() + ")";
        }

        @Override
        public int k() {
            return K_MAX + 1;
        }

        @Override
        public void insert(List<Entry> entries, Entry entry) {
            if (!entries.isEmpty() && entries.get(0).by != entry.by) {
                if (entries.get(0).compareTo(entry) < 0) {
                    return;
                }
                entries.clear();
            }
            Ranking.super.insert(entries, entry);
        }

        @Override
        public List<V> result(List<Entry> accumulator) throws Exception {
            if (accumulator.size() > K_MAX) {
                throw new IllegalStateException("more than " + K_MAX + " values share the "
                        + (largestFirst ? "greatest" : "least") + " number, " + accumulator.get(0).by
                        + ": rank by something that tells more of them apart");
            }
            List<V> answer = new ArrayList<>(accumulator.size());
            for (Entry entry : accumulator) {
                answer.add(codec.decode(entry.bytes, 0, entry.bytes.length));
            }
            return List.copyOf(answer);
        }
    }
}
