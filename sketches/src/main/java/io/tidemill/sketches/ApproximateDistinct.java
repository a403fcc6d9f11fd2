package io.tidemill.sketches;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Codec;
import io.tidemill.api.Mapper;

/** Hashes the field's bytes and counts the hashes. */
record ApproximateDistinct<T, V>(Mapper<? super T, ? extends V> field, Codec<V> codec, int precision)
        implements Aggregate<T, DistinctSketch, DistinctEstimate> {
    private static final Hasher64 HASHER = Hashing.xxh3_64();

    @Override
    public String format() {
        return "approximateDistinct(" + codec.format() + ", xxh3, " + precision + ")";
    }

    @Override
    public DistinctSketch create() {
        return new DistinctSketch(precision);
    }

    @Override
    public DistinctSketch add(DistinctSketch accumulator, T value) throws Exception {
        ByteSink sink = new ByteSink(32);
        codec.encode(field.apply(value), sink);
        accumulator.add(HASHER.hashBytesToLong(sink.array(), 0, sink.size()));
        return accumulator;
    }

    @Override
    public DistinctSketch merge(DistinctSketch left, DistinctSketch right) {
        left.add(right);
        return left;
    }

    @Override
    public DistinctEstimate result(DistinctSketch accumulator) {
        return accumulator.estimate();
    }

    @Override
    public void write(DistinctSketch accumulator, ByteSink sink) {
        accumulator.write(sink);
    }

    @Override
    public DistinctSketch read(ByteSource source) {
        return DistinctSketch.read(source, precision);
    }
}
