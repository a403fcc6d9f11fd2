package io.tidemill.engine;

import io.tidemill.api.Aggregate;
import io.tidemill.api.ByteSource;
import io.tidemill.api.Tumbling;
import io.tidemill.api.Window;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads records of state, also those that earlier versions wrote. Not thread-safe. */
final class StateReader {
    /*
     * Version 1 had capital letters, no operator in its keys, and windows by their start alone: they were all tumbling.
     */
    private static final byte WINDOW_1 = 'W';
    private static final byte ACCUMULATOR_1 = 'A';
    private static final byte DEFERRED_1 = 'D';

    private final CompiledPipeline pipeline;

    /** Neighbours are mostly of the same window, and share it. */
    private Window last = Entry.NO_WINDOW;

    /**
     * What a record of the changelog, or of the closed windows, is about.
     *
     * @param stage null where nobody has asked the code
     */
    record StateKey(int version, @Nullable StagePlan stage, byte kind, Window window, byte[] key) {
        StagePlan requireStage() {
            return Objects.requireNonNull(stage);
        }
    }

    StateReader(CompiledPipeline pipeline) {
        this.pipeline = pipeline;
    }

    StateKey key(ByteSource source) {
        byte letter = source.readByte();
        return switch (letter) {
            case WINDOW_1 -> first(StateFormat.WINDOW, source);
            case ACCUMULATOR_1 -> first(StateFormat.ACCUMULATOR, source);
            case DEFERRED_1 -> first(StateFormat.DEFERRED, source);
            case StateFormat.WINDOW,
                    StateFormat.ACCUMULATOR,
                    StateFormat.SLICE,
                    StateFormat.DEFERRED,
                    StateFormat.CELL,
                    StateFormat.RESULT,
                    StateFormat.SESSION,
                    StateFormat.ROW,
                    StateFormat.STATE,
                    StateFormat.TIMER -> {
                int operator = source.readInt();
                StagePlan stage = pipeline.stageOf(operator);
                Window window = StateFormat.readWindow(source);
                last = window.equals(last) ? last : window;
                yield new StateKey(2, stage, letter, last, source.readBytes(source.remaining()));
            }
            default ->
                throw new PipelineException("the state of pipeline '" + pipeline.name()
                        + "' holds a record of the unknown kind " + letter
                        + ": use the version of Tidemill that wrote it");
        };
    }

    private StateKey first(byte kind, ByteSource source) {
        long start = source.readLong();
        Window window = Entry.NO_WINDOW;
        StagePlan stage = pipeline.onlyStage();
        if (stage == null || !pipeline.isSimple()) {
            throw new PipelineException("pipeline '" + pipeline.name() + "' has state of an earlier version, which knew"
                    + " one operator with state: change the code back, or run it under another name");
        }
        if (start != Long.MIN_VALUE) {
            if (!(stage.aligned instanceof Tumbling tumbling)) {
                throw new PipelineException("pipeline '" + pipeline.name() + "' has state of tumbling windows: change"
                        + " the code back, or run it under another name");
            }
            window = new Window(start, start + tumbling.size().toMillis());
        }
        return new StateKey(1, stage, kind, window, source.readBytes(source.remaining()));
    }

    /** @param letter the first byte of the record's key */
    static Entry read(StagePlan stage, byte kind, byte[] key, Window window, ByteSource value, byte letter) {
        Aggregate<Object, Object, Object> aggregate = stage.aggregate;
        return letter == ACCUMULATOR_1 || letter == DEFERRED_1
                ? StateFormat.readFirst(kind, key, window, value, aggregate)
                : StateFormat.readEntry(kind, key, window, value, aggregate);
    }
}
