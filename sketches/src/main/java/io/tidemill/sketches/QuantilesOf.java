package io.tidemill.sketches;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.DoubleField;

/** A histogram of a field. Its format leaves the ranks out: any can be asked of it. */
record QuantilesOf<T>(DoubleField<? super T> field, int precision, Ranks ranks)
        implements Aggregate<T, Histogram, Quantiles> {
    @Override
    public String format() {
        return "quantiles(" + precision + ")";
    }

    @Override
    public Histogram create() {
        return new Histogram(precision);
    }

    @Override
    public Histogram add(Histogram accumulator, T value) throws Exception {
        accumulator.add(field.of(value));
        return accumulator;
    }

    @Override
    public Histogram merge(Histogram left, Histogram right) {
        left.add(right);
        return left;
    }

    @Override
    public Quantiles result(Histogram accumulator) {
        return accumulator.at(ranks);
    }

    @Override
    public void write(Histogram accumulator, ByteSink sink) {
        accumulator.write(sink);
    }

    @Override
    public Histogram read(ByteSource source) {
        return Histogram.read(source, precision);
    }
}
