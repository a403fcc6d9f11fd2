package io.tidemill.sketches;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import io.tidemill.api.DoubleField;

/** A sketch of a field's values. Its format leaves the ranks out: any can be asked of it. */
record QuantilesOf<T>(DoubleField<? super T> field, int binsPerFactor, Ranks ranks)
        implements Aggregate<T, QuantileSketch, Quantiles> {
    @Override
    public String format() {
        return "quantiles(ddsketch, " + binsPerFactor + ")";
    }

    @Override
    public QuantileSketch create() {
        return new QuantileSketch(binsPerFactor);
    }

    @Override
    public QuantileSketch add(QuantileSketch accumulator, T value) throws Exception {
        accumulator.add(field.of(value));
        return accumulator;
    }

    @Override
    public QuantileSketch merge(QuantileSketch left, QuantileSketch right) {
        left.add(right);
        return left;
    }

    @Override
    public Quantiles result(QuantileSketch accumulator) {
        return accumulator.at(ranks);
    }

    @Override
    public void write(QuantileSketch accumulator, ByteSink sink) {
        accumulator.write(sink);
    }

    @Override
    public QuantileSketch read(ByteSource source) {
        return QuantileSketch.read(source, binsPerFactor);
    }
}
