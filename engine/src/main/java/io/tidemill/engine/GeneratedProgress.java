package io.tidemill.engine;

import io.tidemill.api.WatermarkGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition has come by what a generator of the user's own says. What a record has changed is kept when the record
 * has become elements, and forgotten otherwise. Not thread-safe.
 */
final class GeneratedProgress implements WatermarkGenerator.Progress {
    private final WatermarkGenerator<Object> generator;
    private final Cursor.Source at;

    /** As the record at hand has changed it. */
    private final long[] state;

    private long atMillis;

    private GeneratedProgress(WatermarkGenerator<Object> generator, Cursor.Source at) {
        this.generator = generator;
        this.at = at;
        this.state = at.remembered.clone();
    }

    /** Goes on where the partition was; null where its newest event time says how far it has come. */
    static @Nullable GeneratedProgress of(SourcePlan source, Cursor.Source at, String pipeline) {
        if (source.generator == null) {
            at.remembered = new long[0];
            return null;
        }
        long[] initial = source.generator.initialState();
        if (at.remembered.length == 0) {
            at.remembered = initial.clone();
        } else if (at.remembered.length != initial.length) {
            throw new PipelineException("the watermark generator of topic '" + source.topic() + "' of pipeline '"
                    + pipeline + "' remembers " + initial.length + " numbers for each partition, but "
                    + at.remembered.length + " are kept, so it is another one: run the pipeline under another name");
        }
        return new GeneratedProgress(source.generator, at);
    }

    /** Forgets what a record has changed that was not kept. */
    void begin() {
        System.arraycopy(at.remembered, 0, state, 0, state.length);
        atMillis = at.timed ? at.newestTime : NONE;
    }

    /** How far the partition has come by what is said of the element; {@link #NONE} if that is no further than before. */
    long take(Object element, long timeMillis) throws Exception {
        long before = atMillis;
        generator.onElement(element, timeMillis, this);
        return atMillis > before ? atMillis : NONE;
    }

    /** Keeps what the record has changed. */
    void keep() {
        System.arraycopy(state, 0, at.remembered, 0, state.length);
    }

    @Override
    public long atMillis() {
        return atMillis;
    }

    @Override
    public void advanceTo(long millis) {
        if (millis > RecordProcessor.TIME_MAX) {
            throw new IllegalArgumentException("the watermark would be after the year 9999: " + millis);
        }
        if (millis >= RecordProcessor.TIME_MIN) {
            atMillis = Math.max(atMillis, millis);
        }
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
