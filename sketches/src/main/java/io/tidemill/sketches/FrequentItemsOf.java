package io.tidemill.sketches;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Mapper;
import io.tidemill.api.plan.KeptValues;

/** Counts the field's bytes. Its format leaves {@code k} out: any can be asked of the counters. */
record FrequentItemsOf<T, V>(Mapper<? super T, ? extends V> field, Codec<V> codec, int k, int capacity)
        implements Aggregate<T, Counters, FrequentItems<V>>, KeptValues<Counters> {
    private static final int CAPACITY_MAX = 20_000;

    FrequentItemsOf {
        if (capacity < 1 || capacity > CAPACITY_MAX) {
            throw new IllegalArgumentException("capacity is 1 to " + CAPACITY_MAX + ", not " + capacity);
        }
        if (k < 1 || k > capacity) {
            throw new IllegalArgumentException("k is 1 to the capacity of " + capacity + ", not " + k);
        }
    }

    @Override
    public String format() {
        return "frequentItems(" + codec.format() + ", " + capacity + ")";
    }

    @Override
    public Counters create() {
        return new Counters(capacity);
    }

    @Override
    public Counters add(Counters accumulator, T value) throws Exception {
        ByteSink sink = new ByteSink(32);
        codec.encode(field.apply(value), sink);
        if (sink.size() > Counters.VALUE_BYTES_MAX) {
            throw new IllegalArgumentException("a counted value has at most " + Counters.VALUE_BYTES_MAX
                    + " bytes, this one has " + sink.size() + ": count less of it");
        }
        accumulator.add(sink.toByteArray());
        return accumulator;
    }

    @Override
    public Counters merge(Counters left, Counters right) {
        left.add(right);
        return left;
    }

    @Override
    public FrequentItems<V> result(Counters accumulator) throws Exception {
        return accumulator.top(k, codec);
    }

    @Override
    public void tryValues(Counters accumulator) throws Exception {
        accumulator.tryValues(codec);
    }

    @Override
    public void write(Counters accumulator, ByteSink sink) {
        accumulator.write(sink);
    }

    @Override
    public Counters read(ByteSource source) {
        return Counters.read(source, capacity);
    }
}
