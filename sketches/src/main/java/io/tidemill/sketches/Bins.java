package io.tidemill.sketches;

import com.datadoghq.sketch.ddsketch.mapping.IndexMapping;
import com.datadoghq.sketch.ddsketch.store.Bin;
import com.datadoghq.sketch.ddsketch.store.Store;
import io.tidemill.api.ByteSink;
import io.tidemill.api.ByteSource;
import java.util.List;

/**
 * The magnitudes of a sketch's positive numbers, or of its negative ones, counted in bins.
 *
 * <p>No bin is {@code binsMax} or more below the highest: the store puts what would be lower into the lowest it has room for.
 * So where there is a bin in that place, anything down to zero may be in it.
 */
record Bins(Store store, IndexMapping mapping, int binsMax) {
    /** Ascending. */
    List<Bin> all() {
        return store.getAscendingStream().toList();
    }

    double lower(Bin bin) {
        return isBottom(bin.getIndex()) ? 0.0 : mapping.lowerBound(bin.getIndex());
    }

    double upper(Bin bin) {
        return mapping.upperBound(bin.getIndex());
    }

    private boolean isBottom(int index) {
        return store.getMaxIndex() - index == binsMax - 1;
    }

    boolean canHaveGreatest(double magnitude) {
        return SketchedRange.contains(magnitude) && mapping.index(magnitude) == store.getMaxIndex();
    }

    boolean canHaveLeast(double magnitude) {
        if (!SketchedRange.contains(magnitude)) {
            return false;
        }
        int lowest = store.getMinIndex();
        int index = mapping.index(magnitude);
        return index == lowest || (index < lowest && isBottom(lowest));
    }

    /** How many there are, and of each its distance from the one below, the first from {@link #floor}, and its count. */
    void write(ByteSink sink) {
        List<Bin> bins = all();
        sink.writeVarint(bins.size());
        int below = floor();
        for (Bin bin : bins) {
            sink.writeVarint(bin.getIndex() - below);
            sink.writeVarlong((long) bin.getCount());
            below = bin.getIndex();
        }
    }

    void read(ByteSource source) {
        int size = source.readVarint();
        require(size >= 0 && size <= binsMax, size + " bins");
        long index = floor();
        for (int i = 0; i < size; i++) {
            int distance = source.readVarint();
            index += distance;
            require(distance > 0 && index <= mapping.index(SketchedRange.MAGNITUDE_MAX), "bin " + index);
            require(i == 0 || index - store.getMinIndex() < binsMax, "bins too far apart");
            long count = source.readVarlong();
            require(count > 0 && count <= QuantileSketch.COUNT_MAX, count + " values in a bin");
            store.add((int) index, count);
        }
    }

    /** Below all there can be. */
    private int floor() {
        return mapping.index(SketchedRange.ZERO_MAX) - 1;
    }

    static void require(boolean legal, String what) {
        if (!legal) {
            throw new IllegalStateException("not a quantile sketch: it has " + what);
        }
    }
}
