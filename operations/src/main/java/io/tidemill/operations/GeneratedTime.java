package io.tidemill.operations;

import io.tidemill.api.WatermarkGenerator;
import io.tidemill.api.plan.Operator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How far partitions have come by what a generator of the user's own says. Not thread-safe. */
final class GeneratedTime implements WatermarkGenerator.Progress {
    private static final long TIME_MIN = -377_705_116_800_000L;
    private static final long TIME_MAX = 253_402_300_799_999L;

    /** Where a partition is. */
    private record At(long millis, long[] state) {}

    private final WatermarkGenerator<Object> generator;
    private final Map<Integer, At> kept = new HashMap<>();
    private int partition;
    private long millis;
    private long[] state = {};

    private GeneratedTime(WatermarkGenerator<Object> generator) {
        this.generator = generator;
    }

    /** Null where the newest event time says it. */
    static @Nullable GeneratedTime of(Operator.@Nullable EventTime time) {
        return time == null || time.generator() == null ? null : new GeneratedTime(time.generator());
    }

    /** A record of the partition comes. */
    void begin(int of) {
        partition = of;
        At at = kept.get(of);
        millis = at == null ? NONE : at.millis;
        state = (at == null ? generator.initialState() : at.state).clone();
    }

    /** What is said of one of the record's elements; {@link #NONE} if that is no further than before. */
    long take(Object element, long timeMillis) throws Exception {
        long before = millis;
        generator.onElement(element, timeMillis, this);
        return millis > before ? millis : NONE;
    }

    /** What was said of the record counts. */
    void keep() {
        kept.put(partition, new At(millis, state));
    }

    @Override
    public long atMillis() {
        return millis;
    }

    @Override
    public void advanceTo(long to) {
        if (to > TIME_MAX) {
            throw new IllegalArgumentException("a time after the year 9999");
        }
        millis = to < TIME_MIN ? millis : Math.max(millis, to);
    }

    @Override
    public long state(int index) {
        return state[index];
    }

    @Override
    public void state(int index, long value) {
        state[index] = value;
    }
}
