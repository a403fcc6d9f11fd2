package io.tidemill.engine;

import io.tidemill.api.ByteSource;
import io.tidemill.api.Window;
import io.tidemill.engine.StateReader.StateKey;
import io.tidemill.engine.lateness.LatenessSketch;
import io.tidemill.engine.lateness.LatenessSketches;
import io.tidemill.log.Log;
import io.tidemill.log.OffsetRange;
import io.tidemill.log.TopicPartition;
import io.tidemill.log.batch.RecordCursor;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a pipeline has committed, read back from its changelog. */
final class CommittedState {
    private static final int FETCH_BYTES = 4 << 20;

    @Nullable
    Cursor cursor;

    private final Map<StagePlan, TreeMap<Window, WindowInfo>> windows = new HashMap<>();

    final LatenessSketches lateness = new LatenessSketches();

    /** Late records that wait for their window to close. */
    long deferredRecords;

    long changelogStart;
    long changelogEnd;
    long changelogBytes;

    /** Null if no store has been beside the changelog. */
    @Nullable
    StoreLink link;

    /** The savepoint that has begun to be restored, and not ended. */
    private @Nullable String restoring;

    private final StateReader format;

    private CommittedState(CompiledPipeline pipeline) {
        this.format = new StateReader(pipeline);
    }

    /** What is known of the stage's windows. */
    TreeMap<Window, WindowInfo> windows(StagePlan stage) {
        return windows.computeIfAbsent(stage, s -> new TreeMap<>(Lane.BY_END));
    }

    /** Takes accumulators; {@code entry} is null where one was removed. */
    interface Entries {
        void take(StagePlan stage, byte kind, Window window, byte[] key, @Nullable Entry entry, long offset, int bytes);
    }

    /** Reads everything; accumulators go to {@code entries}. */
    static CommittedState read(Log log, CompiledPipeline pipeline, Entries entries) {
        CommittedState state = new CommittedState(pipeline);
        TopicPartition changelog = new TopicPartition(pipeline.changelogTopic(), 0);
        OffsetRange range = log.offsets(changelog);
        state.changelogStart = range.start();
        state.changelogEnd = range.end();
        RecordCursor cursor = new RecordCursor();
        long at = range.start();
        while (at < range.end()) {
            log.fetch(changelog, at, FETCH_BYTES, cursor);
            while (cursor.next()) {
                try {
                    state.take(cursor, entries);
                } catch (RuntimeException e) {
                    // Of another shape it cannot be understood, and that is then what to say.
                    requireShape(log, pipeline, changelog, range.end());
                    throw e;
                }
            }
            at = cursor.nextOffset();
        }
        if (state.restoring != null) {
            throw new PipelineException(
                    "the state of pipeline '" + pipeline.name() + "' is not whole: restoring it from " + "savepoint '"
                            + state.restoring + "' was interrupted. Restore it again");
        }
        return state;
    }

    private static void requireShape(Log log, CompiledPipeline pipeline, TopicPartition changelog, long end) {
        RecordCursor records = new RecordCursor();
        String shape = pipeline.shape();
        for (long at = log.offsets(changelog).start(); at < end; at = records.nextOffset()) {
            log.fetch(changelog, at, FETCH_BYTES, records);
            while (records.next()) {
                if (records.array()[records.keyStart()] == StateFormat.CURSOR) {
                    shape = Cursor.read(new ByteSource(records.array(), records.valueStart(), records.valueLength()))
                            .shape;
                }
            }
        }
        pipeline.requireContinues(shape);
    }

    private void take(RecordCursor record, Entries entries) {
        boolean removed = record.valueLength() < 0;
        ByteSource value = new ByteSource(record.array(), record.valueStart(), Math.max(0, record.valueLength()));
        int bytes = record.keyLength() + Math.max(0, record.valueLength()) + 10;
        changelogBytes += bytes;
        byte letter = record.array()[record.keyStart()];
        if (letter == StateFormat.CURSOR) {
            cursor = Cursor.read(value);
            return;
        }
        if (letter == StateFormat.STORE) {
            link = StoreLink.read(value);
            return;
        }
        if (letter == StateFormat.LATENESS) {
            int partition = StateFormat.readPartition(record.array(), record.keyStart());
            lateness.restore(partition, LatenessSketch.read(value), record.offset(), bytes);
            return;
        }
        if (letter == StateFormat.RESTORING) {
            restoring = removed ? null : new String(value.readBytes(value.remaining()), StandardCharsets.UTF_8);
            return;
        }
        StateKey key = format.key(new ByteSource(record.array(), record.keyStart(), record.keyLength()));
        if (key.kind() == StateFormat.WINDOW) {
            takeWindow(
                    key.requireStage(),
                    key.window(),
                    removed ? null : WindowInfo.read(value, key.version()),
                    record.offset(),
                    bytes);
        } else {
            Entry entry = removed
                    ? null
                    : StateReader.read(key.requireStage(), key.kind(), key.key(), key.window(), value, letter);
            entries.take(key.requireStage(), key.kind(), key.window(), key.key(), entry, record.offset(), bytes);
        }
    }

    private void takeWindow(StagePlan stage, Window window, @Nullable WindowInfo info, long offset, int bytes) {
        if (info == null) {
            windows(stage).remove(window);
        } else {
            info.step = offset;
            info.bytes = bytes;
            windows(stage).put(window, info);
        }
    }
}
