package io.tidemill.api;

import io.tidemill.api.plan.KeptValues;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** Aggregates that keep each distinct value once. */
final class DistinctAggregates {
    private DistinctAggregates() {}

    /** What both share. Their formats leave the bound out: nothing that was kept reads differently under another. */
    private interface Distinct<T, V, R> extends Aggregate<T, ValueSet, R> {
        Mapper<? super T, ? extends V> field();

        Codec<V> codec();

        int distinctMax();

        boolean counted();

        @Override
        default ValueSet create() {
            return new ValueSet(counted());
        }

        @Override
        default ValueSet add(ValueSet accumulator, T value) throws Exception {
            accumulator.add(field().apply(value), codec(), distinctMax());
            return accumulator;
        }

        @Override
        default ValueSet merge(ValueSet left, ValueSet right) {
            left.merge(right, distinctMax());
            return left;
        }

        @Override
        default void write(ValueSet accumulator, ByteSink sink) {
            accumulator.write(sink);
        }

        @Override
        default ValueSet read(ByteSource source) {
            return ValueSet.read(source, counted());
        }
    }

    record CountDistinct<T, V>(Mapper<? super T, ? extends V> field, Codec<V> codec, int distinctMax)
            implements Distinct<T, V, Long> {
        CountDistinct {
            ValueSet.requireDistinctMax(distinctMax);
        }

        @Override
        public String format() {
            return "countDistinct(" + codec.format() + ")";
        }

        @Override
        public boolean counted() {
            return false;
        }

        @Override
        public Long result(ValueSet accumulator) {
            return (long) accumulator.all().count();
        }
    }

    record MostFrequent<T, V>(Mapper<? super T, ? extends V> field, Codec<V> codec, int k, int distinctMax)
            implements Distinct<T, V, List<Counted<V>>>, KeptValues<ValueSet> {
        MostFrequent {
            RankedAggregates.requireK(k);
            ValueSet.requireDistinctMax(distinctMax);
        }

        @Override
        public String format() {
            return "mostFrequent(" + codec.format() + ")";
        }

        @Override
        public boolean counted() {
            return true;
        }

        @Override
        public List<Counted<V>> result(ValueSet accumulator) throws Exception {
            ValueTable values = accumulator.all();
            // The last of the best comes first, so that a better one takes its place.
            PriorityQueue<Integer> best = new PriorityQueue<>((left, right) -> -order(accumulator, left, right));
            for (int number = 0; number < values.count(); number++) {
                best.add(number);
                if (best.size() > k) {
                    best.remove();
                }
            }
            List<Integer> inOrder = new ArrayList<>(best);
            inOrder.sort((left, right) -> order(accumulator, left, right));
            List<Counted<V>> answer = new ArrayList<>(inOrder.size());
            for (int number : inOrder) {
                answer.add(new Counted<>(values.value(number, codec), accumulator.count(number)));
            }
            return List.copyOf(answer);
        }

        /** Any of them may be among the most frequent one day. */
        @Override
        public void tryValues(ValueSet accumulator) throws Exception {
            accumulator.tryValues(codec);
        }

        private static int order(ValueSet set, int left, int right) {
            int byCount = Long.compare(set.count(right), set.count(left));
            return byCount != 0 ? byCount : set.all().compare(left, right);
        }
    }
}
