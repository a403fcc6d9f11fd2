package io.tidemill.operations;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSink;
import java.util.HashMap;
import java.util.Map;

/** Some accumulators, folded as a pipeline would, to see how many bytes one takes. Not thread-safe. */
final class AccumulatorSample {
    private static final int COUNT_MAX = 256;

    /** Beside key and accumulator: kind, window, revision, flags, number of elements. */
    private static final int ENTRY_BYTES = 13;

    /** An accumulator and the length of its key. */
    private static final class Sampled {
        final int keyBytes;
        Object accumulator;

        Sampled(int keyBytes, Object accumulator) {
            this.keyBytes = keyBytes;
            this.accumulator = accumulator;
        }
    }

    private final Aggregate<Object, Object, Object> aggregate;
    private final Map<Long, Sampled> sampled = new HashMap<>();
    private long left;

    AccumulatorSample(Aggregate<Object, Object, Object> aggregate) {
        this.aggregate = aggregate;
    }

    void add(long id, int keyBytes, Object value) {
        // Other bits than those by which open accumulators are left out: the two are to be different samples.
        if ((id >>> 32 & left) != 0) {
            return;
        }
        Sampled found = sampled.computeIfAbsent(id, each -> new Sampled(keyBytes, aggregate.create()));
        try {
            found.accumulator = aggregate.add(found.accumulator, value);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            sampled.remove(id);
        }
        while (sampled.size() > COUNT_MAX) {
            left = left * 2 + 1;
            sampled.keySet().removeIf(each -> (each >>> 32 & left) != 0);
        }
    }

    /** What an entry of the changelog takes, on average; 0 where there was none. */
    double averageBytes() {
        ByteSink sink = new ByteSink();
        long bytes = 0;
        for (Sampled each : sampled.values()) {
            sink.reset();
            aggregate.write(each.accumulator, sink);
            bytes += ENTRY_BYTES + each.keyBytes + sink.size();
        }
        return sampled.isEmpty() ? 0 : (double) bytes / sampled.size();
    }
}
